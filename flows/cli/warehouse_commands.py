"""The commands ``demo-data``, ``snapshot`` and ``sync-inventory``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from data import demo
from data.warehouse.snapshot import publish
from domain.actions import YEARS
from domain.batch import BatchError
from flows.batches.arguments import head_of, path_named
from flows.cli import terminal
from flows.lifecycle import steps
from flows.resources import warehouse_of
from flows.server.local_run import run_flow
from flows.settings import settings

out = terminal.console()


def demo_data(*, images: int = 5_000, tenants: int = 60, months: int = 14, until: str | None = None) -> int:
    """Fill an empty warehouse with generated demo data, to try the reports at any size.

    The same arguments give the same data. The images have no blobs, so they cannot be exported or copied. The command
    changes no warehouse that contains data; set IMAGEKEEPER_HOME to use another one.

    Args:
        images: The number of images, at least 100. There are up to ten times as many shares.
        tenants: The number of tenants, at least 3.
        months: The number of months of history.
        until: The end of the history, such as 2026-11-20T12:00Z. Default: the last full hour.
    """
    warehouse = warehouse_of(settings())
    filled = demo.fill(warehouse, images=images, tenants=tenants, months=months, until=_moment(until))
    out.print(
        f"{filled.images:,} images, {filled.shares:,} shares, {filled.offers:,} offers, {filled.servers:,} servers,"
        f" {filled.actions:,} recorded actions and {filled.charges:,} charges in {warehouse.path}",
        highlight=False,
        soft_wrap=True,
    )
    out.print("For reports only: the images have no blobs.", highlight=False)
    return 0


def snapshot(*, to: Annotated[Path | None, Parameter(name="--to")] = None) -> int:
    """Publish a copy of the warehouse for other tools, such as DBeaver. It replaces the last copy atomically.

    Args:
        to: The file of the copy. Default: snapshot.duckdb in the folder of the warehouse.
    """
    target = settings().warehouse.with_name("snapshot.duckdb") if to is None else path_named(str(to), "--to")
    copy = publish(warehouse_of(settings()), target)
    size, moment = f"{copy.size_bytes / 2**20:,.1f} MiB", f"{copy.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    out.print(f"{copy.path}: {size}, the warehouse as it was at {moment}", highlight=False, soft_wrap=True)
    return 0


def sync_inventory(*, profile: str = "seed") -> int:
    """Sync the inventory of the real clouds, as the schedule does, and list drift.

    Args:
        profile: The policy profile that judges shares.
    """

    def import_flow() -> Any:
        from flows.sync_inventory import sync_inventory as flow

        return flow

    head_of(profile=profile)
    result = run_flow(import_flow, settings(), profile=profile)
    out.print(result["said"], highlight=False, soft_wrap=True)
    for line in result["drift"]:
        out.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    if result["proposed"] is not None:
        out.print(f"To undo the drift: imagekeeper plan {result['proposed']}", highlight=False, soft_wrap=True)
    return 0


def _moment(text: str | None) -> datetime:
    if text is None:
        return steps.now().replace(minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
        is_valid = moment.year in YEARS
    except ValueError:
        is_valid = False
    if not is_valid:
        raise BatchError(f"--until is a time such as 2026-11-20 or 2026-11-20T12:00Z, not {text!r}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
