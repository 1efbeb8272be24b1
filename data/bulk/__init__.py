"""Batches as CSV and Parquet files: DuckDB reads, checks and loads them as tables, without a Python object per row.

Imports the domain, ``data.access`` and ``data.lifecycle``.
"""
