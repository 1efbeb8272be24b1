"""The command ``imagekeeper``: thin; it calls the flows and functions that runs in Prefect call."""

from flows.cli.command import main

__all__ = ["main"]
