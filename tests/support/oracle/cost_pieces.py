"""Use and prices as they were, and the pieces that use falls into (docs/explanation/pricing.md, Words).

Moments are whole microseconds since 1970 in UTC, so that all that is done with them is exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.pricing import Price

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

BY_TIME = ("hourly", "vcpu_hourly", "flavor_hourly", "tiered", "contract")
FOR_NOTHING = ("free", "byol")


@dataclass(frozen=True)
class Span:
    """A stretch in which a server had one image, one flavor and one state; without end, it goes on."""

    server_id: str
    image_id: str
    flavor: str
    state: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Machine:
    """A server: whose it is, and where."""

    server_id: str
    name: str
    owner: str
    region: str


@dataclass(frozen=True)
class Offered:
    """An offer: the image on sale, and who owns that."""

    offer_id: str
    image_id: str
    owner: str
    published_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Version:
    """What an offer costs from a moment until another; without end, until further notice."""

    price_id: str
    offer_id: str
    price: Price
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True)
class Contract:
    """Use of an offer paid upfront, so much for each of so many servers."""

    contract_id: str
    offer_id: str
    tenant: str
    region: str
    servers: int
    upfront: Decimal
    hourly: Decimal
    currency: str
    starts_at: datetime
    ends_at: datetime


@dataclass
class Use:
    """All that charges depend on.

    ``flavors`` are vCPUs and the price of an hour; ``carries`` says which offers an image carries, whenever they were
    published.
    """

    machines: list[Machine]
    spans: list[Span]
    offers: list[Offered]
    versions: list[Version]
    contracts: list[Contract]
    flavors: dict[str, tuple[int, Decimal]]
    carries: dict[str, list[str]]


@dataclass(frozen=True)
class Month:
    """A calendar month of a time zone."""

    zone: str
    year: int
    number: int

    @property
    def name(self) -> date:
        """The first date of the month, in whichever zone."""
        return date(self.year, self.number, 1)

    @property
    def begins(self) -> int:
        """The moment in which the month begins in its zone."""
        return moment(datetime(self.year, self.number, 1, tzinfo=ZoneInfo(self.zone)))

    @property
    def ends(self) -> int:
        """The moment in which the next month begins."""
        return self.next.begins

    @property
    def next(self) -> "Month":
        """The month after."""
        return Month(self.zone, self.year + self.number // 12, self.number % 12 + 1)


@dataclass(frozen=True)
class Stretch:
    """A span as far as it has gone, the offer that counts for it, and when its run began."""

    machine: Machine
    span: Span
    offer: Offered | None
    run_began: int
    begins: int
    ends: int


@dataclass(frozen=True)
class Piece:
    """The part of a span that lies in one price version, one day of UTC and one month of the price's zone."""

    machine: Machine
    span: Span
    version: Version
    run_began: int
    begins: int
    ends: int

    @property
    def server_id(self) -> str:
        """The server."""
        return self.machine.server_id

    @property
    def tenant(self) -> str:
        """Who pays."""
        return self.machine.owner

    @property
    def offer_id(self) -> str:
        """What is paid for."""
        return self.version.offer_id

    @property
    def price(self) -> Price:
        """How it is paid for."""
        return self.version.price

    @property
    def month(self) -> Month:
        """The month of the price's zone in which the piece lies."""
        return month_of(self.begins, zone_of(self.price))

    @property
    def rate(self) -> Decimal:
        """The share of the amount that the piece's state costs; prices for no time cost the same in any state."""
        if self.price.model in BY_TIME:
            return self.price.billable_states.get(self.span.state, Decimal(0))
        return Decimal(self.span.state == "running" or self.price.model not in FOR_NOTHING)

    @property
    def place(self) -> tuple[int, str]:
        """What comes first among pieces: the earlier one, then the one of the lesser server."""
        return self.begins, self.server_id


