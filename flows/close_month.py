"""The flow ``close-month``: makes the charges of a month final and issues its invoices."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypedDict

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.runtime import flow_run

from data.billing import invoicing, metering_runs
from domain.batch import MOST_SHOWN
from domain.vocabulary import visible
from flows.batches.months import month_named
from flows.resources import warehouse_of
from flows.runs.events import report_failed_checks
from flows.settings import Settings, settings


class ClosedMonth(TypedDict):
    """A month that was closed, and the number of invoices issued."""

    month: str
    invoices: int


def _run_name() -> str:
    return f"close {visible(str(flow_run.parameters['month']))[:MOST_SHOWN]}"


@flow(name="close-month", flow_run_name=_run_name, validate_parameters=True)
async def close_month(month: str, tax_percent: Decimal | None = None) -> ClosedMonth:
    """Closes a month: updates its charges, adds tax, rounds to cents, and issues the invoices.

    A closed month is never changed; later changes become corrections in the first open month. A month can be closed
    15 hours after its end, when it is over in every time zone, and only after the months before it.

    Args:
        month: The month, such as 2026-10.
        tax_percent: The tax in percent. Default: IMAGEKEEPER_TAX_PERCENT.
    """
    with report_failed_checks():
        invoices = await asyncio.to_thread(closed, month_named(month), tax_percent, settings())
    await acreate_markdown_artifact(
        key="closing", markdown=f"## {month} is closed\n\n{invoices:,} invoices were issued."
    )
    return {"month": month, "invoices": invoices}


def closed(month: datetime, tax_percent: Decimal | None, settings: Settings) -> int:
    """Close a month and return the number of invoices issued.

    Raises:
        BillingError: if the month cannot be closed now.
        ChecksFailed: if a check of its charges fails.
    """
    now = datetime.now(UTC)
    warehouse = warehouse_of(settings)
    metering_runs.meter_month(warehouse, month, now)
    with warehouse.writing() as con:
        percent = settings.tax_percent if tax_percent is None else tax_percent
        return invoicing.close(con, month, percent, now)
