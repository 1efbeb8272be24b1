"""Batches as CSV and Parquet: DuckDB reads, checks and loads them as tables, without a Python object for each row.

Imports the domain, ``data.access`` and ``data.lifecycle``.
"""
