"""The warehouse: one DuckDB file. Connections and locks, migrations, SQL files, and the published snapshot.

Imports the domain and ``data.access``, nothing else of ``data`` but the reference tables.
"""
