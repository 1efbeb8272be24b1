"""The command that writes the report pages."""

from collections.abc import Mapping
from typing import Any, Literal

from rich.console import Console

from data.billing import metering_runs
from data.billing.metering_runs import ChecksFailed
from domain.batch import BatchError
from flows.batches.arguments import asked
from flows.batches.months import month_named
from flows.cli import terminal
from flows.lifecycle import steps
from flows.resources import warehouse_of
from flows.settings import settings

Report = Literal["inventory", "sharing", "marketplace_cost", "policy_what_if"]
out = terminal.console()


class NoReport(Exception):  # noqa: N818 - says what there is not
    """A page could not be made. The message is for people."""


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
    """Write the reports, or one of them, as HTML pages that open without a network.

    Args:
        name: Which report; all of them, where none is named.
        month: The month of costs, such as 2026-10; this month, where left out.
        region: Only this region.
        tenant: Only this tenant; on the page on sharing, its exposure.
        as_of: The state at this time, such as 2026-11-01; now, where left out.
        image: Inventory: the family of this image; sharing: who could use it. Its id or name.
        unused_days: Unused is what nobody has used for so many days; 90, where left out.
        offer: Marketplace cost: what if this offer were priced otherwise.
        amount: Marketplace cost: the amount it would cost then, such as 0.10.
        percent: Marketplace cost: by how much it would be dearer, in percent.
        profile: The rule profile that judges; seed, where left out.
        other_profile: Policy what-if: the profile that might judge instead.
        limit: Policy what-if: numbers that might hold instead, such as share_tenants=64.
    """
    if month is not None:
        month_named(month)
    given = asked(region=region, tenant=tenant, as_of=as_of, image=image, offer=offer, amount=amount)
    given |= asked(profile=profile, other_profile=other_profile, limit=limit)
    more = {"month": month, "unused_days": unused_days, "percent": percent}
    write(out, [name] if name else None, given | {key: said for key, said in more.items() if said is not None})
    return 0


def write(console: Console, names: list[str] | None = None, parameters: Mapping[str, Any] | None = None) -> None:
    """Write the pages and say where they are; the charges are brought up to date first.

    Raises:
        BatchError: if what is asked for is not there.
        NoReport: if a page could not be made.
        ChecksFailed: if the charges contradict themselves; the pages are written all the same.
    """
    # its libraries take most of a second to import, and plan must start fast
    from flows.pages.report_pages import AskedWrongError, ReportError, publish

    # pages of what is well are better than none: charges that contradict themselves are told after them
    failed = _metered() if names is None or "marketplace_cost" in names else None
    try:
        pages = publish(settings().warehouse, settings().reports, only=names, parameters=parameters)
    except AskedWrongError as error:
        raise BatchError(error.message) from None
    except ReportError as error:
        raise NoReport(str(error)) from None
    for page in pages:
        console.print(f"report: {page}", soft_wrap=True, highlight=False)
    if failed is not None:
        raise failed


def _metered() -> ChecksFailed | None:
    """Bring the charges up to date; what was wrong with them."""
    try:
        metering_runs.meter_all(warehouse_of(settings()), steps.now())
    except ChecksFailed as error:
        return error
    return None
