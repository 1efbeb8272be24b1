"""Random worlds of use: a few servers of a few tenants, on images that carry offers of any price.

Their times lie where clocks and calendars are odd, and close to each other. ``write`` puts such a world into a
warehouse, ``moments`` are when its charges are worth asking for.
"""

import json
from calendar import monthrange
from collections.abc import Iterator
from csv import DictReader
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import duckdb
from hypothesis import strategies as st

from domain.pricing import Price
from support.oracle.cost import Contract, Machine, Offered, Span, Use, Version
from support.worlds.random_prices import FLAVORS, ZONES, prices
from support.worlds.small_world import image, insert

TENANTS = ("acme", "umbrella", "initech")
REGIONS = ("eu-west-0", "eu-west-1")
OWNERS = ("softco", "softco", "acme")
"""Who sells; whoever also uses what it sells pays nothing once that is withdrawn."""

SCENES = (
    ("2026-03-01", 45),
    ("2026-03-20", 20),
    ("2026-10-10", 40),
    ("2026-10-24", 10),
    ("2028-02-20", 20),
    ("2028-02-10", 60),
    ("2026-12-20", 30),
    ("2026-06-15", 80),
    ("2028-02-28", 400),
    ("2027-12-20", 440),
)
"""From when and for how many days: clocks change, a leap day comes, a year ends, or passes."""
CLOCK_CHANGES = (
    "2026-03-08T07:00",
    "2026-03-29T01:00",
    "2026-10-25T01:00",
    "2026-11-01T06:00",
    "2028-02-29T00:00",
    "2028-02-29T12:00",
    "2028-03-12T07:00",
    "2028-03-26T01:00",
)
"""When clocks change in New York and in Paris, in UTC; and a leap day."""
MICROSECOND = timedelta(microseconds=1)
NEAR = (
    timedelta(0),
    timedelta(0),
    MICROSECOND,
    -MICROSECOND,
    timedelta(seconds=-1),
    timedelta(seconds=7),
    timedelta(minutes=-15, seconds=-30),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=-2),
    timedelta(days=1),
    timedelta(microseconds=1_234_567),
)
"""How far from an odd moment things like to happen."""

UNITS = {"vcpu_hourly": "vCPU-Hours", "monthly": "Months", "yearly": "Years", "one_time": "Units"}
"""What the amounts are for that are not for hours."""


class Window:
    """A stretch of time, and the odd moments in it."""

    def __init__(self, by: Random) -> None:
        begins, days = by.choice(SCENES)
        self.begins = datetime.fromisoformat(begins).replace(tzinfo=UTC)
        self.ends = self.begins + timedelta(days=days)
        self.edges = [edge for edge in odd_moments(self.begins) if self.begins < edge < self.ends]

    def moment(self, by: Random) -> datetime:
        """A moment in the window: near an odd one, at a full hour, or any."""
        kind = by.random()
        if kind < 0.5 and self.edges:
            at = by.choice(self.edges) + by.choice(NEAR)
        else:
            at = self.begins + (self.ends - self.begins) * by.random()
            at = at.replace(minute=0, second=0, microsecond=0) if kind < 0.75 else at
        return min(max(at, self.begins + MICROSECOND), self.ends)


