"""The four steps of a batch in SQL: gather facts, judge, note outcomes, record.

Imports the domain and ``data.warehouse``. The SQL files are in ``sql``, a folder for each purpose.
"""
