"""What time comes to: how it is added up and rounded, and at which amount (docs/explanation/pricing.md)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.pricing import Price, TieredPrice
from support.oracle.cost_pieces import BY_TIME, FOR_NOTHING, HOUR, SECOND, Piece, moment, time_at
from support.oracle.cost_terms import TRIAL, Cover, Covered

GRAINS = {"second": SECOND, "minute": 60 * SECOND, "hour": HOUR}
Sum = tuple[Any, ...]


@dataclass(frozen=True)
class Line:
    """So many billionths of an hour of a piece at a list price; ``used_us`` is how long that was unrounded."""

    piece: Piece
    cover: Cover
    nano: int
    list_price: Decimal
    used_us: int


def nano_hours(at: int) -> int:
    """Microseconds as billionths of an hour, rounded."""
    return (at * 10 + 18) // 36


def lines(parts: Covered, meter: "Meter", vcpus: dict[str, int]) -> list[Line]:
    """What is charged by time, or would be but for a trial. Where a flavor has no amount, there is no line."""
    found, tiered = [], []
    for piece, cover in parts:
        if cover.what == "used" or piece.rate == 0 or piece.price.model not in (*BY_TIME, *FOR_NOTHING):
            continue
        times = vcpus[piece.span.flavor] if piece.price.model == "vcpu_hourly" else 1
        amount = amount_of(piece.price, piece.span.flavor)
        if amount is not None:
            line = Line(piece, cover, meter.nano(piece) * times, amount * piece.rate, piece.ends - piece.begins)
            (tiered if piece.price.model == "tiered" and cover != TRIAL else found).append(line)
    return [*found, *in_tiers(tiered)]


def amount_of(price: Price, flavor: str) -> Decimal | None:
    """What an hour costs; in tiers, the first hour."""
    if price.model in FOR_NOTHING:
        return Decimal(0)
    if price.model == "tiered":
        return price.tiers[0].amount
    return price.amounts.get(flavor, price.amount) if price.model == "flavor_hourly" else price.amount


class Meter:
    """Knows of each aggregation which stretches of time belong to it, covered or not."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.sums: dict[Sum, list[tuple[int, int]]] = defaultdict(list)
        for piece in pieces:
            if rounds(piece):
                for key, begins, ends in sums_of(piece):
                    self.sums[key].append((begins, ends))

    def nano(self, piece: Piece) -> int:
        """The billionths of an hour that a piece, or a part of one, is charged."""
        if not rounds(piece):
            return nano_hours(piece.ends) - nano_hours(piece.begins)
        return sum(
            nano_hours(rounded(piece, self.lasted(piece, key, ends)))
            - nano_hours(rounded(piece, self.lasted(piece, key, begins)))
            for key, begins, ends in sums_of(piece)
        )

    def lasted(self, piece: Piece, key: Sum, at: int) -> int:
        """How long an aggregation had lasted at a moment."""
        if piece.price.aggregation == "start":
            return at - max(piece.run_began, moment(piece.version.valid_from))
        return sum(max(0, min(ends, at) - begins) for begins, ends in self.sums[key])


def rounds(piece: Piece) -> bool:
    """Whether a piece has rounding or a least time; a stopped server never has the latter."""
    price = piece.price
    return price.model in BY_TIME and (price.rounding != "none" or least(piece) > 0)


def least(piece: Piece) -> int:
    """The least that the piece's aggregation comes to."""
    return piece.price.min_seconds * SECOND if piece.span.state == "running" else 0


def rounded(piece: Piece, lasted: int) -> int:
    """What an aggregation is charged once it has lasted so long."""
    if lasted == 0:
        return 0
    grain = GRAINS[piece.price.granularity]
    whole = {
        "none": lasted,
        "up": -(-lasted // grain) * grain,
        "half_up": (2 * lasted + grain) // (2 * grain) * grain,
    }[piece.price.rounding]
    return max(whole, least(piece))


def sums_of(piece: Piece) -> Iterator[tuple[Sum, int, int]]:
    """The aggregations of a piece, and what of it lies in each."""
    key = (piece.server_id, piece.span.state, piece.version.price_id)
    if piece.price.aggregation == "hour":
        begins = piece.begins
        while begins < piece.ends:
            hour = clock_hour(begins, piece.price.time_zone)
            yield (*key, hour), begins, min(piece.ends, hour + HOUR)
            begins = hour + HOUR
    elif piece.price.aggregation == "month":
        yield (*key, piece.month), piece.begins, piece.ends
    else:
        yield key, piece.begins, piece.ends


def clock_hour(at: int, zone: str) -> int:
    """When the clock of a zone last showed a full hour. An hour that clocks show twice in autumn is two hours."""
    offset = time_at(at, zone).utcoffset()
    return at - (at + (offset.days * 86400 + offset.seconds) * SECOND) % HOUR


def in_tiers(found: list[Line]) -> Iterator[Line]:
    """The lines of each tenant, price version and month, laid end to end along its tiers."""
    windows = defaultdict(list)
    for line in found:
        windows[line.piece.tenant, line.piece.version.price_id, line.piece.month].append(line)
    for window in windows.values():
        window.sort(key=lambda line: line.piece.place)
        price, total = window[0].piece.price, sum(line.nano for line in window)
        laid = 0
        for line in window:
            yield from by_volume(line, price, total) if price.mode == "volume" else graduated(line, price, laid)
            laid += line.nano


def by_volume(line: Line, price: TieredPrice, total: int) -> Iterator[Line]:
    """The whole line costs what the tier says in which the total lies, its end included."""
    amount = next(amount for _, ends, amount in bounds(price) if ends is None or total <= ends)
    yield Line(line.piece, line.cover, line.nano, amount * line.piece.rate, line.used_us)


def graduated(line: Line, price: TieredPrice, laid: int) -> Iterator[Line]:
    """What of the line lies in each tier; what comes to nothing lies where it would begin."""
    used_us = line.used_us
    for begins, ends, amount in bounds(price):
        low, high = max(begins, laid), laid + line.nano if ends is None else min(ends, laid + line.nano)
        at_point = line.nano == 0 and begins <= laid and (ends is None or laid < ends)
        if low < high or at_point:
            yield Line(line.piece, line.cover, high - low, amount * line.piece.rate, used_us)
            used_us = 0


def bounds(price: TieredPrice) -> list[tuple[int, int | None, Decimal]]:
    """The tiers, from and to how many billionths of an hour."""
    ends = [None if tier.up_to is None else int(tier.up_to.scaleb(9)) for tier in price.tiers]
    return [(begin or 0, end, tier.amount) for begin, end, tier in zip([0, *ends], ends, price.tiers, strict=False)]
