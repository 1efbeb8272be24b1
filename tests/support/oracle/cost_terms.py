"""What a piece does not cost because something covers it: terms paid upfront, and trials (docs/explanation/pricing.md).

Where several things could cover a piece, a year of its own server goes before contracts, and both before a trial. What
is covered by one takes no place of the next.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from support.oracle.cost_pieces import BY_TIME, DAY, HOUR, Piece, Use, moment, time_at

Covers = dict[str, "Cover"]


@dataclass(frozen=True)
class Term:
    """Use of an offer paid upfront: by a contract, or for a year of the one server ``server_id``."""

    price_id: str
    offer_id: str
    tenant: str
    region: str
    server_id: str | None
    servers: int
    upfront: Decimal
    hourly: Decimal | None
    begins: int
    ends: int

    @property
    def unit_price(self) -> Decimal:
        """What an hour of one server comes to."""
        return half_up(Fraction(self.upfront) * HOUR / (self.ends - self.begins))

    @property
    def list_price(self) -> Decimal:
        """What an hour costs without a contract; a year has no other price."""
        return self.unit_price if self.hourly is None else self.hourly

    def share(self, kth: int, begins: int, ends: int) -> Decimal:
        """What of the upfront amount a stretch of the k-th server's time is worth."""
        before = (kth - 1) * (self.ends - self.begins) - self.begins
        return self._worth(before + ends) - self._worth(before + begins)

    def _worth(self, length: int) -> Decimal:
        share = Fraction(self.upfront) * length / (self.ends - self.begins)
        return Decimal(floor(share * 10**12)).scaleb(-12)


@dataclass(frozen=True)
class Trying:
    """A tenant's trial of an offer: on so many servers at once, on all, or up to a credit."""

    price_id: str
    servers: int | None
    credit: Decimal | None
    begins: int
    ends: int

    def counts(self, piece: Piece) -> bool:
        """Whether a piece is something to try: time that would be charged, or a month."""
        return piece.price.model == "monthly" or (piece.price.model in BY_TIME and piece.rate > 0)


@dataclass(frozen=True)
class Cover:
    """What is so about a piece: used as the k-th server of a term, covered by a trial, credited; or nothing."""

    what: str = "nothing"
    term: Term | None = None
    kth: int = 0


NOTHING, TRIAL, CREDITED = Cover(), Cover("trial"), Cover("credited")
Covered = list[tuple[Piece, Cover]]


def half_up(number: Fraction) -> Decimal:
    """A number with 9 decimals; halves go up."""
    return Decimal(floor(number * 10**9 + Fraction(1, 2))).scaleb(-9)


def yearly_terms(pieces: Iterable[Piece]) -> list[Term]:
    """A term begins at a server's first yearly piece of the offer that no term before it covers."""
    terms: list[Term] = []
    over: dict[tuple[str, str], int] = {}
    for piece in sorted((one for one in pieces if one.price.model == "yearly"), key=lambda one: one.place):
        about = piece.server_id, piece.offer_id
        while (begins := max(piece.begins, over.get(about, piece.begins))) < piece.ends:
            terms.append(year_of(piece, begins))
            over[about] = terms[-1].ends
    return terms


def year_of(piece: Piece, begins: int) -> Term:
    """A calendar year of a server, paid as the piece's version says."""
    return Term(
        piece.version.price_id,
        piece.offer_id,
        piece.tenant,
        piece.machine.region,
        piece.server_id,
        1,
        piece.price.amount,
        None,
        begins,
        year_after(begins),
    )


def year_after(at: int) -> int:
    """The same moment of the next year; of 29 February, that of 28 February."""
    time = time_at(at)
    leap = (time.month, time.day) == (2, 29)
    return moment(time.replace(year=time.year + 1, day=28 if leap else time.day))


