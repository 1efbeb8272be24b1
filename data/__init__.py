"""The warehouse: what was asked, judged and done, and what the cloud holds, in DuckDB."""
