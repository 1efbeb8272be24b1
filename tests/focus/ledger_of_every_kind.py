"""A ledger with every kind of charge that there is.

One offer a kind, so that a charge which is wrong tells where it comes from. The first of two months is closed, and
proves wrong afterwards: so the second one has corrections too, and is the month to look at.
"""

import json
from decimal import Decimal
from typing import Any

import duckdb

from data.billing import invoicing, metering_runs
from data.warehouse.connection import Warehouse
from support.worlds.small_world import image, insert, on

FIRST, SECOND = on("2026-09-01"), on("2026-10-01")
"""The month that is corrected, and the one with every kind of charge."""
READ_AT = on("2026-11-03")

Terms = dict[str, Any]
HOURLY: Terms = {"model": "hourly", "amount": "0.10", "currency": "EUR"}
OFFERS: dict[str, Terms] = {
    "hourly": HOURLY,
    "stopped": HOURLY | {"billable_states": {"running": "1", "stopped": "0.25"}},
    "rounded": HOURLY | {"granularity": "hour", "rounding": "up", "aggregation": "hour", "min_seconds": 60},
    "vcpus": {"model": "vcpu_hourly", "amount": "0.05", "currency": "EUR"},
    "flavors": {"model": "flavor_hourly", "amounts": {"s2.large.1": "0.3"}, "amount": "0.7", "currency": "EUR"},
    "tiers": {
        "model": "tiered",
        "tiers": [{"up_to": "10", "amount": "0.4"}, {"amount": "0.2"}],
        "currency": "EUR",
    },
    "trial": HOURLY | {"trial": {"days": 2, "servers": 1}},
    "credited": HOURLY | {"trial": {"days": 5, "credit": "3"}},
    "minimum": HOURLY | {"minimum": "50"},
    "monthly": {"model": "monthly", "amount": "30", "currency": "EUR", "proration": "day_30"},
    "tenant-monthly": {"model": "monthly", "amount": "99.99", "currency": "EUR", "per": "subscription"},
    "once": {"model": "one_time", "amount": "25", "currency": "EUR"},
    "tenant-once": {"model": "one_time", "amount": "250", "currency": "EUR", "per": "subscription"},
    "yearly": {"model": "yearly", "amount": "365", "currency": "EUR"},
    "contract": {"model": "contract", "upfront": "73", "months": 1, "amount": "0.2", "currency": "EUR"},
    "dollars": HOURLY | {"currency": "USD"},
    "free": {"model": "free"},
    "byol": {"model": "byol"},
}
CORRECTED = ("hourly", "vcpus", "monthly", "minimum", "credited", "yearly", "contract")
"""Offers that were used in the first month too, for less time than was thought at first."""
UNITS = {"vcpu_hourly": "vCPU-Hours", "monthly": "Months", "yearly": "Years", "one_time": "Units"}


def build(warehouse: Warehouse) -> None:
    """Sell, use, meter, close, find out that it was different, and correct it."""
    with warehouse.writing() as con:
        for name, terms in OFFERS.items():
            offer(con, name, terms)
        use(con)
        money(con)
    metering_runs.meter_month(warehouse, FIRST, READ_AT)
    with warehouse.writing() as con:
        invoicing.close(con, FIRST, Decimal(20), READ_AT)
        late_news(con)
    metering_runs.meter_month(warehouse, FIRST, READ_AT)
    metering_runs.meter_month(warehouse, SECOND, READ_AT)
    with warehouse.writing() as con:
        invoicing.close(con, SECOND, Decimal(20), READ_AT)


def offer(con: duckdb.DuckDBPyConnection, name: str, terms: Terms) -> None:
    """An image on sale since spring, with one price."""
    model = terms["model"]
    image(con, name, owner="softco", visibility="marketplace", published=True)
    insert(
        con,
        "offer",
        offer_id=f"o-{name}",
        name=f"{name} image",
        image_id=name,
        publisher="Softco",
        pricing_model=model,
        published_at=on("2026-04-01"),
    )
    insert(
        con,
        "price",
        price_id=f"p-{name}",
        offer_id=f"o-{name}",
        pricing_model=model,
        amount=Decimal(terms.get("amount", 0)),
        currency=terms.get("currency", "EUR"),
        unit=UNITS.get(model, "Hours"),
        valid_from=on("2026-04-01"),
        terms=json.dumps(terms),
    )


