"""The domain: the vocabulary, the actions, the policy that judges them, and the port to a cloud.

The only I/O here is reading the rule profiles. Nothing here depends on DuckDB tables, Prefect or the API of a cloud.
"""
