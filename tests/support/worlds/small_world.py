"""A small world, written straight into the tables. Each row says why it is there.

It is asked as of ``AS_OF``. Ids are speaking names; times without a clock are midnights, UTC.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb

from data.billing import metering

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
GIB = 2**30


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Fill an empty migrated warehouse."""
    images(con)
    members(con)
    offers(con)
    servers(con)
    market(con)
    credits_given(con)
    con.execute(
        "INSERT INTO action_log BY NAME SELECT 'a1' AS action_id, 'b1' AS batch_id, 1 AS line, 1 AS seq,"
        " 'import_image' AS action, 'acme' AS actor, 'eu-west-0' AS region, '{}' AS request, 'allowed' AS verdict,"
        " [] AS denied_by, [] AS because, [] AS remedy, $1::TIMESTAMPTZ AS requested_at, $1 AS finished_at",
        [on("2026-11-19T17:30")],
    )


def metered(con: duckdb.DuckDBPyConnection, until: datetime) -> None:
    """Turn use until a moment into charges, and write down that it was done."""
    metering.prepare(con)
    for month in metering.months_to_meter(con, until):
        done = metering.meter(con, month, until)
        insert(con, "metering", month_begins=month, metered_until=until, added=done.added, removed=done.removed,
               corrected=done.corrected, metered_at=until)  # fmt: skip


def images(con: duckdb.DuckDBPyConnection) -> None:
    """What there is to share, to sell and to start."""
    image(con, "debian", owner="platform", visibility="public", size_bytes=2 * GIB)  # cannot be shared: public
    image(con, "web", blob="file-1", created_at="2026-02-01")  # shared with two
    image(
        con,
        "web-copy",
        created_at="2026-05-01",
        blob="file-1",
        source_kind="image",
        source_id="web",
        origin_image_id="web",
    )  # stored once
    image(
        con,
        "web-west",
        created_at="2026-05-01",
        region="eu-west-1",
        blob="file-1",
        source_kind="image",
        source_id="web",
        origin_image_id="web",
    )  # the same file, but in another region: stored there too
    image(con, "secret", encrypted=True, kms_key_id="key-1")  # cannot be shared: encrypted
    image(con, "whole-csbs", image_type="full_ecs", backup_service="csbs")  # cannot be shared: not by CBR
    image(con, "whole-cbr", image_type="full_ecs", backup_service="cbr", size_bytes=120 * GIB)  # can be shared
    image(con, "data", image_type="data_disk", target="ecs", os_type=None, os_distribution=None, os_version=None)
    image(con, "off", status="deactivated", protected=True)  # cannot be shared: not active
    image(con, "old", deprecated_at=on("2026-08-01"), size_bytes=None)  # superseded, its size was never learnt
    image(con, "full", created_at="2026-03-01")  # shared with as many tenants as may be
    image(con, "nearly", created_at="2026-03-01")  # shared with almost as many
    image(con, "gone", status="deleted", deleted_at=on("2026-09-15"))  # a server still runs it
    image(
        con,
        "shield",
        owner="softco",
        visibility="marketplace",
        published=True,
        source_kind="server",
        source_id="workshop",
        origin_image_id="debian",
        created_at="2026-03-10",
    )  # on sale, made from a public image
    image(con, "nginx", owner="softco", visibility="marketplace", published=True)  # on sale for nothing
    image(con, "retired", owner="softco")  # was on sale until 2026-10-15
    image(
        con,
        "my-shield",
        owner="umbrella",
        source_kind="server",
        source_id="boundary",
        origin_image_id="debian",
        created_at="2026-11-01T01:00",
    )  # captured from a server of the paid image: stays a paid image
    image(
        con,
        "my-shield-2",
        owner="umbrella",
        source_kind="image",
        source_id="my-shield",
        origin_image_id="debian",
        encrypted=True,
        created_at="2026-11-02",
    )  # a re-keyed copy of that: still one


def members(con: duckdb.DuckDBPyConnection) -> None:
    """Who shares what with whom."""
    member(con, "web", "umbrella", "accepted", "2026-10-01", accepted_at=on("2026-10-02"))
    member(con, "web", "initech", "pending", "2026-10-11")  # waits for 40 days
    member(con, "web", "hooli", "rejected", "2026-10-12")  # hidden by the recipient
    member(con, "web", "gamma", "accepted", "2026-04-01", accepted_at=on("2026-04-02"), removed_at=on("2026-05-01"))
    member(con, "web-west", "initech", "pending", "2026-11-19")  # another region
    member(con, "web-west", "<img src=x>", "rejected", "2026-11-19")  # tenants may be called anything; pages escape it
    for number in range(128):
        member(con, "full", f"t{number:03}", "accepted", "2026-06-01", accepted_at=on("2026-06-02"))
    for number in range(103):  # 103 of 128 is 80 %
        member(con, "nearly", f"t{number:03}", "accepted", "2026-06-01", accepted_at=on("2026-06-02"))


