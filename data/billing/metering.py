"""Metering: recorded use becomes charges, one month at a time.

The relations are in ``sql/metering``, one file each. ``prepare`` computes those of prices and offers; ``gather`` and
``meter`` compute those of a month in the order of the tuples below. Most offers have plain prices: their charges come
straight from the intervals of use. The others take the long way (``HISTORY`` and ``LINES``), over all use ever
recorded: a tier, a minimum, a trial or a commitment makes the price of an hour depend on other hours.

Three invariants hold at each step, and the tests compare all sums with an independent computation:

- No cut changes a sum: moments are rounded, not lengths, and rounding is telescoped (``rating/metered_usage.sql``).
- Metering a month twice changes nothing; metering it later changes only what depends on the use since.
- A closed month never changes. Later facts become corrections in the first open month (``ledger/correct.sql``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from data.warehouse.pipeline import Step, run, step
from data.warehouse.sql_files import statements

SQL = "billing/sql/metering"

PRICES = tuple(
    f"prices/{name}" for name in ("carried_offer", "dated_price", "sold_offer", "state_rate", "flavor_currency")
)
"""Prices and offers, once for a connection."""
HISTORY = (
    "usage/offer_interval",
    *(
        f"commitments/{name}"
        for name in (
            "year_commitment",
            "contract_commitment",
            "commitment",
            "trial",
            "history_interval",
            "ranked_cover",
            "cover_boundary",
            "split_interval",
            "committed_interval",
            "covered_interval",
        )
    ),
    *(f"rating/{name}" for name in ("daily_interval", "metered_usage", "tiered_usage", "rated_usage")),
)
"""Use of offers that need history: which commitment or trial covers it, its quantity, and its cost."""
LINES = tuple(
    f"lines/{name}"
    for name in (
        "hours_line",
        "used_line",
        "unused_line",
        "upfront_line",
        "once_line",
        "month_line",
        "minimum_line",
        "credit_line",
    )
)
"""What goes into ``priced_line``; unused_line reads the used lines."""
CHARGES = tuple(
    f"charges/{name}"
    for name in (
        "usage_in_month",
        "server_usage",
        "image_usage",
        "daily_usage",
        "usage_charge",
        "line_charge",
        "granted_credit",
    )
)
"""The steps to the columns of ``charge``; views, because a month can have millions of rows."""
FAR_ZONES = timedelta(hours=15)
"""By how much a month of a price's time zone can begin before or end after the month of UTC with the same name."""


@dataclass(frozen=True, slots=True)
class Metered:
    """The result of metering a month, in rows of the ledger."""

    month: datetime
    until: datetime
    added: int
    removed: int
    corrected: int


def month_of(moment: datetime) -> datetime:
    """The first moment of the month of UTC that a moment is in."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """The first moment of the next month."""
    return month_of(month + timedelta(days=31))


def months(first: datetime, beyond: datetime) -> Iterator[datetime]:
    """The first moments of the months from the one of ``first`` to ``beyond``, which is excluded."""
    month = month_of(first)
    while month < beyond:
        yield month
        month = month_after(month)


def months_to_meter(con: duckdb.DuckDBPyConnection, until: datetime) -> list[datetime]:
    """The months whose charges may have changed: from the one before the last that was metered, or from the first use.

    The last one is that of ``until``, or the next one if that has begun in some time zone.
    """
    row = con.execute(_query("ledger/first_month")).fetchall()[0]
    return [] if row[0] is None else list(months(row[0], until + FAR_ZONES))


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Compute which offers images carry, and their prices. Call it once for a connection, before ``meter``."""
    for macro in statements(f"{SQL}/prices", "macros"):
        con.execute(macro)
    run(con, *_steps(*PRICES, "lines/priced_line"))


def meter(con: duckdb.DuckDBPyConnection, month: datetime, until: datetime) -> Metered:
    """Bring the charges of a month up to date, with the use until ``until``. Call ``prepare`` before.

    An open month has the charges of its use afterwards. A closed month stays as it is: the differences become
    corrections in the first open month.
    """
    gather(con, month, until)
    run(con, *_steps(*CHARGES))
    closed, has_charges = con.execute(_query("ledger/month_state")).fetchall()[0]
    charges = _query("charges/charge")
    if not closed and not has_charges:
        return Metered(month, until, _count(con, f"INSERT INTO charge BY NAME {charges}"), 0, 0)
    con.execute("CREATE OR REPLACE TEMP TABLE metered_charge AS FROM charge LIMIT 0")
    con.execute(f"INSERT INTO metered_charge BY NAME {charges}")
    if closed:
        _set(con, open_begins=_first_open(con, month))
        return Metered(month, until, 0, 0, _count(con, _query("ledger/correct")))
    run(con, *_steps("ledger/changed_day"))
    removed = _count(con, _query("ledger/delete_changed_days"))
    return Metered(month, until, _count(con, _query("ledger/insert_changed_days")), removed, 0)


def gather(con: duckdb.DuckDBPyConnection, month: datetime, until: datetime) -> None:
    """Compute the use of a month as temporary tables, and the priced lines of offers that need history."""
    ends = month_after(month)
    _set(con, month_begins=month, month_ends=ends, until=until)
    _set(con, since=month - FAR_ZONES, reach=min(until, ends + FAR_ZONES))
    run(con, *_steps("usage/usage_interval"))
    con.execute("DELETE FROM priced_line")
    if con.execute(_query("usage/needs_history")).fetchall()[0][0]:
        run(con, *_steps(*HISTORY))
        for line in LINES:
            con.execute(f"INSERT INTO priced_line BY NAME {_query(line)}")


def _steps(*names: str) -> Iterator[Step]:
    return (step(f"{SQL}/{name}") for name in names)


def _query(name: str) -> str:
    return step(f"{SQL}/{name}").query


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
