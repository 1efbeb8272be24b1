"""The inventory of clouds: sync, drift, retention, and what-if for another policy.

This package imports the domain, ``data.warehouse`` and ``data.lifecycle``. Its SQL files are in ``sql``.
"""
