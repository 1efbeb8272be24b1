"""The flow ``meter-usage``: turns usage into charges, one task for each month."""

import asyncio
from datetime import UTC, datetime
from typing import TypedDict

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from data.billing import metering_runs
from data.billing.metering import Metered, months
from domain.batch import MOST_SHOWN
from domain.vocabulary import visible
from flows.batches.months import month_named
from flows.resources import warehouse_of
from flows.runs.events import report_failed_checks
from flows.runs.markdown import table
from flows.settings import settings

METERED = ("month", "metered until", "rows added", "removed", "corrected")


class MeteredMonth(TypedDict):
    """The result of metering a month, in rows of the table ``charge``."""

    month: str
    until: str
    added: int
    removed: int
    corrected: int


def _run_name() -> str:
    given = flow_run.parameters
    since, to = given.get("since"), given.get("to")
    return visible("meter usage" + (f" from {since}" if since else "") + (f" to {to}" if to else ""))[:MOST_SHOWN]


@flow(name="meter-usage", flow_run_name=_run_name, validate_parameters=True)
async def meter_usage(since: str | None = None, to: str | None = None) -> list[MeteredMonth]:
    """Turns the usage of servers into charges, up to now. Metering a period twice changes nothing.

    The charges of an open month are replaced. A closed month stays as it is; differences become corrections in the
    first open month. If a check fails, the run fails, names the rows, and leaves that month as it was.

    Args:
        since: The first month, such as 2026-10. Default: the month before the last one that was metered.
        to: The last month. Default: this month.
    """
    now = datetime.now(UTC)
    selected = await asyncio.to_thread(_months, since, to, now)
    done = [await meter_month.with_options(task_run_name=f"{month:%Y-%m}")(month, now) for month in selected]
    await acreate_markdown_artifact(key="metering", markdown=_page(done))
    return done


@task(name="meter-month", cache_policy=NO_CACHE, persist_result=False)
async def meter_month(month: datetime, now: datetime) -> MeteredMonth:
    """Update the charges of a month and check them."""
    run_id = str(flow_run.id)
    with report_failed_checks():
        return _plain(await asyncio.to_thread(metering_runs.meter_month, warehouse_of(settings()), month, now, run_id))


def _months(since: str | None, to: str | None, now: datetime) -> list[datetime]:
    last = now if to is None else month_named(to)
    if since is None:
        return [month for month in metering_runs.months_to_meter(warehouse_of(settings()), now) if month <= last]
    return [month for month in months(month_named(since), now) if month <= last]


def _plain(metered: Metered) -> MeteredMonth:
    return {
        "month": f"{metered.month:%Y-%m}",
        "until": metered.until.isoformat(timespec="seconds"),
        "added": metered.added,
        "removed": metered.removed,
        "corrected": metered.corrected,
    }


def _page(done: list[MeteredMonth]) -> str:
    if not done:
        return "Nothing to meter: there is no usage yet."
    rows = ((m["month"], m["until"], *(f"{m[what]:,}" for what in ("added", "removed", "corrected"))) for m in done)
    return f"## Charges are up to date\n\n{table(METERED, rows, numbers=METERED[2:])}"
