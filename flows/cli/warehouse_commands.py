"""The commands about the warehouse as a whole: a demo world to try the reports on, a copy for other tools."""

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
from flows.server.run_here import run_flow
from flows.settings import settings

out = terminal.console()


def demo_data(*, images: int = 5_000, tenants: int = 60, months: int = 14, until: str | None = None) -> int:
    """Fill an empty warehouse with a believable world, the same each time, for trying the reports at any size.

    For reports only: the images have no files behind them, so they cannot be exported or copied. A warehouse that holds
    something is left alone; IMAGEKEEPER_HOME says another place for one.

    Args:
        images: How many images there are, from 100 on; up to ten times as many shares.
        tenants: How many tenants they belong to, from 3 on.
        months: For how many months before its end things have happened.
        until: When the world ends, such as 2026-11-20T12:00Z; the last full hour, where left out.
    """
    here = warehouse_of(settings())
    made = demo.fill(here, images=images, tenants=tenants, months=months, until=_moment(until))
    out.print(
        f"{made.images:,} images, {made.shares:,} shares, {made.offers:,} offers, {made.servers:,} servers,"
        f" {made.actions:,} recorded actions and {made.charges:,} charges in {here.path}",
        highlight=False,
        soft_wrap=True,
    )
    out.print("For reports only: there are no files behind these images.", highlight=False)
    return 0


def snapshot(*, to: Annotated[Path | None, Parameter(name="--to")] = None) -> int:
    """Publish a copy of the warehouse for DBeaver, DuckDB's UI and other tools; the one before is replaced, whole.

    Args:
        to: The file of the copy; snapshot.duckdb beside the warehouse, where left out.
    """
    target = settings().warehouse.with_name("snapshot.duckdb") if to is None else path_named(str(to), "--to")
    done = publish(warehouse_of(settings()), target)
    size, moment = f"{done.size_bytes / 2**20:,.1f} MiB", f"{done.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    out.print(f"{done.path}: {size}, the warehouse as it was at {moment}", highlight=False, soft_wrap=True)
    return 0


def sync_inventory(*, profile: str = "seed") -> int:
    """Write down what the real clouds hold, as the schedule does; and name what there no action of ours explains.

    Args:
        profile: The rule profile by which shares are looked at.
    """

    def found() -> Any:
        from flows.sync_inventory import sync_inventory as flow

        return flow

    head_of(profile=profile)
    done = run_flow(found, settings(), profile=profile)
    out.print(done["said"], highlight=False, soft_wrap=True)
    for line in done["drift"]:
        out.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    if done["proposed"] is not None:
        out.print(f"To take it back: imagekeeper plan {done['proposed']}", highlight=False, soft_wrap=True)
    return 0


def _moment(said: str | None) -> datetime:
    if said is None:
        return steps.now().replace(minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(said)
        known = moment.year in YEARS
    except ValueError:
        known = False
    if not known:
        raise BatchError(f"--until is a time such as 2026-11-20 or 2026-11-20T12:00Z, not {said!r}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
