"""The lifecycle of a batch in SQL: gather facts, judge, take outcomes, record.

This package imports the domain and ``data.warehouse``. Its SQL files are in ``sql``, one folder for each purpose.
"""
