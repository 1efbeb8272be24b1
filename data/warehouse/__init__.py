"""The warehouse: one DuckDB file. Connections and locks, migrations, SQL files, and the published snapshot.

This package imports the domain, ``data.access`` and ``data.reference``, and nothing else of ``data``.
"""
