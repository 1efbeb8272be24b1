"""What clouds really have: sync, drift, retention, and what another policy would say about it.

Imports the domain, ``data.warehouse`` and ``data.lifecycle``. The SQL files are in ``sql``.
"""
