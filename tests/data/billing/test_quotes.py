"""Quotes are what metering comes to: a month of 730 hours, charged as if it had been used."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from data.billing import metering
from domain.pricing import MONTH_HOURS, PRICE, quote
from support.fakes import StandingWarehouse
from support.oracle.cost import Machine, Offered, Span, Use, Version
from support.worlds import small_world
from support.worlds.random_use import write

pytestmark = pytest.mark.slow

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
EUR = {"currency": "EUR"}
TIERS = [{"up_to": 100, "amount": "0.10"}, {"amount": "0.05"}]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[StandingWarehouse]:
    """A warehouse in memory."""
    warehouse = StandingWarehouse()
    yield warehouse
    warehouse.close()


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize(
    "said",
    [
        {"model": "free"},
        {"model": "hourly", "amount": "0.12", "rounding": "up", "granularity": "hour", **EUR},
        {"model": "hourly", "amount": "0.12", "minimum": "300", **EUR},
        {"model": "vcpu_hourly", "amount": "0.05", "min_seconds": 60, **EUR},
        {"model": "flavor_hourly", "amounts": {"c3.xlarge.2": "0.4"}, **EUR},
        {"model": "tiered", "tiers": TIERS, **EUR},
        {"model": "tiered", "tiers": TIERS, "mode": "volume", **EUR},
        {"model": "monthly", "amount": "29.90", "per": "subscription", **EUR},
        {"model": "monthly", "amount": "29.90", "proration": "day_30", **EUR},
        {"model": "one_time", "amount": "99", **EUR},
        {"model": "yearly", "amount": "1200", **EUR},
        {"model": "contract", "upfront": "100", "amount": "0.20", **EUR},
    ],
    ids=lambda said: f"{said['model']}-{len(said)}",
)
def test_a_month_costs_what_was_quoted(warehouse: StandingWarehouse, said: dict[str, Any], servers: int) -> None:
    """Servers that run 730 hours of October are billed what their launch was quoted."""
    price = PRICE.validate_python(said)
    names = [f"s{number}" for number in range(servers)]
    use = Use(
        machines=[Machine(name, name, "acme", "eu-west-0") for name in names],
        spans=[
            Span(name, "shield", "c3.xlarge.2", "running", OCTOBER, OCTOBER + timedelta(hours=MONTH_HOURS))
            for name in names
        ],
        offers=[Offered("o1", "shield", "softco", OCTOBER, None)],
        versions=[Version("p1", "o1", price, OCTOBER, None)],
        contracts=[],
        flavors={"c3.xlarge.2": (4, Decimal("0.136"))},
        carries={"shield": ["o1"]},
    )
    with warehouse.reading() as con:
        write(con, use)
        metering.prepare(con)
        metering.meter(con, OCTOBER, small_world.AS_OF)
        billed = con.execute("SELECT sum(BilledCost) FROM charge WHERE x_kind = 'image'").fetchall()[0][0]
    quoted = quote(price, flavor="c3.xlarge.2", vcpus=4, servers=servers)
    assert quoted is not None
    assert billed == quoted.month + quoted.once
