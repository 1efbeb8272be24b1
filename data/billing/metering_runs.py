"""Metering runs: bring charges up to date month by month, a checked transaction for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from data.billing import metering
from data.billing.metering import Metered
from data.warehouse.connection import Warehouse
from data.warehouse.sql_files import statements

SHOWN = 10
"""How many findings the message of an error lists."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that must not exist: the problem, the id of the thing that has it, and details."""

    problem: str
    thing: str
    detail: str


class ChecksFailed(Exception):  # noqa: N818 - a public name
    """The charges of a month contradict each other or the recorded use; nothing was written. The message lists rows."""

    def __init__(self, month: datetime, findings: Sequence[Finding]) -> None:
        listed = [f"  {one.problem}: {one.thing} ({one.detail})" for one in findings[:SHOWN]]
        more = [f"  … and {len(findings) - SHOWN:,} more"] if len(findings) > SHOWN else []
        super().__init__(
            "\n".join(
                [f"{month:%Y-%m}: {len(findings):,} rows that must not exist; nothing was written", *listed, *more]
            )
        )
        self.month = month
        self.findings = findings


def months_to_meter(warehouse: Warehouse, until: datetime) -> list[datetime]:
    """The months whose charges may have changed: from the one before the last that was metered."""
    with warehouse.reading() as con:
        return metering.months_to_meter(con, until)


def meter_month(warehouse: Warehouse, month: datetime, now: datetime, flow_run_id: str | None = None) -> Metered:
    """Bring the charges of a month up to date, check them, and record the run in the table ``metering``.

    Raises:
        ChecksFailed: if a check finds rows that must not exist; the charges are left as they were.
        WarehouseError: if the warehouse cannot be written now.
    """
    with warehouse.writing() as con:
        metering.prepare(con)
        # if the clock was set back, use that was metered already must stay charged
        done = metering.meter(con, month, max(now, *_metered_until(con, month)))
        con.execute(
            "INSERT INTO metering VALUES (?, ?, ?, ?, ?, ?, ?)",
            [month, done.until, done.added, done.removed, done.corrected, flow_run_id, now],
        )
        findings = list(findings_of(con))
        if findings:
            raise ChecksFailed(month, findings)
        return done


def meter_all(warehouse: Warehouse, now: datetime) -> list[Metered]:
    """Bring all charges up to date that may have changed.

    Raises:
        ChecksFailed: as ``meter_month``; the months before that one are committed.
    """
    return [meter_month(warehouse, month, now) for month in months_to_meter(warehouse, now)]


def findings_of(con: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """The rows that must not exist, of the month that was metered last on this connection; else of all months."""
    for query in statements("reports/ledger", "checks"):
        yield from (Finding(*row) for row in con.execute(query).fetchall())


def _metered_until(con: duckdb.DuckDBPyConnection, month: datetime) -> tuple[datetime, ...]:
    rows = con.execute("SELECT max(metered_until) FROM metering WHERE month_begins = ?", [month]).fetchall()
    return (month,) if rows[0][0] is None else (rows[0][0],)
