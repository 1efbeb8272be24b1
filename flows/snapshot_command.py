"""The command that publishes a copy of the warehouse for people's own tools."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from data.snapshot import publish
from flows.open import warehouse_of
from flows.settings import settings

out = Console(width=None if sys.stdout.isatty() else 120)


def snapshot(*, to: Annotated[Path | None, Parameter(name="--to")] = None) -> int:
    """Publish a copy of the warehouse for DBeaver, DuckDB's UI and other tools; the one before is replaced, whole.

    Args:
        to: The file of the copy; snapshot.duckdb beside the warehouse, where left out.
    """
    done = publish(warehouse_of(settings()), to or settings().warehouse.with_name("snapshot.duckdb"))
    size, moment = f"{done.size_bytes / 2**20:,.1f} MiB", f"{done.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    out.print(f"{done.path}: {size}, the warehouse as it was at {moment}", highlight=False, soft_wrap=True)
    return 0