def use(con: duckdb.DuckDBPyConnection) -> None:
    """A server an offer from one evening to the next, and what some offers need besides."""
    for name in OFFERS:
        server(con, f"s-{name}", name, ("running", "2026-10-10T18:20:30", "2026-10-11T19:00"))
    for name in CORRECTED:
        server(con, f"early-{name}", name, ("running", "2026-09-12", "2026-09-13T05:00"))
    server(
        con, "halts", "stopped", ("running", "2026-10-12", "2026-10-12T05:00"), ("stopped", "2026-10-12T05:00", None)
    )
    server(con, "beyond", "trial", ("running", "2026-10-11T06:00", "2026-10-14"))
    server(con, "stays", "monthly", ("running", "2026-10-20", None))
    server(con, "uncovered", "contract", ("running", "2026-10-11T12:00", "2026-10-11T18:00"))
    server(con, "metal", "hourly", ("running", "2026-10-13", "2026-10-13T02:00"), flavor="physical.o2.medium")
    server(con, "plain", "own", ("running", "2026-10-13", "2026-10-13T02:00"))  # an image that is not on sale


def money(con: duckdb.DuckDBPyConnection) -> None:
    """What is bought for a time ahead, and what is given back."""
    contract(con, "c-0", "2026-09-10", "2026-10-10")
    contract(con, "c-1", "2026-10-10", "2026-11-10")
    credit(con, "good will", "2026-10-22T09:30", amount="4.2", offer_id="o-hourly")
    credit(con, "sorry", "2026-10-23T09:30", amount="1")
    credit(con, "outage", "2026-10-24T09:30", amount="2.5", offer_id="o-hourly", refund_of=FIRST.date())


def late_news(con: duckdb.DuckDBPyConnection) -> None:
    """A server of the closed month that nobody had told of, and some that had ended sooner."""
    server(con, "found", "hourly", ("running", "2026-09-18", "2026-09-18T05:00"))
    con.execute("UPDATE server_span SET ended_at = ended_at - INTERVAL 6 HOUR WHERE server_id LIKE 'early-%'")


def contract(con: duckdb.DuckDBPyConnection, contract_id: str, begins: str, ends: str) -> None:
    """One server for a month, paid upfront."""
    insert(
        con,
        "contract",
        contract_id=contract_id,
        offer_id="o-contract",
        price_id="p-contract",
        tenant="acme",
        region="eu-west-0",
        servers=1,
        upfront=Decimal(73),
        hourly=Decimal("0.2"),
        currency="EUR",
        starts_at=on(begins),
        ends_at=on(ends),
        bought_at=on(begins),
    )


def credit(con: duckdb.DuckDBPyConnection, reason: str, at: str, amount: str, **more: Any) -> None:
    """Money given back to acme."""
    insert(
        con,
        "credit",
        credit_id=f"k-{reason}",
        tenant="acme",
        region="eu-west-0",
        amount=Decimal(amount),
        currency="EUR",
        reason=reason,
        granted_by="platform",
        granted_at=on(at),
        **more,
    )


def server(
    con: duckdb.DuckDBPyConnection,
    server_id: str,
    image_id: str,
    *spans: tuple[str, str, str | None],
    flavor: str = "s2.large.1",
) -> None:
    """A server of acme's, and its states one after the other: which, since when, until when."""
    first, last = spans[0], spans[-1]
    target = "bms" if flavor.startswith("physical") else "ecs"
    ended = on(last[2]) if last[2] else None
    insert(con, "server", server_id=server_id, name=f"{server_id} server", owner="acme", region="eu-west-0",
           target=target, flavor=flavor, image_id=image_id, system_disk_gb=10, state="terminated" if ended else last[0],
           created_at=on(first[1]), updated_at=on(last[1]), deleted_at=ended)  # fmt: skip
    for state, begins, ends in spans:
        insert(con, "server_span", server_id=server_id, image_id=image_id, flavor=flavor, state=state,
               started_at=on(begins), ended_at=on(ends) if ends else None)  # fmt: skip
