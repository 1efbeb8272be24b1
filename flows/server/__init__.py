"""The HTTP servers of a home: who may use them (``access``), what they refuse (``guard``), and Prefect behind both.

Modules here may import ``flows.settings``; flows and commands import them, not the reverse.
"""
