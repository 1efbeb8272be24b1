"""The flows: what acts. Prefect is known here and nowhere below."""