def contract_terms(use: Use, until: int) -> list[Term]:
    """The contracts that have begun, in the order in which they are used."""
    terms = [
        Term(
            one.contract_id,
            one.offer_id,
            one.tenant,
            one.region,
            None,
            one.servers,
            one.upfront,
            one.hourly,
            moment(one.starts_at),
            moment(one.ends_at),
        )
        for one in use.contracts
    ]
    return sorted((one for one in terms if one.begins < until), key=lambda one: (one.begins, one.price_id))


def trials(pieces: Iterable[Piece]) -> dict[tuple[str, str], Trying]:
    """The trials by tenant and offer: of the version at the first use, or none if that has none.

    First use is use under any price, be it one for nothing.
    """
    first: dict[tuple[str, str], Piece] = {}
    for piece in sorted(pieces, key=lambda one: one.place):
        if piece.rate > 0:
            first.setdefault((piece.tenant, piece.offer_id), piece)
    return {about: trial_from(piece) for about, piece in first.items() if getattr(piece.price, "trial", None)}


def trial_from(piece: Piece) -> Trying:
    """The trial that begins with a piece."""
    trial = piece.price.trial
    return Trying(piece.version.price_id, trial.servers, trial.credit, piece.begins, piece.begins + trial.days * DAY)


def covered(pieces: list[Piece], terms: list[Term], tried: dict[tuple[str, str], Trying]) -> Covered:
    """The pieces, cut where what covers them changes, and nowhere else."""
    found: Covered = []
    groups = defaultdict(list)
    for piece in pieces:
        groups[piece.tenant, piece.offer_id].append(piece)
    for about, group in groups.items():
        found += covered_of_one(group, [one for one in terms if (one.tenant, one.offer_id) == about], tried.get(about))
    return sorted(found, key=lambda pair: pair[0].place)


def covered_of_one(pieces: list[Piece], terms: list[Term], trial: Trying | None) -> Covered:
    """The same of one tenant and one offer, from each moment at which anything begins or ends to the next."""
    begun = defaultdict(list)
    for piece in pieces:
        begun[piece.begins].append(piece)
    changes = {edge for one in [*pieces, *terms, *([trial] if trial else [])] for edge in (one.begins, one.ends)}
    there: list[Piece] = []
    parts: dict[tuple[int, str], Covered] = defaultdict(list)
    for now in sorted(changes):
        there = [one for one in there if one.ends > now] + begun[now]
        covers = covers_at(now, there, terms, trial)
        for piece in there:
            put(parts[piece.place], piece, now, covers.get(piece.server_id, NOTHING))
    return [part for of_piece in parts.values() for part in of_piece]


def put(parts: Covered, piece: Piece, now: int, cover: Cover) -> None:
    """From now on the piece has this cover, to its end for all that is known yet."""
    if not parts:
        parts.append((piece, cover))
    elif parts[-1][1] != cover:
        parts[-1] = (replace(parts[-1][0], ends=now), parts[-1][1])
        parts.append((replace(piece, begins=now), cover))


def covers_at(now: int, there: list[Piece], terms: list[Term], trial: Trying | None) -> Covers:
    """What covers which server of a tenant and offer at a moment."""
    holding = [one for one in terms if one.begins <= now < one.ends]
    covers = {one.server_id: Cover("used", one, 1) for one in holding if one.server_id}
    queue = sorted(there, key=lambda one: (one.run_began, one.server_id))
    covers |= used_of_contracts([one for one in queue if one.server_id not in covers], holding)
    if trial and trial.begins <= now < trial.ends:
        trying = [one for one in queue if one.server_id not in covers and trial.counts(one)]
        covers |= {one.server_id: TRIAL if trial.credit is None else CREDITED for one in trying[: trial.servers]}
    return covers


def used_of_contracts(queue: list[Piece], holding: list[Term]) -> Covers:
    """The running servers take the places of the contracts, one after the other."""
    places = [Cover("used", one, kth) for one in holding if not one.server_id for kth in range(1, one.servers + 1)]
    running = [one for one in queue if one.span.state == "running"]
    return {one.server_id: place for one, place in zip(running, places, strict=False)}
