"""The commands about money: quotes, metering, closing a month, invoices, and files for other tools."""

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
from flows.batches.arguments import asked, path_named
from flows.batches.months import month_named
from flows.cli import terminal
from flows.lifecycle import steps
from flows.resources import execution_context, prepare_batch, warehouse_of
from flows.server.run_here import run_flow
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
    """Say what the launches of a batch would cost, and do nothing: an hour, and 730 hours; server and image apart.

    Args:
        file: The batch: YAML or JSON; CSV or Parquet with --kind.
        kind: The action that the rows of a CSV or Parquet file are.
        actor: The tenant that acts, where the batch does not say.
        region: The region, where the batch does not say.
        profile: The rule profile that judges, instead of the batch's own.
        json: One JSON object a launch.
    """
    prepared = prepare_batch(file, settings(), kind=kind, actor=actor, region=region, profile=profile)
    lines = steps.plan(prepared, execution_context(settings()))
    launches = [line for line in lines if line["action"] == "launch_server"]
    if json:
        for line in (line for line in launches if line["cost"] is not None):
            _say({"seq": line["seq"], "image": line["image"], **terminal.cost_of(line["cost"])})
    else:
        terminal.print_quotes(launches, out)
    return 3 if any(line["verdict"] == "denied" for line in launches) else 0


def meter(*, month: str | None = None, since: str | None = None, to: str | None = None, json: bool = False) -> int:
    """Turn what servers used into charges, up to now; metering a period twice changes nothing.

    Args:
        month: One month, such as 2026-10.
        since: The first of several months; the one before the month that was metered last, where left out.
        to: The last of several months; this month, where left out.
        json: One JSON object a month.
    """
    if month is not None and (since is not None or to is not None):
        raise BatchError("say either --month, or --since and --to")
    for name in (month, since, to):
        if name is not None:
            month_named(name)
    done = run_flow(_meter_usage, settings(), since=month or since, to=month or to)
    for one in done:
        if json:
            _say(one)
        else:
            out.print(
                f"{one['month']}: {one['added']:,} charges added, {one['removed']:,} taken out,"
                f" {one['corrected']:,} corrections; use until {one['until'].replace('T', ' ')}",
                highlight=False,
            )
    if not done and not json:
        out.print("There is nothing to meter: no server was ever used.")
    return 0


def close(*, month: str, tax: str | None = None) -> int:
    """Close a month: its charges become final, with tax and rounding, and its invoices are issued.

    Args:
        month: The month, such as 2026-10.
        tax: The tax in percent, such as 20; IMAGEKEEPER_TAX_PERCENT, where left out.
    """
    month_named(month)
    done = run_flow(_close_month, settings(), month=month, tax_percent=_percent(tax))
    out.print(f"{done['month']} is closed; {done['invoices']:,} invoices were issued.", highlight=False)
    return 0


def charges(
    *,
    month: str,
    file: Annotated[Path, Parameter(name="--out")],
    form: Annotated[str, Parameter(name="--format")] = "focus-1.2",
) -> int:
    """Write a month's charges to a file in the columns of FOCUS, for other tools.

    Args:
        month: The month, such as 2026-10.
        file: The file to write; its name ends in .csv or .parquet.
        form: focus-1.2 or focus-1.4.
    """
    begins = month_named(month)
    target = path_named(str(file), "--out").absolute()
    with warehouse_of(settings()).reading() as con:
        state = _metered(con, month)
        rows = invoicing.export(con, begins, form, target, mode=0o666 & ~users_umask())
    out.print(f"{rows:,} charges in {file}; {_how_far(state)}", highlight=False, soft_wrap=True)
    return 0


def invoice(*, month: str, tenant: str | None = None, json: bool = False) -> int:
    """Show what a tenant has to pay for a month, line by line, to the cent.

    Args:
        month: The month, such as 2026-10.
        tenant: Whose invoice; everybody's, where left out.
        json: One JSON object a line.
    """
    begins, tenant = month_named(month), asked(tenant=tenant).get("tenant")
    with warehouse_of(settings()).reading() as con:
        state = _metered(con, month)
        lines = invoicing.invoice_lines(con, begins, tenant)
    if not lines:
        whose = "nobody" if tenant is None else f"tenant '{tenant}'"
        raise BillingError(f"{whose} has charges in {month}")
    if json:
        for line in lines:
            _say({name: terminal.exact(said) if isinstance(said, Decimal) else said for name, said in line.items()})
    else:
        terminal.print_invoices(lines, out, _how_far(state))
    return 0


def _meter_usage() -> Any:
    from flows.meter_usage import meter_usage

    return meter_usage


def _close_month() -> Any:
    from flows.close_month import close_month

    return close_month


def _percent(said: str | None) -> Decimal | None:
    if said is None:
        return None
    try:
        percent = PERCENT.validate_python(said.removesuffix("%"))
    except ValidationError:
        raise BatchError(f"a tax is a percentage from 0 to 100 such as 20 or 19.6, not '{visible(said)}'") from None
    return percent


def _metered(con: Any, month: str) -> MonthState:
    state = invoicing.state_of(con, month_named(month))
    if state.lines == 0 and state.metered_until is None:
        raise BillingError(f"{month} was never metered; run: imagekeeper meter --month {month}")
    return state


def _how_far(state: MonthState) -> str:
    if state.closed_at is not None:
        return f"final since {state.closed_at:%Y-%m-%d}"
    until = (
        "not metered yet" if state.metered_until is None else f"metered until {state.metered_until:%Y-%m-%d %H:%M} UTC"
    )
    return f"provisional, {until}"


def _say(one: dict[str, Any]) -> None:
    terminal.json_line(one, out)
