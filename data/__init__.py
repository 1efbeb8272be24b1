"""The warehouse in DuckDB: requests, verdicts and outcomes, the inventory of clouds, billing, and reports."""
