"""Metering: what was used becomes charges, a month at a time.

The statements lie in this folder, and run in this order: ``macros`` and ``carried`` once, then for each month ``used``
(spans with the offer their image carries), ``part``, ``term``, ``stretch``, ``piece``, ``hours`` and ``line`` (offers
whose prices ask for more than hours as they are), ``charge`` (the rows), ``replace`` or ``correct`` (into the ledger).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from data.warehouse.sql_files import statement, statements

LONG_WAY = ("part", "term", "stretch", "piece", "hours", "line")
"""What is only asked of offers whose prices ask for more than hours as they are."""
FAR_ZONES = timedelta(hours=15)
"""How far a month of a price's time zone may stick out of the month of UTC that has its name."""


@dataclass(frozen=True, slots=True)
class Metered:
    """What metering a month came to, in rows of the ledger."""

    month: datetime
    until: datetime
    added: int
    removed: int
    corrected: int


def month_of(moment: datetime) -> datetime:
    """The first moment of a moment's month, UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """The first moment of the next month."""
    return month_of(month + timedelta(days=31))


def months(first: datetime, beyond: datetime) -> Iterator[datetime]:
    """The months from the one of ``first`` until ``beyond``, exclusive."""
    month = month_of(first)
    while month < beyond:
        yield month
        month = month_after(month)


def months_to_meter(con: duckdb.DuckDBPyConnection, until: datetime) -> list[datetime]:
    """The months from the one before the last that was metered (at first: from the first use on) until ``until``.

    The next month is one of them as soon as it has begun in some time zone.
    """
    row = con.execute(statement("billing/sql/metering", "first_month") or "").fetchall()[0]
    return [] if row[0] is None else list(months(row[0], until + FAR_ZONES))


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Find out which offers images carry, and what their prices ask for."""
    for query in (*statements("billing/sql/metering", "macros"), *statements("billing/sql/metering", "carried")):
        con.execute(query)


def meter(con: duckdb.DuckDBPyConnection, month: datetime, until: datetime) -> Metered:
    """Bring the charges of a month up to date, with use until ``until``; ``prepare`` comes first.

    An open month says afterwards what was used. A closed one stays as it is: what it should say by now is written into
    the first open month, as corrections.
    """
    gather(con, month, until)
    closed, written = con.execute(statement("billing/sql/metering", "state") or "").fetchall()[0]
    charges = statement("billing/sql/metering", "charge")
    if not closed and not written:
        return Metered(
            month, until, _count(con, f"INSERT INTO charge BY NAME {statement('billing/sql/metering', 'charge')}"), 0, 0
        )
    con.execute("CREATE OR REPLACE TEMP TABLE metered AS FROM charge LIMIT 0")
    con.execute(f"INSERT INTO metered BY NAME {charges}")
    if closed:
        _set(con, open_begins=_first_open(con, month))
        corrected = _count(con, statement("billing/sql/metering", "correct") or "")
        return Metered(month, until, 0, 0, corrected)
    changed, taken_out, put_in = statements("billing/sql/metering", "replace")
    con.execute(changed)
    removed = _count(con, taken_out)
    return Metered(month, until, _count(con, put_in), removed, 0)


def gather(con: duckdb.DuckDBPyConnection, month: datetime, until: datetime) -> None:
    """Put what was used in a month into temporary tables."""
    ends = month_after(month)
    _set(con, month_begins=month, month_ends=ends, until=until)
    _set(con, since=month - FAR_ZONES, reach=min(until, ends + FAR_ZONES))
    for query in statements("billing/sql/metering", "used"):
        con.execute(query)
    con.execute("DELETE FROM line")
    if con.execute(statement("billing/sql/metering", "asks_for_more") or "").fetchall()[0][0]:
        for step in LONG_WAY:
            for query in statements("billing/sql/metering", step):
                con.execute(query)


def _first_open(con: duckdb.DuckDBPyConnection, month: datetime) -> datetime:
    closed = {month for (month,) in con.execute("SELECT month_begins FROM closed_month").fetchall()}
    while month in closed:
        month = month_after(month)
    return month


def _set(con: duckdb.DuckDBPyConnection, **moments: datetime) -> None:
    for name, moment in moments.items():
        con.execute(f"SET VARIABLE {name} = TIMESTAMPTZ '{moment.astimezone(UTC).isoformat()}'")


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    rows: int = con.execute(query).fetchall()[0][0]
    return rows
