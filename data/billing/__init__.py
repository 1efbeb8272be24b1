"""Billing: usage becomes charges, charges become invoices; quotes for planned launches.

Imports the domain and ``data.warehouse``. The SQL files are in ``sql``, a folder for each purpose.
"""
