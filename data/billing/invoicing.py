"""Billing: a month's charges become final, become an invoice, or leave as a file in FOCUS's columns."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from data.access.private_folders import PRIVATE_FILE, put_in_place
from data.billing.metering import FAR_ZONES, month_after
from data.warehouse.sql_files import statement, statements

FORMATS: Mapping[str, str] = {"focus-1.2": "charge", "focus-1.4": "focus_1_4"}
"""What a file of charges may look like, and the table or view that has it."""


class BillingError(Exception):
    """The month cannot be billed as asked. The message is for people."""


@dataclass(frozen=True, slots=True)
class MonthState:
    """How far a month has come: how many charges it has, until when it was metered, and whether it is closed."""

    lines: int
    metered_until: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A contract that ends soon: whose, for which offer and how many servers, and when."""

    contract_id: str
    offer: str
    tenant: str
    region: str
    servers: int
    ends_at: datetime


def ending(con: duckdb.DuckDBPyConnection, moment: datetime, until: datetime) -> list[Ending]:
    """The contracts that end from ``moment`` on, ``until`` then, and are not renewed; the first to end first."""
    asked = {"moment": moment, "until": until}
    return [Ending(*row) for row in con.execute(statement("billing/sql/invoicing", "ending") or "", asked).fetchall()]


def state_of(con: duckdb.DuckDBPyConnection, month: datetime) -> MonthState:
    """How far a month has come."""
    return MonthState(*con.execute(statement("billing/sql/invoicing", "state") or "", {"month": month}).fetchall()[0])


def close(con: duckdb.DuckDBPyConnection, month: datetime, tax_percent: Decimal, moment: datetime) -> int:
    """Close a month: tax and rounding are added, invoices issued; how many. Afterwards its charges never change.

    Raises:
        BillingError: if the month is closed, not over or not metered to its end, or an earlier one is open.
    """
    hours = int(FAR_ZONES.total_seconds() // 3600)
    asked = {"month": month, "hours": hours, "moment": moment}
    reasons = [
        reason
        for (reason,) in con.execute(statement("billing/sql/invoicing", "unready") or "", asked).fetchall()
        if reason
    ]
    if reasons:
        raise BillingError(_unready(reasons[0], month))
    for query in statements("billing/sql/invoicing", "close"):
        con.execute(query, _asked_by(query, month=month, tax_percent=tax_percent, moment=moment))
    count = "SELECT count(*) FROM invoice WHERE month_begins = ?"
    issued: int = con.execute(count, [month]).fetchall()[0][0]
    return issued


def invoice_lines(con: duckdb.DuckDBPyConnection, month: datetime, tenant: str | None) -> list[dict[str, Any]]:
    """What a tenant (or each) was billed in a month, line by line; exact amounts."""
    query = statement("billing/sql/invoicing", "invoice") or ""
    rows: list[dict[str, Any]] = con.sql(query, params={"month": month, "tenant": tenant}).to_arrow_table().to_pylist()
    return rows


def export(con: duckdb.DuckDBPyConnection, month: datetime, form: str, file: Path, *, mode: int = PRIVATE_FILE) -> int:
    """Write a month's charges to a CSV or Parquet file, as a whole or not at all; how many.

    A new file gets the ``mode``; one that is replaced keeps its own.

    Times of a CSV file are whole seconds, as FOCUS has them: begins are rounded down, ends up.

    Raises:
        BillingError: if there is no such format, the file's name ends otherwise, or it cannot be written.
    """
    if form not in FORMATS:
        raise BillingError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
    kind = file.suffix.lower().removeprefix(".")
    if kind not in ("csv", "parquet"):
        raise BillingError(f"{file}: name a file that ends in .csv or .parquet")
    rows = f"SELECT * FROM {FORMATS[form]} WHERE BillingPeriodStart = '{month.isoformat()}'::TIMESTAMPTZ"
    chosen = statement("billing/sql/invoicing", f"as_{kind}") or ""
    query = f"{chosen.replace('__rows__', rows)} ORDER BY ChargePeriodStart, ResourceId, SkuPriceId, ChargeCategory"
    options = "FORMAT csv, HEADER" if kind == "csv" else "FORMAT parquet, COMPRESSION zstd"
    return _copied(con, query, file, options, mode)


def _copied(con: duckdb.DuckDBPyConnection, query: str, file: Path, options: str, mode: int) -> int:
    try:
        handle, half = tempfile.mkstemp(dir=file.parent, suffix=file.suffix)
        os.close(handle)
    except OSError as error:
        raise BillingError(f"{file} cannot be written: {error.strerror}") from None
    try:
        quoted = half.replace("'", "''")
        rows: int = con.execute(f"COPY ({query}) TO '{quoted}' ({options})").fetchall()[0][0]
        put_in_place(Path(half), file, mode)
    except OSError as error:
        raise BillingError(f"{file} cannot be written: {error.strerror}") from None
    finally:
        Path(half).unlink(missing_ok=True)
    return rows


def _asked_by(query: str, **values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"${name}" in query}


def _unready(reason: str, month: datetime) -> str:
    name = f"{month:%Y-%m}"
    ready = month_after(month) + FAR_ZONES
    return {
        "closed": f"{name} is closed already",
        "early": f"{name} can be closed from {ready:%Y-%m-%d %H:%M} UTC on, when it is over in every time zone",
        "unmetered": f"{name} was not metered to its end; run: imagekeeper meter --month {name}",
        "earlier-open": f"a month before {name} is open; close that first",
    }[reason]
