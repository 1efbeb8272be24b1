"""Invoicing: closing a month makes its charges final and issues invoices; exports write charges in FOCUS's columns."""

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
from data.warehouse.pipeline import rows, run, step
from data.warehouse.sql_files import statements

SQL = "billing/sql/invoicing"
CLOSE = ("owed", "closing_charge", "invoice", "closed_month")
"""The steps that close a month, in order; they are in the folder ``close``."""

FORMATS: Mapping[str, str] = {"focus-1.2": "charge", "focus-1.4": "focus_1_4"}
"""The formats of exported files, and the table or view that each exports."""


class BillingError(Exception):
    """The month cannot be closed or exported as requested. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class MonthState:
    """The state of a month: its number of charges, the moment until which it was metered, and when it was closed."""

    lines: int
    metered_until: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A contract that ends soon and is not renewed."""

    contract_id: str
    offer: str
    tenant: str
    region: str
    servers: int
    ends_at: datetime


def ending(con: duckdb.DuckDBPyConnection, moment: datetime, until: datetime) -> list[Ending]:
    """The contracts that end after ``moment``, not later than ``until``, and are not renewed; sorted by their end."""
    return [Ending(*row) for row in rows(con, f"{SQL}/ending", moment=moment, until=until)]


def state_of(con: duckdb.DuckDBPyConnection, month: datetime) -> MonthState:
    """The state of a month; a month without charges has one too."""
    return MonthState(*rows(con, f"{SQL}/state", month=month)[0])


def close(con: duckdb.DuckDBPyConnection, month: datetime, tax_percent: Decimal, moment: datetime) -> int:
    """Close a month: add tax and rounding, and issue the invoices. Its charges never change afterwards.

    Returns:
        The number of invoices.

    Raises:
        BillingError: if the month is closed already, is not over or not metered to its end, or an earlier one is open.
    """
    hours = int(FAR_ZONES.total_seconds() // 3600)
    found = rows(con, f"{SQL}/unready", month=month, hours=hours, moment=moment)
    reasons = [reason for (reason,) in found if reason]
    if reasons:
        raise BillingError(_unready(reasons[0], month))
    for macro in statements(f"{SQL}/close", "macros"):
        con.execute(macro)
    run(con, *(step(f"{SQL}/close/{name}") for name in CLOSE), month=month, tax_percent=tax_percent, moment=moment)
    count = "SELECT count(*) FROM invoice WHERE month_begins = ?"
    issued: int = con.execute(count, [month]).fetchall()[0][0]
    return issued


def invoice_lines(con: duckdb.DuckDBPyConnection, month: datetime, tenant: str | None) -> list[dict[str, Any]]:
    """The lines of the invoices of a month, of one tenant or of all. Amounts are exact, in the currency of the line."""
    query = step(f"{SQL}/invoice").query
    lines: list[dict[str, Any]] = con.sql(query, params={"month": month, "tenant": tenant}).to_arrow_table().to_pylist()
    return lines


def export(con: duckdb.DuckDBPyConnection, month: datetime, form: str, file: Path, *, mode: int = PRIVATE_FILE) -> int:
    """Write the charges of a month to a CSV or Parquet file, completely or not at all.

    A new file gets the ``mode``; a file that is replaced keeps its mode. Times in CSV files are whole seconds, as FOCUS
    specifies: starts are rounded down, ends up.

    Returns:
        The number of charges.

    Raises:
        BillingError: if the format does not exist, the file name does not end in .csv or .parquet, or the file cannot
            be written.
    """
    if form not in FORMATS:
        raise BillingError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
    kind = file.suffix.lower().removeprefix(".")
    if kind not in ("csv", "parquet"):
        raise BillingError(f"{file}: name a file that ends in .csv or .parquet")
    month_rows = f"SELECT * FROM {FORMATS[form]} WHERE BillingPeriodStart = '{month.isoformat()}'::TIMESTAMPTZ"
    con.execute(f"CREATE OR REPLACE TEMP VIEW exported_charge AS {month_rows}")
    query = f"{step(f'{SQL}/as_{kind}').query} ORDER BY ChargePeriodStart, ResourceId, SkuPriceId, ChargeCategory"
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


def _unready(reason: str, month: datetime) -> str:
    name = f"{month:%Y-%m}"
    ready = month_after(month) + FAR_ZONES
    return {
        "closed": f"{name} is closed already",
        "early": f"{name} can be closed from {ready:%Y-%m-%d %H:%M} UTC on, when it is over in every time zone",
        "unmetered": f"{name} was not metered to its end; run: imagekeeper meter --month {name}",
        "earlier-open": f"a month before {name} is open; close that first",
    }[reason]