def offers(con: duckdb.DuckDBPyConnection) -> None:
    """What is on sale."""
    insert(
        con,
        "offer",
        offer_id="o-shield",
        name="shield",
        image_id="shield",
        publisher="softco",
        pricing_model="hourly",
        published_at=on("2026-04-01"),
    )
    price(con, "p-shield-1", "o-shield", "0.10", "2026-04-01", valid_to=on("2026-11-10"))
    price(con, "p-shield-2", "o-shield", "0.25", "2026-11-10")  # it got dearer on 10 November
    insert(
        con,
        "offer",
        offer_id="o-nginx",
        name="nginx",
        image_id="nginx",
        publisher="softco",
        pricing_model="free",
        published_at=on("2026-04-01"),
    )
    price(con, "p-nginx", "o-nginx", "0", "2026-04-01", pricing_model="free")
    insert(
        con,
        "offer",
        offer_id="o-retired",
        name="retired",
        image_id="retired",
        publisher="softco",
        pricing_model="hourly",
        published_at=on("2026-04-01"),
        withdrawn_at=on("2026-10-15"),
    )
    price(con, "p-retired", "o-retired", "1", "2026-04-01", currency="USD")  # the image in USD, its server in EUR


def servers(con: duckdb.DuckDBPyConnection) -> None:
    """What is used. s2.medium.1 costs 0.025 EUR an hour, s2.large.1 0.05."""
    server(con, "workshop", "softco", "debian", ("2026-03-01", "2026-03-20"))  # what shield was captured from
    server(con, "boundary", "umbrella", "shield", ("2026-10-31T22:00", "2026-11-01T02:00"))  # 2 h a month
    server(con, "dearer", "umbrella", "shield", ("2026-11-09T23:00", "2026-11-10T01:00"))  # 1 h a price
    server(con, "captured", "umbrella", "my-shield-2", ("2026-11-10", "2026-11-10T10:00"))  # charged as shield
    server(con, "free", "acme", "nginx", ("2026-11-20", None))  # runs on: 12 h until AS_OF
    server(con, "plain", "acme", "web", ("2026-11-01", "2026-11-01T01:00"))  # no offer: the server alone
    server(
        con, "orphan", "acme", "gone", ("2026-09-01", "2026-09-01T02:00"), ("2026-09-01T02:00", None)
    )  # image deleted
    server(con, "early", "initech", "retired", ("2026-10-15T00:00", "2026-10-15T03:00"))  # goes on being charged
    server(con, "own", "softco", "retired", ("2026-10-16", "2026-10-16T01:00"))  # its owner no longer is
    server(con, "idle", "acme", "web", ("2026-11-02", "2026-11-02T01:00"), ("2026-11-02T01:00", None))  # then stopped
    server(con, "second", "acme", "web", ("2026-11-03", "2026-11-03T00:00:01"))  # one second: 0.000277778 h
    server(con, "blink", "acme", "web", ("2026-11-04", "2026-11-04"))  # no time at all: no row


def market(con: duckdb.DuckDBPyConnection) -> None:
    """Offers of dbco, one a way to pay, and who uses them. Beside: what each came to in November."""
    sale(con, "mail", "Months", model="monthly", amount="30")
    server(con, "mailer", "initech", "mail", ("2026-10-05", None))  # 30
    server(con, "paused", "initech", "mail", ("2026-10-25", "2026-10-26"), ("2026-10-26", None))  # 30 for nothing
    sale(con, "vault", "Years", model="yearly", amount="365")
    server(con, "vaulted", "acme", "vault", ("2026-10-01", None))  # 1 a day: 19.50, nothing of it to be paid
    sale(con, "grid", "Hours", model="contract", upfront="61", months=2, amount="0.20")
    insert(con, "contract", contract_id="c-grid", offer_id="o-grid", price_id="p-grid", tenant="umbrella",
           region="eu-west-0", servers=1, upfront=Decimal(61), hourly=Decimal("0.20"), currency="EUR",
           starts_at=on("2026-10-10"), ends_at=on("2026-12-10"), bought_at=on("2026-10-10"))  # fmt: skip
    server(con, "gridded", "umbrella", "grid", ("2026-10-10", "2026-11-05"))  # 1 a day: 4 used, 15.50 unused
    server(con, "extra", "umbrella", "grid", ("2026-11-02", "2026-11-02T10:00"))  # no contract left for it: 2
    sale(con, "queue", "Hours", model="tiered", tiers=[{"up_to": "100", "amount": "0.10"}, {"amount": "0.05"}])
    server(con, "worker", "hooli", "queue", ("2026-11-01", "2026-11-06"))  # 120 h: 10 + 1
    sale(con, "scan", "vCPU-Hours", model="vcpu_hourly", amount="0.04", trial={"days": 10})
    server(con, "scanner", "hooli", "scan", ("2026-10-25", "2026-11-09"), flavor="s2.large.1")  # 3 days 0, 5 days 9.60
    sale(con, "guard", "Hours", model="hourly", amount="0.08", billable_states={"running": "1", "stopped": "0.5"})
    server(con, "sleeper", "acme", "guard", ("2026-11-10", "2026-11-11"), ("2026-11-11", "2026-11-16"))  # 1.92 + 4.80


