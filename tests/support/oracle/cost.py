"""How use becomes charges, said again in plain Python: slow, exact, and written to be checked by a person.

docs/explanation/pricing.md is followed, not the SQL that is compared with this. A price that is not clear to both shows
as a difference between them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, DivisionByZero, FloatOperation, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from typing import Any

from support.oracle.cost_pieces import (
    BY_TIME,
    Contract,
    Machine,
    Offered,
    Piece,
    Span,
    Use,
    Version,
    cut,
    days_between,
    moment,
    pieces,
    stretches,
    time_at,
)
from support.oracle.cost_terms import (
    CREDITED,
    TRIAL,
    Covered,
    Term,
    Trying,
    contract_terms,
    covered,
    half_up,
    trials,
    yearly_terms,
)
from support.oracle.cost_time import Line, Meter, lines, nano_hours

__all__ = ["Charge", "Contract", "Machine", "Offered", "Span", "Use", "Version", "charges"]

EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, DivisionByZero, FloatOperation])
"""In which nothing is ever rounded unseen."""

FLAVORS_SINCE = "2020-01-01"
"""Each flavor has had one price since then; the price is called after it."""


@dataclass(frozen=True)
class Charge:
    """A row of the bill. ``day`` and ``month`` are of UTC; ``used_us`` is the unrounded time that it is about."""

    kind: str
    what: str
    tenant: str
    region: str
    offer_id: str | None
    server_id: str | None
    price_id: str
    flavor: str | None
    state: str | None
    month: date
    day: date
    unit_price: Decimal
    list_price: Decimal
    quantity: Decimal
    billed: Decimal
    effective: Decimal
    used_us: int = 0


def charges(use: Use, until: datetime) -> list[Charge]:
    """All charges of all time until a moment; what still goes on counts until then."""
    with localcontext(EXACT):
        now = moment(until)
        all_pieces = pieces(use, now)
        terms = [*yearly_terms(all_pieces), *contract_terms(use, now)]
        tried = trials(all_pieces)
        parts = covered(all_pieces, terms, tried)
        vcpus = {flavor: number for flavor, (number, _) in use.flavors.items()}
        timed = lines(parts, Meter(all_pieces), vcpus)
        return [
            *of_servers(use, now),
            *(of_time(line) for line in timed),
            *credits_of(timed, tried),
            *minimums(timed, now),
            *months(parts),
            *once(parts),
            *(bought(term) for term in terms),
            *used(parts),
            *unused(terms, parts, now),
        ]


def of_servers(use: Use, until: int) -> Iterator[Charge]:
    """A running server costs its flavor's price, whatever the image costs. The row names the image's offer too."""
    for stretch in stretches(use, until):
        if stretch.span.state == "running" and stretch.span.flavor in use.flavors:
            unit_price = use.flavors[stretch.span.flavor][1]
            for begins, ends in cut(stretch.begins, stretch.ends, days_between(stretch.begins, stretch.ends)):
                quantity = hours(nano_hours(ends) - nano_hours(begins))
                yield Charge(
                    "server",
                    "hours",
                    stretch.machine.owner,
                    stretch.machine.region,
                    stretch.offer.offer_id if stretch.offer else None,
                    stretch.machine.server_id,
                    f"{stretch.span.flavor}/{FLAVORS_SINCE}",
                    stretch.span.flavor,
                    "running",
                    **dates(begins),
                    **costs(unit_price, quantity),
                    used_us=ends - begins,
                )


def hours(nano: int) -> Decimal:
    """Billionths of an hour as hours."""
    return Decimal(nano).scaleb(-9)


def dates(at: int) -> dict[str, date]:
    """The day and the month of UTC in which a moment lies."""
    day = time_at(at).date()
    return {"day": day, "month": day.replace(day=1)}


def costs(unit_price: Decimal, quantity: Decimal) -> dict[str, Decimal]:
    """So much at that price, to be paid now, and worth that."""
    cost = unit_price * quantity
    return {
        "unit_price": unit_price,
        "list_price": unit_price,
        "quantity": quantity,
        "billed": cost,
        "effective": cost,
    }


def about(piece: Piece, *, whole: bool = False) -> dict[str, Any]:
    """Who is charged for what by a row about a piece, or about a tenant's use as a whole that began with it."""
    return {
        "kind": "image",
        "tenant": piece.tenant,
        "region": piece.machine.region,
        "offer_id": piece.offer_id,
        "server_id": None if whole else piece.server_id,
        "price_id": piece.version.price_id,
        "flavor": None,
        "state": None,
    }


def seen(piece: Piece) -> dict[str, Any]:
    """The same of a row that is about one state on one flavor."""
    return about(piece) | {"flavor": piece.span.flavor, "state": piece.span.state}


def of_time(line: Line) -> Charge:
    """Time costs what it comes to; in a trial it costs nothing."""
    free = line.cover == TRIAL
    cost = costs(Decimal(0) if free else line.list_price, hours(line.nano)) | {"list_price": line.list_price}
    told = seen(line.piece) | {"what": "trial" if free else "hours"}
    dated = dates(line.piece.begins)
    if line.piece.price.model == "tiered":
        dated["month"] = line.piece.month.name
    return Charge(**told, **dated, **cost, used_us=line.used_us)