def odd_moments(begins: datetime) -> Iterator[datetime]:
    """When clocks change, when months begin in each zone, and full hours and midnights beside."""
    yield from (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in CLOCK_CHANGES)
    for zone in ZONES:
        for later in range(15):
            year, number = divmod(begins.year * 12 + begins.month - 1 + later, 12)
            yield datetime(year, number + 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    yield begins + timedelta(days=2)
    yield begins + timedelta(days=2, hours=13)


def worlds(most_servers: int = 5, most_changes: int = 9) -> st.SearchStrategy[Use]:
    """Worlds of any seed; a failing one gets fewer servers, to which less happens."""
    return st.builds(use, st.integers(0, 2**32), st.integers(1, most_servers), st.integers(0, most_changes))


def use(seed: int, servers: int, changes: int) -> Use:
    """Of the same seed, fewer servers are the first ones of more."""
    window = Window(Random(f"{seed} window"))
    tenants = TENANTS[: Random(f"{seed} tenants").randint(1, 3)]
    offers = list(offers_in(Random(f"{seed} offers"), window))
    versions = [one for offer in offers for one in versions_of(Random(f"{seed} {offer.offer_id}"), window, offer)]
    carries = carried(offers)
    images = Random(f"{seed} images").choices([*carries, *carries, "plain"], k=3)
    machines, spans = [], []
    for number in range(servers):
        by = Random(f"{seed} server {number}")
        machines.append(Machine(f"s{number}", f"web-{number}", by.choice(tenants), by.choice(REGIONS)))
        spans += spans_of(by, window, f"s{number}", changes, images)
    contracts = list(contracts_on(Random(f"{seed} contracts"), window, tenants, versions))
    return Use(machines, spans, offers, versions, contracts, flavors(), carries)


def flavors() -> dict[str, tuple[int, Decimal]]:
    """The vCPUs and the hourly prices of the flavors in use; their prices never changed."""
    vcpus = {row["flavor"]: int(row["vcpus"]) for row in reference("flavors.csv")}
    hourly = {row["flavor"]: Decimal(row["hourly"]) for row in reference("flavor_prices.csv")}
    return {flavor: (vcpus[flavor], hourly[flavor]) for flavor in FLAVORS}


def reference(name: str) -> list[dict[str, str]]:
    """The rows of a file of reference data."""
    return list(DictReader((resources.files("data.reference") / name).read_text(encoding="utf-8").splitlines()))


def offers_in(by: Random, window: Window) -> Iterator[Offered]:
    """One or two offers: of two images, of an image and a copy of it, or of one image twice."""
    image_ids = ["shield", by.choice(("nginx", "shield-copy", "shield"))][: by.choice((1, 2, 2))]
    first_at = window.begins + (window.ends - window.begins) * by.random() * 0.03
    owner = by.choice(OWNERS)
    for number, image_id in enumerate(image_ids, 1):
        at = first_at if number == 1 else max(window.moment(by), first_at + timedelta(hours=1))
        withdrawn_at = window.moment(by) if by.random() < 0.3 else None
        withdrawn_at = withdrawn_at if withdrawn_at and withdrawn_at > at else None
        yield Offered(f"o{number}", image_id, owner if image_id == "shield" else by.choice(OWNERS), at, withdrawn_at)


def carried(offers: list[Offered]) -> dict[str, list[str]]:
    """What each image carries: its own offers; and the copy, which was made when it went on sale first, that one."""
    found: dict[str, list[str]] = {}
    for offer in offers:
        found.setdefault(offer.image_id, []).append(offer.offer_id)
    found["shield-copy"] = [offers[0].offer_id, *found.get("shield-copy", [])]
    return found


def versions_of(by: Random, window: Window, offer: Offered) -> list[Version]:
    """One to three prices, each from the end of the one before."""
    later = sorted(
        {max(window.moment(by), offer.published_at + MICROSECOND) for _ in range(by.choice((0, 1, 1, 2, 2)))}
    )
    begins = [offer.published_at, *later]
    usual = "yearly" if window.ends - window.begins > timedelta(days=366) and by.random() < 0.5 else None
    return [
        Version(f"{offer.offer_id}-p{number}", offer.offer_id, price, begin, end)
        for number, (price, begin, end) in enumerate(
            zip(prices(by, len(begins), usual), begins, [*later, None], strict=True), 1
        )
    ]


def spans_of(by: Random, window: Window, server_id: str, changes: int, images: list[str]) -> list[Span]:
    """The life of a server: what it was from each change to the next, but for some gaps; it may end or go on."""
    found, said = [], {"image_id": by.choice(images), "flavor": by.choice(FLAVORS), "state": "running"}
    ends_some_time = by.random() < 0.7
    for begins, ends in pairwise([*changing(by, window, changes), None]):
        if begins and (ends or not ends_some_time or not found) and by.random() > 0.08:
            found.append(Span(server_id, **said, started_at=begins, ended_at=ends))
        said |= change(by, images)
    return found


def changing(by: Random, window: Window, changes: int) -> list[datetime]:
    """When a server starts and changes: often soon after the change before, rarely in the same moment."""
    early = window.begins + (window.ends - window.begins) * by.uniform(0.02, 0.06)
    moments = [by.choice((early, window.moment(by)))]
    for _ in range(changes + 1):
        soon = by.choice((timedelta(seconds=7), timedelta(seconds=by.random() * 100), timedelta(hours=by.random() * 5)))
        moments.append(by.choice((moments[-1] + soon, window.moment(by), window.moment(by))))
        if by.random() < 0.03:
            moments.append(moments[-1])
    return sorted(moments)


def change(by: Random, images: list[str]) -> dict[str, str]:
    """What a change changes: the state, the flavor or the image."""
    return by.choice(
        (
            {"state": "running"},
            {"state": "stopped"},
            {"flavor": by.choice(FLAVORS)},
            {"flavor": by.choice(FLAVORS), "state": "running"},
            {"image_id": by.choice(images)},
            {"image_id": by.choice(images), "state": "running"},
        )
    )


def contracts_on(by: Random, window: Window, tenants: tuple[str, ...], versions: list[Version]) -> Iterator[Contract]:
    """Up to two contracts on each version that sells them, for a tenant and any time since then."""
    for version in versions:
        for number in range(by.choice((0, 1, 2, 2)) if version.price.model == "contract" else 0):
            price, begins = version.price, max(window.moment(by), version.valid_from)
            yield Contract(
                f"{version.price_id}-c{number}",
                version.offer_id,
                by.choice(tenants),
                by.choice(REGIONS),
                by.choice((1, 1, 2, 3)),
                price.upfront,
                price.amount,
                "EUR",
                begins,
                months_later(begins, price.months),
            )


def months_later(begins: datetime, months: int) -> datetime:
    """The same day of a later month, or the last day of it."""
    year, number = divmod(begins.year * 12 + begins.month - 1 + months, 12)
    return begins.replace(year=year, month=number + 1, day=min(begins.day, monthrange(year, number + 1)[1]))


def moments(use: Use) -> list[datetime]:
    """When to ask: amid all, as a span begins, at the end of all, and when the months are over in every zone."""
    times = sorted({at for span in use.spans for at in (span.started_at, span.ended_at) if at})
    if not times:
        return [offer.published_at + timedelta(days=3) for offer in use.offers]
    last = times[-1]
    over = months_later(last.replace(day=1, hour=12, minute=0, second=0, microsecond=0), 1)
    return [times[0] + (last - times[0]) / 2, times[len(times) // 3], last, over, over + timedelta(days=45)]


def write(con: duckdb.DuckDBPyConnection, use: Use) -> None:
    """Put a world into an empty migrated warehouse; what flavors cost is there already."""
    for image_id in sorted({span.image_id for span in use.spans} | use.carries.keys()):
        write_image(con, use, image_id)
    for offer in use.offers:
        write_offer(con, offer, [one for one in use.versions if one.offer_id == offer.offer_id])
    for machine in use.machines:
        write_server(con, machine, [span for span in use.spans if span.server_id == machine.server_id])
    for contract in use.contracts:
        sold = [one for one in use.versions if (one.offer_id, one.price.model) == (contract.offer_id, "contract")]
        then = [one for one in sold if one.valid_from <= contract.starts_at] or sold
        price_id = max(then, key=lambda one: one.valid_from).price_id
        insert(con, "contract", **vars(contract), price_id=price_id, bought_at=contract.starts_at)


def write_image(con: duckdb.DuckDBPyConnection, use: Use, image_id: str) -> None:
    """An image. If it carries another image's offers, it is a copy of that, made when the last of them went on sale."""
    own = [one for one in use.offers if one.image_id == image_id]
    others = [one for one in use.offers if one.offer_id in use.carries.get(image_id, []) and one not in own]
    made_at = max((one.published_at for one in others), default=use.offers[0].published_at - timedelta(days=1))
    different = {"owner": own[0].owner} if own else {}
    if others:
        source = others[0].image_id
        different |= {"source_kind": "image", "source_id": source, "origin_image_id": source}
    image(con, image_id, made_at.replace(tzinfo=None).isoformat(), **different)


def write_offer(con: duckdb.DuckDBPyConnection, offer: Offered, versions: list[Version]) -> None:
    """An offer, with its prices."""
    insert(
        con,
        "offer",
        offer_id=offer.offer_id,
        name=offer.offer_id,
        image_id=offer.image_id,
        publisher=offer.owner,
        pricing_model=versions[-1].price.model,
        published_at=offer.published_at,
        withdrawn_at=offer.withdrawn_at,
    )
    for version in versions:
        insert(
            con,
            "price",
            price_id=version.price_id,
            offer_id=version.offer_id,
            pricing_model=version.price.model,
            amount=shown(version.price),
            currency="EUR",
            unit=UNITS.get(version.price.model, "Hours"),
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            terms=json.dumps(version.price.model_dump(mode="json", exclude_none=True)),
        )


def shown(price: Price) -> Decimal:
    """The one amount that stands for a price."""
    return price.tiers[0].amount if price.model == "tiered" else getattr(price, "amount", None) or Decimal(0)


def write_server(con: duckdb.DuckDBPyConnection, machine: Machine, spans: list[Span]) -> None:
    """A server, as its last span left it, and its spans."""
    if not spans:
        return
    last = spans[-1]
    insert(
        con,
        "server",
        **vars(machine),
        target="ecs",
        flavor=last.flavor,
        image_id=last.image_id,
        system_disk_gb=10,
        state="terminated" if last.ended_at else last.state,
        created_at=spans[0].started_at,
        updated_at=last.started_at,
        deleted_at=last.ended_at,
    )
    for span in spans:
        insert(con, "server_span", **vars(span))