def credits_given(con: duckdb.DuckDBPyConnection) -> None:
    """What tenants were given back: for an offer, and in general."""
    both = {"region": "eu-west-0", "currency": "EUR", "granted_by": "platform"}
    insert(con, "credit", credit_id="g-mail", tenant="initech", offer_id="o-mail", amount=Decimal(5),
           reason="a day without mail", granted_at=on("2026-11-12T09:00"), **both)  # fmt: skip
    insert(con, "credit", credit_id="g-acme", tenant="acme", amount=Decimal(1), reason="good will",
           granted_at=on("2026-11-13T09:00"), **both)  # fmt: skip


def on(text: str) -> datetime:
    """A time, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def image(con: duckdb.DuckDBPyConnection, image_id: str, created_at: str = "2026-01-10", **different: Any) -> None:
    """An image of acme's, as nothing special, but for what is different."""
    row = {
        "image_id": image_id, "name": image_id, "owner": "acme", "region": "eu-west-0", "visibility": "private",
        "image_type": "system_disk", "target": "ecs", "status": "active", "os_type": "linux",
        "os_distribution": "debian", "os_version": "12", "architecture": "x86", "disk_format": "qcow2",
        "size_bytes": GIB, "min_disk_gb": 10, "min_ram_mb": 0, "encrypted": False, "source_kind": "file",
        "source_id": "a.qcow2", "origin_image_id": image_id, "published": False, "protected": False, "tags": [],
        "created_at": on(created_at), "updated_at": on(created_at), "blob": f"file of {image_id}",
    }  # fmt: skip
    insert(con, "image", **row | different)


def member(
    con: duckdb.DuckDBPyConnection, image_id: str, tenant: str, status: str, shared_at: str, **times: Any
) -> None:
    """A share."""
    insert(con, "image_member", image_id=image_id, tenant=tenant, status=status, shared_at=on(shared_at), **times)


def price(
    con: duckdb.DuckDBPyConnection, price_id: str, offer_id: str, amount: str, valid_from: str, **different: Any
) -> None:
    """An hourly price in EUR, but for what is different."""
    row = {"price_id": price_id, "offer_id": offer_id, "pricing_model": "hourly", "amount": Decimal(amount),
           "currency": "EUR", "unit": "Hours", "valid_from": on(valid_from)}  # fmt: skip
    insert(con, "price", **row | different)


def sale(con: duckdb.DuckDBPyConnection, name: str, unit: str, **said: Any) -> None:
    """An image of dbco's that is on sale since September, at a price in EUR of these terms."""
    tiers = said.get("tiers")
    image(con, name, owner="dbco", visibility="marketplace", published=True)
    insert(con, "offer", offer_id=f"o-{name}", name=name, image_id=name, publisher="dbco",
           pricing_model=said["model"], published_at=on("2026-09-01"))  # fmt: skip
    price(con, f"p-{name}", f"o-{name}", tiers[0]["amount"] if tiers else said["amount"], "2026-09-01",
          pricing_model=said["model"], unit=unit, terms=json.dumps(said | {"currency": "EUR"}))  # fmt: skip


def server(
    con: duckdb.DuckDBPyConnection,
    server_id: str,
    owner: str,
    image_id: str,
    running: tuple[str, str | None],
    stopped: tuple[str, str | None] | None = None,
    flavor: str = "s2.medium.1",
) -> None:
    """A server that ran from one time to another, and after that was stopped, or gone."""
    state = "stopped" if stopped else "running" if running[1] is None else "terminated"
    ended = on(running[1]) if running[1] and not stopped else None
    insert(con, "server", server_id=server_id, name=server_id, owner=owner, region="eu-west-0", target="ecs",
           flavor=flavor, image_id=image_id, system_disk_gb=10, state=state, created_at=on(running[0]),
           updated_at=on(running[0]), deleted_at=ended)  # fmt: skip
    for word, span in (("running", running), ("stopped", stopped)):
        if span:
            insert(con, "server_span", server_id=server_id, image_id=image_id, flavor=flavor, state=word,
                   started_at=on(span[0]), ended_at=on(span[1]) if span[1] else None)  # fmt: skip


def insert(con: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    """One row; what is left out is NULL."""
    values = ", ".join(f"${name} AS {name}" for name in row)
    con.execute(f"INSERT INTO {table} BY NAME SELECT {values}", row)
