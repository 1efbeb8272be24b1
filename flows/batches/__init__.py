"""Input: batches in YAML, JSON, CSV and Parquet, and the arguments of commands and flows.

Modules here may import ``data``, ``domain`` and ``flows.clouds.inside_folder``, and do not depend on Prefect.
"""
