"""The commands ``price``, ``meter``, ``close``, ``charges`` and ``invoice``."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import Field, TypeAdapter, ValidationError

from data.access.umask import users_umask
from data.billing import invoicing
from data.billing.invoicing import BillingError, MonthState
from domain.batch import BatchError
from domain.vocabulary import visible
from flows.batches.arguments import checked_arguments, path_named
from flows.batches.months import month_named
from flows.cli import terminal
from flows.lifecycle import planning
from flows.resources import execution_context, prepare_batch, warehouse_of
from flows.server.local_run import run_flow
from flows.settings import settings

PERCENT: TypeAdapter[Decimal] = TypeAdapter(Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)])
out = terminal.console()


def price(
    file: str,
    *,
    kind: str | None = None,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    json: bool = False,
) -> int:
    """Quote the launches of a batch without carrying it out: per hour and for 730 hours, for server and image.

    Args:
        file: The batch file: YAML, JSON, or CSV or Parquet with --kind.
        kind: The action of the rows of a CSV or Parquet file.
        actor: The tenant that acts, for actions without an actor.
        region: The region, for actions without a region.
        profile: The policy profile, instead of the one in the batch.
        json: Print one JSON object per launch.
    """
    prepared = prepare_batch(file, settings(), kind=kind, actor=actor, region=region, profile=profile)
    lines = planning.plan(prepared, execution_context(settings()))
    launches = [line for line in lines if line["action"] == "launch_server"]
    if json:
        for line in (line for line in launches if line["cost"] is not None):
            quote = {"seq": line["seq"], "image": line["image"], **terminal.cost_of(line["cost"])}
            terminal.json_line(quote, out)
    else:
        terminal.print_quotes(launches, out)
    return 3 if any(line["verdict"] == "denied" for line in launches) else 0


def meter(*, month: str | None = None, since: str | None = None, to: str | None = None, json: bool = False) -> int:
    """Turn usage into charges, up to now. To meter a month again changes nothing if its usage is the same.

    Args:
        month: One month, such as 2026-10.
        since: The first month. Default: the month before the last metered one.
        to: The last month. Default: this month.
        json: Print one JSON object per month.
    """
    if month is not None and (since is not None or to is not None):
        raise BatchError("use either --month, or --since and --to")
    for name in (month, since, to):
        if name is not None:
            month_named(name)
    metered = run_flow(_import_meter_usage, settings(), since=month or since, to=month or to)
    for period in metered:
        if json:
            terminal.json_line(period, out)
        else:
            out.print(
                f"{period['month']}: {period['added']:,} charges added, {period['removed']:,} removed,"
                f" {period['corrected']:,} corrections; usage until {period['until'].replace('T', ' ')}",
                highlight=False,
            )
    if not metered and not json:
        out.print("There is nothing to meter: there is no usage.")
    return 0


def close(*, month: str, tax: str | None = None) -> int:
    """Close a month: add tax and rounding, make its charges final, and issue its invoices.

    Args:
        month: The month, such as 2026-10.
        tax: The tax in percent, such as 20. Default: the setting IMAGEKEEPER_TAX_PERCENT.
    """
    month_named(month)
    closed = run_flow(_import_close_month, settings(), month=month, tax_percent=_percent(tax))
    out.print(f"{closed['month']} is closed; {closed['invoices']:,} invoices were issued.", highlight=False)
    return 0


def charges(
    *,
    month: str,
    file: Annotated[Path, Parameter(name="--out")],
    form: Annotated[str, Parameter(name="--format")] = "focus-1.2",
) -> int:
    """Export the charges of a month with the columns of FOCUS.

    Args:
        month: The month, such as 2026-10.
        file: The file to write. Its name ends in .csv or .parquet.
        form: The version of FOCUS: focus-1.2 or focus-1.4.
    """
    begins = month_named(month)
    target = path_named(str(file), "--out").absolute()
    with warehouse_of(settings()).reading() as con:
        state = _metered(con, month)
        rows = invoicing.export(con, begins, form, target, mode=0o666 & ~users_umask())
    out.print(f"{rows:,} charges in {file}; {_progress_of(state)}", highlight=False, soft_wrap=True)
    return 0


def invoice(*, month: str, tenant: str | None = None, json: bool = False) -> int:
    """Show the invoices of a month, line by line.

    Args:
        month: The month, such as 2026-10.
        tenant: Show only the invoice of this tenant. Default: all.
        json: Print one JSON object per line.
    """
    begins, tenant = month_named(month), checked_arguments(tenant=tenant).get("tenant")
    with warehouse_of(settings()).reading() as con:
        state = _metered(con, month)
        lines = invoicing.invoice_lines(con, begins, tenant)
    if not lines:
        of_tenant = "" if tenant is None else f" of tenant '{tenant}'"
        raise BillingError(f"there are no charges{of_tenant} in {month}")
    if json:
        for line in lines:
            exact = {key: terminal.exact(cell) if isinstance(cell, Decimal) else cell for key, cell in line.items()}
            terminal.json_line(exact, out)
    else:
        terminal.print_invoices(lines, out, _progress_of(state))
    return 0


def _import_meter_usage() -> Any:
    from flows.meter_usage import meter_usage

    return meter_usage


def _import_close_month() -> Any:
    from flows.close_month import close_month

    return close_month


def _percent(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        percent = PERCENT.validate_python(text.removesuffix("%"))
    except ValidationError:
        raise BatchError(f"a tax is a percentage from 0 to 100 such as 20 or 19.6, not '{visible(text)}'") from None
    return percent


def _metered(con: Any, month: str) -> MonthState:
    state = invoicing.state_of(con, month_named(month))
    if state.lines == 0 and state.metered_until is None:
        raise BillingError(f"{month} was never metered; run: imagekeeper meter --month {month}")
    return state


def _progress_of(state: MonthState) -> str:
    if state.closed_at is not None:
        return f"final since {state.closed_at:%Y-%m-%d}"
    until = (
        "not metered yet" if state.metered_until is None else f"metered until {state.metered_until:%Y-%m-%d %H:%M} UTC"
    )
    return f"provisional, {until}"