def credits_of(timed: list[Line], tried: dict[tuple[str, str], Trying]) -> Iterator[Charge]:
    """Each day's charges for time are taken back in each region, as long as the credit lasts."""
    sums: dict[tuple[str, str], dict[tuple[date, date, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in timed:
        if line.cover == CREDITED:
            charge = of_time(line)
            sums[charge.tenant, line.piece.offer_id][charge.day, charge.month, charge.region] += charge.billed
    for (tenant, offer_id), charged in sums.items():
        trial = tried[tenant, offer_id]
        left = trial.credit or Decimal(0)
        for (day, month, region), amount in sorted(charged.items()):
            back = min(left, amount)
            left -= back
            if back:
                cost = costs(-back, Decimal(1))
                told = ("image", "credit", tenant, region, offer_id, None, trial.price_id, None, None)
                yield Charge(*told, day=day, month=month, **cost)


def minimums(timed: list[Line], until: int) -> Iterator[Charge]:
    """What a tenant's charges of a month that is over lack of the version's minimum. Credits do not count."""
    windows = defaultdict(list)
    for line in timed:
        if line.piece.price.model in BY_TIME and line.piece.price.minimum and line.cover != TRIAL:
            windows[line.piece.tenant, line.piece.version.price_id, line.piece.month].append(line)
    for (_, _, month), window in windows.items():
        first = min((line.piece for line in window), key=lambda piece: piece.place)
        lacks = half_up(Fraction(first.price.minimum) - sum(Fraction(of_time(line).billed) for line in window))
        if month.ends <= until and lacks > 0:
            dated = {"day": month.name, "month": month.name}
            yield Charge(**about(first, whole=True), what="minimum", **dated, **costs(lacks, Decimal(1)))


def months(parts: Covered) -> Iterator[Charge]:
    """A server, or a tenant with an offer, costs a part of the amount for each month that it is used in.

    Months of one name are one month, also where the versions of an offer count them in different zones.
    """
    subjects = defaultdict(list)
    for piece, cover in parts:
        if piece.price.model == "monthly" and cover.what in ("nothing", "credited"):
            subjects[*subject(piece), piece.month.name].append(piece)
    for used_in in subjects.values():
        first = min(used_in, key=lambda piece: piece.place)
        quantity = half_up(part_of_month(first, max(piece.ends for piece in used_in)))
        told = about(first, whole=first.price.per == "subscription") | dates(first.begins)
        yield Charge(**told | {"month": first.month.name}, what="month", **costs(first.price.amount, quantity))


def subject(piece: Piece) -> tuple[str, str, str]:
    """What a price once or a month is for: the server, or the tenant; each with the offer."""
    per = piece.price.per
    return per, piece.tenant if per == "subscription" else piece.server_id, piece.offer_id


def part_of_month(first: Piece, ends: int) -> Fraction:
    """What part of the month lies between the first piece's begin and a moment, as its version counts it."""
    month, zone = first.month, first.price.time_zone
    days = (time_at(ends - 1, zone).date() - time_at(first.begins, zone).date()).days + 1
    return {
        "none": Fraction(1),
        "day_30": min(Fraction(1), Fraction(days, 30)),
        "day_of_month": Fraction(days, (month.next.name - month.name).days),
        "second": Fraction(ends - first.begins, month.ends - month.begins),
    }[first.price.proration]


def once(parts: Covered) -> Iterator[Charge]:
    """The first piece, covered or not, buys the offer for the server, or for the tenant, for ever."""
    firsts: dict[tuple[str, str, str], Piece] = {}
    for piece, _ in sorted(parts, key=lambda part: part[0].place):
        if piece.price.model == "one_time":
            firsts.setdefault(subject(piece), piece)
    for piece in firsts.values():
        told = about(piece, whole=piece.price.per == "subscription")
        yield Charge(**told, what="once", **dates(piece.begins), **costs(piece.price.amount, Decimal(1)))


def of_term(term: Term) -> dict[str, Any]:
    """Who is charged for what by a row about a term."""
    return {
        "kind": "image",
        "tenant": term.tenant,
        "region": term.region,
        "offer_id": term.offer_id,
        "server_id": term.server_id,
        "price_id": term.price_id,
        "flavor": None,
        "state": None,
    }


def bought(term: Term) -> Charge:
    """A term is paid when it begins; what it is worth is told by used and unused."""
    cost = costs(term.upfront, Decimal(term.servers)) | {"effective": Decimal(0)}
    return Charge(**of_term(term), what="upfront", **dates(term.begins), **cost)


def worth(term: Term, kth: int, begins: int, ends: int) -> dict[str, Any]:
    """What a stretch of the k-th server's time in a term is worth; it is paid already."""
    cost = costs(term.unit_price, hours(nano_hours(ends) - nano_hours(begins)))
    return cost | {
        "list_price": term.list_price,
        "billed": Decimal(0),
        "effective": term.share(kth, begins, ends),
    }


def used(parts: Covered) -> Iterator[Charge]:
    """What is used of a term."""
    for piece, cover in parts:
        if cover.term:
            told = seen(piece) | {"price_id": cover.term.price_id}
            cost = worth(cover.term, cover.kth, piece.begins, piece.ends)
            yield Charge(**told, what="used", **dates(piece.begins), **cost, used_us=piece.ends - piece.begins)


def unused(terms: list[Term], parts: Covered, until: int) -> Iterator[Charge]:
    """What nobody used of a term so far, a day at a time."""
    taken = defaultdict(list)
    for piece, cover in parts:
        if cover.term:
            taken[cover.term, cover.kth].append((piece.begins, piece.ends))
    for term in terms:
        for kth in range(1, term.servers + 1):
            for begins, ends in gaps(term.begins, min(term.ends, until), taken[term, kth]):
                for one, other in cut(begins, ends, days_between(begins, ends)):
                    yield Charge(**of_term(term), what="unused", **dates(one), **worth(term, kth, one, other))


def gaps(begins: int, ends: int, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of a stretch of time."""
    for one, other in [*sorted(taken), (ends, ends)]:
        if begins < one:
            yield begins, one
        begins = max(begins, other)