def moment(at: datetime) -> int:
    """A time as a moment."""
    return (at - EPOCH) // timedelta(microseconds=1)


def time_at(at: int, zone: str = "UTC") -> datetime:
    """A moment as a time in a zone."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone))


def month_of(at: int, zone: str) -> Month:
    """The month of a zone in which a moment lies."""
    local = time_at(at, zone)
    return Month(zone, local.year, local.month)


def zone_of(price: Price) -> str:
    """Whose months count; prices that know no months are as good in UTC."""
    return getattr(price, "time_zone", "UTC")


def cut(begins: int, ends: int, at: Iterable[int]) -> list[tuple[int, int]]:
    """A stretch of time, cut at whichever of the moments lie in it."""
    return list(pairwise(sorted({begins, ends, *(edge for edge in at if begins < edge < ends)})))


def days_between(begins: int, ends: int) -> range:
    """The midnights of UTC that lie in a stretch of time."""
    return range(begins // DAY * DAY + DAY, ends, DAY)


def months_between(begins: int, ends: int, zone: str) -> list[int]:
    """The moments in a stretch of time in which a month of the zone begins."""
    found, month = [], month_of(begins, zone).next
    while month.begins < ends:
        found.append(month.begins)
        month = month.next
    return found


def offer_of(use: Use, span: Span, tenant: str) -> Offered | None:
    """The offer that was published last before the span began; none for its owner, if it was withdrawn by then.

    The owner then pays nothing, not for an older offer instead.
    """
    carried = use.carries.get(span.image_id, [])
    there = [one for one in use.offers if one.offer_id in carried and one.published_at <= span.started_at]
    last = max(there, key=lambda one: (one.published_at, one.offer_id), default=None)
    if last and last.owner == tenant and last.withdrawn_at and last.withdrawn_at <= span.started_at:
        return None
    return last


def stretches(use: Use, until: int) -> list[Stretch]:
    """What there was of each span until a moment. A span of no time is none, and does not end a run either."""
    machines = {one.server_id: one for one in use.machines}
    found: list[Stretch] = []
    for span in sorted(use.spans, key=lambda one: (one.server_id, one.started_at)):
        machine = machines[span.server_id]
        begins, ends = moment(span.started_at), min(moment(span.ended_at) if span.ended_at else until, until)
        if begins < ends:
            new = Stretch(machine, span, offer_of(use, span, machine.owner), begins, begins, ends)
            found.append(joined(found[-1], new) if found else new)
    return found


def joined(before: Stretch, new: Stretch) -> Stretch:
    """A stretch goes on with the run before it if it adjoins in the same state with the same offer."""
    goes_on = (
        before.machine == new.machine
        and before.ends == new.begins
        and before.span.state == new.span.state
        and before.offer == new.offer
    )
    began = before.run_began if goes_on else new.begins
    return Stretch(new.machine, new.span, new.offer, began, new.begins, new.ends)


def pieces(use: Use, until: int) -> list[Piece]:
    """All pieces, in the order of their places."""
    found = [
        piece
        for stretch in stretches(use, until)
        for version in use.versions
        if stretch.offer and version.offer_id == stretch.offer.offer_id
        if version.price.lineage or stretch.span.image_id == stretch.offer.image_id
        for piece in pieces_of(stretch, version, until)
    ]
    return sorted(found, key=lambda piece: piece.place)


def pieces_of(stretch: Stretch, version: Version, until: int) -> list[Piece]:
    """What lies in a price version, cut at days and months; none if it does not touch it."""
    begins = max(stretch.begins, moment(version.valid_from))
    ends = min(stretch.ends, moment(version.valid_to) if version.valid_to else until)
    if begins >= ends:
        return []
    edges = [*days_between(begins, ends), *months_between(begins, ends, zone_of(version.price))]
    return [
        Piece(stretch.machine, stretch.span, version, stretch.run_began, one, other)
        for one, other in cut(begins, ends, edges)
    ]
