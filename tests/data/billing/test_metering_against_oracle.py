"""Metering and the oracle of docs/explanation/pricing.md come to the same charges, to the last digit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.billing import metering
from domain.pricing import PRICE, Price
from support.effort import either
from support.fakes import StandingWarehouse
from support.oracle.cost import Use, charges
from support.worlds.random_use import moments, worlds, write

pytestmark = pytest.mark.slow

Key = tuple[Any, ...]
ADDED = 4
"""How many figures are added up: quantity, billed, effective, microseconds used."""


@pytest.fixture(scope="module")
def warehouse() -> Iterator[StandingWarehouse]:
    """A warehouse in memory that each world is written into, and emptied again."""
    warehouse = StandingWarehouse()
    yield warehouse
    warehouse.close()


def summed(rows: Iterator[tuple[Key, tuple[Any, ...]]]) -> dict[Key, tuple[Any, ...]]:
    """Figures added up by what they are of; what comes to nothing is left out."""
    sums: dict[Key, list[Any]] = {}
    for key, figures in rows:
        row = sums.setdefault(key, [Decimal(0)] * ADDED)
        for place, figure in enumerate(figures):
            row[place] += figure
    return {key: tuple(row) for key, row in sums.items() if any(row)}


def by_oracle(use: Use, until: Any) -> dict[Key, tuple[Any, ...]]:
    """What the plain reading says."""
    return summed(
        (
            (
                c.kind, c.what, c.tenant, c.region, c.offer_id, c.server_id,
                None if c.what == "credit" else c.price_id, c.flavor, c.state, c.day, c.month,
                None if c.what == "credit" else c.unit_price,
            ),
            (c.quantity, c.billed, c.effective, Decimal(c.used_us)),
        )
        for c in charges(use, until)
    )  # fmt: skip


WHAT = """CASE
    WHEN ChargeCategory = 'Credit' THEN 'credit'
    WHEN ChargeFrequency = 'One-Time' THEN CASE WHEN CommitmentDiscountId IS NULL THEN 'once' ELSE 'upfront' END
    WHEN ends_with(SkuPriceId, '/minimum') THEN 'minimum'
    WHEN ChargeFrequency = 'Recurring' THEN 'month'
    WHEN CommitmentDiscountStatus IS NOT NULL THEN lower(CommitmentDiscountStatus)
    WHEN starts_with(ChargeDescription, 'Trial of') THEN 'trial'
    ELSE 'hours'
END"""


def by_metering(con: duckdb.DuckDBPyConnection) -> dict[Key, tuple[Any, ...]]:
    """What the ledger says."""
    rows = con.execute(
        f"SELECT x_kind, {WHAT} AS what, SubAccountId, RegionId, x_offer_id, x_server_id, x_price_id, x_flavor,"
        " x_state, ChargePeriodStart::DATE, BillingPeriodStart::DATE,"
        " CASE WHEN what <> 'credit' THEN ContractedUnitPrice END,"
        " PricingQuantity, BilledCost, EffectiveCost, x_used_seconds * 1000000 FROM charge"
    ).fetchall()
    return summed((_key(row[:-ADDED]), row[-ADDED:]) for row in rows)


def _key(row: Key) -> Key:
    """A minimum belongs to a month, wherever that begins in UTC."""
    return (*row[:9], row[10], *row[10:]) if row[1] == "minimum" else row


def metered(con: duckdb.DuckDBPyConnection, use: Use, until: Any) -> None:
    """Meter all months of a world."""
    write(con, use)
    metering.prepare(con)
    for month in metering.months_to_meter(con, until):
        metering.meter(con, month, until)


def plainly(use: Use) -> Use:
    """The same world with prices that ask for hours as they are: the short way that most charges take."""
    as_they_are = {"granularity": "second", "rounding": "none", "min_seconds": 0, "minimum": None, "trial": None}
    others = [{"model": "byol"}, {"model": "hourly", "amount": "0.1234", "currency": "EUR"}]

    def plain(price: Price, nth: int) -> Price:
        said = price.model_dump()
        if price.model in ("hourly", "vcpu_hourly", "flavor_hourly"):
            return PRICE.validate_python(said | as_they_are)
        return PRICE.validate_python(others[nth % 2] | {"lineage": price.lineage})

    versions = [replace(one, price=plain(one.price, nth)) for nth, one in enumerate(use.versions)]
    return replace(use, versions=versions, contracts=[])


@settings(max_examples=either(short=8, full=400))
@given(use=st.one_of(worlds(), worlds().map(plainly)), place=st.integers(0, 4))
def test_charges_are_what_the_plain_reading_says(warehouse: StandingWarehouse, use: Use, place: int) -> None:
    """Every server, offer, price, day and kind of charge has the same quantity and cost, and nothing is left over."""
    until = moments(use)[place % len(moments(use))]
    with warehouse.reading() as con:
        metered(con, use, until)
        said, expected = by_metering(con), by_oracle(use, until)
    differing = {key: (said.get(key), expected.get(key)) for key in said.keys() | expected.keys()}
    assert {key: two for key, two in differing.items() if two[0] != two[1]} == {}


def test_the_worlds_have_every_kind_of_charge() -> None:
    """What is compared has some of each: no kind is proven right for want of any."""
    seen: Counter[str] = Counter()

    @settings(max_examples=either(short=60, full=1000))
    @given(use=worlds())
    def look(use: Use) -> None:
        seen.update({charge.what for charge in charges(use, moments(use)[-1])})

    look()
    assert set(seen) == {"hours", "trial", "used", "unused", "upfront", "once", "month", "minimum", "credit"}
