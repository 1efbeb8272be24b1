"""Puts the project's folder on the import path of the tests, so that ``data`` means ours and not ``tests/data``."""
