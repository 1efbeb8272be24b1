"""The domain: what a cloud holds, what may be asked of it, and the policy that judges.

Nothing here does I/O but reading its own rule profiles; nothing here knows DuckDB tables,
Prefect or a cloud's API.
"""
