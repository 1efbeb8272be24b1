"""Input: batches in YAML, JSON, CSV and Parquet, and what people give with them as arguments.

May import ``data``, ``domain`` and ``flows.clouds.inside_folder``; knows no Prefect.
"""
