"""The command ``imagekeeper``. It calls the same functions and flows as the deployments in Prefect."""

from flows.cli.command import main

__all__ = ["main"]
