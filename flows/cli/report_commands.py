"""The command ``report``, which writes the report pages."""

from collections.abc import Mapping
from typing import Any, Literal

from rich.console import Console

from data.billing import metering_runs
from data.billing.metering_runs import ChecksFailed
from domain.batch import BatchError
from flows.batches.arguments import checked_arguments
from flows.batches.months import month_named
from flows.cli import terminal
from flows.lifecycle import steps
from flows.resources import warehouse_of
from flows.settings import settings

Report = Literal["inventory", "sharing", "marketplace_cost", "policy_what_if"]
out = terminal.console()


class PageError(Exception):
    """A page could not be written. The message is for people."""


def report(
    name: Report | None = None,
    *,
    month: str | None = None,
    region: str | None = None,
    tenant: str | None = None,
    as_of: str | None = None,
    image: str | None = None,
    unused_days: int | None = None,
    offer: str | None = None,
    amount: str | None = None,
    percent: int | None = None,
    profile: str | None = None,
    other_profile: str | None = None,
    limit: str | None = None,
) -> int:
    """Write all reports, or one, as HTML pages that open without a network.

    Args:
        name: The report to write. Default: all.
        month: The month of the costs, such as 2026-10. Default: this month.
        region: Show only this region.
        tenant: Show only this tenant; on the page about sharing, its exposure.
        as_of: Show the state at this time, such as 2026-11-01. Default: now.
        image: The id or name of an image. Inventory: show its family; sharing: show who could use it.
        unused_days: The number of days without use after which an image counts as unused. Default: 90.
        offer: Marketplace cost: the offer of a what-if with another price.
        amount: Marketplace cost: the new amount in the what-if, such as 0.10.
        percent: Marketplace cost: the change of the price in the what-if, in percent.
        profile: The policy profile. Default: seed.
        other_profile: Policy what-if: the profile to compare with.
        limit: Policy what-if: other limits, such as share_tenants=64.
    """
    if month is not None:
        month_named(month)
    given = checked_arguments(region=region, tenant=tenant, as_of=as_of, image=image, offer=offer, amount=amount)
    given |= checked_arguments(profile=profile, other_profile=other_profile, limit=limit)
    checked = {"month": month, "unused_days": unused_days, "percent": percent}
    parameters = given | {key: value for key, value in checked.items() if value is not None}
    write(out, [name] if name else None, parameters)
    return 0


def write(console: Console, names: list[str] | None = None, parameters: Mapping[str, Any] | None = None) -> None:
    """Meter usage, write the pages, and print their paths.

    Args:
        console: prints the paths.
        names: the reports to write; None: all.
        parameters: the parameters of the pages.

    Raises:
        BatchError: if there is no such report, or a parameter is not valid.
        PageError: if a page cannot be written.
        ChecksFailed: if the checks of metering fail; the pages are written anyway.
    """
    # imported here: it takes most of a second, and other commands must start fast
    from flows.pages.report_pages import ReportError, WrongArgumentError, publish

    # Write the pages even if the checks of metering fail: only the charges are wrong. Report the failure after them.
    failure = _meter() if names is None or "marketplace_cost" in names else None
    try:
        pages = publish(settings().warehouse, settings().reports, only=names, parameters=parameters)
    except WrongArgumentError as error:
        raise BatchError(error.message) from None
    except ReportError as error:
        raise PageError(str(error)) from None
    for page in pages:
        console.print(f"report: {page}", soft_wrap=True, highlight=False)
    if failure is not None:
        raise failure


def _meter() -> ChecksFailed | None:
    """Meter all usage up to now; return the failure of the checks, if they fail."""
    try:
        metering_runs.meter_all(warehouse_of(settings()), steps.now())
    except ChecksFailed as error:
        return error
    return None
