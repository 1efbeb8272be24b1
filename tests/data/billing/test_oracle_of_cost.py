"""The oracle of cost against examples that were worked out by hand, and against what must hold of any use."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from data.warehouse.connection import migrate
from domain.pricing import Price
from support.effort import either
from support.oracle.cost import Charge, Contract, Machine, Offered, Span, Use, Version, charges
from support.worlds.random_use import moments, worlds, write
from support.worlds.small_world import on

PRICE: TypeAdapter[Price] = TypeAdapter(Price)
FLAVORS = {"small": (2, Decimal("0.05")), "big": (8, Decimal("0.40"))}
LATE = on("2026-12-01")


def world(*prices: tuple[str, dict[str, Any]], **servers: list[tuple[Any, ...]]) -> Use:
    """A tenant's servers on the image that is on sale, and its prices since when.

    A server is a list of spans: from, to, and then the state, the flavor and the image, where they are not ``running``,
    ``small`` and ``shield``.
    """
    begins = [*(on(since) for since, _ in prices), None]
    versions = [
        Version(f"p{number + 1}", "o1", PRICE.validate_python(said), begins[number], begins[number + 1])
        for number, (_, said) in enumerate(prices)
    ]
    return Use(
        [Machine(server_id, server_id, "acme", "eu-west-0") for server_id in servers],
        [span(server_id, *told) for server_id, spans in servers.items() for told in spans],
        [Offered("o1", "shield", "softco", versions[0].valid_from, None)],
        versions,
        [],
        FLAVORS,
        {"shield": ["o1"], "copy": ["o1"]},
    )


def span(
    server_id: str, begins: str, ends: str | None, state: str = "running", flavor: str = "small", image: str = "shield"
) -> Span:
    """A span of a server."""
    return Span(server_id, image, flavor, state, on(begins), on(ends) if ends else None)


def price(model: str, since: str = "2026-01-01", **said: Any) -> tuple[str, dict[str, Any]]:
    """A price since when, in EUR if it is one for something."""
    return since, {"model": model} | ({} if model == "free" else {"currency": "EUR"}) | said


def image_rows(use: Use, until: datetime = LATE, *, what: str | None = None) -> list[Charge]:
    """What the images cost, or a part of that."""
    found = [one for one in charges(use, until) if one.kind == "image" and what in (None, one.what)]
    return sorted(found, key=lambda one: (one.day, one.server_id or "", one.unit_price))


def told(use: Use, until: datetime = LATE) -> list[tuple[str, str | None, str, str]]:
    """The same in short: what it was, of which server, how much, and what it cost."""
    return [(one.what, one.server_id, plain(one.quantity), plain(one.billed)) for one in image_rows(use, until)]


def plain(number: Decimal) -> str:
    """A number without zeros at its end."""
    return f"{number.normalize():f}"


def total(rows: Iterable[Charge], column: str = "billed") -> Decimal:
    """The sum of a column."""
    return sum((getattr(one, column) for one in rows), Decimal(0))


def test_a_firewall_by_the_vcpu() -> None:
    """From 00:15:30 to 02:45 are 8970 s, a run of 7 s counts as 60 s: 9030 s of 8 vCPUs at 0.05 EUR an hour."""
    use = world(
        price("vcpu_hourly", amount="0.05", min_seconds=60),
        s1=[
            ("2026-03-02T00:15:30", "2026-03-02T02:45:00", "running", "big"),
            ("2026-03-02T05:00:00", "2026-03-02T05:00:07", "running", "big"),
        ],
    )
    assert told(use) == [
        ("hours", "s1", "19.933333336", "0.9966666668"),
        ("hours", "s1", "0.133333336", "0.0066666668"),
    ]


def test_servers_cost_while_they_run() -> None:
    """A server costs its flavor's price a day at a time, to the microsecond, and nothing while it is stopped."""
    use = world(
        price("free"),
        s1=[("2026-03-02T23:00", "2026-03-03T01:30"), ("2026-03-03T01:30", "2026-03-03T02:00", "stopped")],
    )
    rows = [one for one in charges(use, LATE) if one.kind == "server"]
    assert [(str(one.day), plain(one.quantity), plain(one.billed)) for one in rows] == [
        ("2026-03-02", "1", "0.05"),
        ("2026-03-03", "1.5", "0.075"),
    ]
    assert told(use) == [("hours", "s1", "1", "0"), ("hours", "s1", "1.5", "0")]


def test_a_price_change() -> None:
    """Each moment costs what held then: half an hour at 0.10 and half an hour at 0.25 EUR."""
    use = world(
        price("hourly", amount="0.10"),
        price("hourly", "2026-03-02T01:00", amount="0.25"),
        s1=[("2026-03-02T00:30", "2026-03-02T01:30")],
    )
    assert told(use) == [("hours", "s1", "0.5", "0.05"), ("hours", "s1", "0.5", "0.125")]


def test_a_begun_hour_is_paid_by_what_began_it() -> None:
    """A run of 70 minutes is 2 hours: the first is the small server's, the second the big one's, begun after it."""
    use = world(
        price("vcpu_hourly", amount="1", granularity="hour", rounding="up"),
        s1=[
            ("2026-03-02T00:00", "2026-03-02T00:20"),
            ("2026-03-02T00:20", "2026-03-02T00:50", "running", "big"),
            ("2026-03-02T00:50", "2026-03-02T01:10", "running", "big"),
        ],
    )
    assert [row[2] for row in told(use)] == ["2", "0", "8"]


@pytest.mark.parametrize(("zone", "hours"), [("UTC", 1), ("Asia/Kolkata", 2)])
def test_clock_hours_are_those_of_the_zone(zone: str, hours: int) -> None:
    """20 minutes from 00:20 UTC lie in one hour there; in Kolkata it is 05:50, and they lie in two."""
    use = world(
        price("hourly", amount="1", granularity="hour", rounding="up", aggregation="hour", time_zone=zone),
        s1=[("2026-03-02T00:20", "2026-03-02T00:40")],
    )
    assert total(image_rows(use)) == hours


def test_the_hour_that_clocks_show_twice_is_two() -> None:
    """On 25 October it is 02:30 in Paris at 00:30 UTC, and again an hour later: that lies in two clock hours."""
    use = world(
        price("hourly", amount="1", granularity="hour", rounding="up", aggregation="hour", time_zone="Europe/Paris"),
        s1=[("2026-10-25T00:30", "2026-10-25T01:30")],
    )
    assert total(image_rows(use)) == 2


def test_a_month_adds_up_what_ran_in_it() -> None:
    """Three runs of 20 minutes are one hour, if months are rounded; if runs are, they are three."""
    runs = [(f"2026-03-{day:02}T00:00", f"2026-03-{day:02}T00:20") for day in (2, 10, 31)]
    sums = []
    for aggregation in ("month", "start"):
        said = {"amount": "1", "granularity": "hour", "rounding": "up", "aggregation": aggregation}
        sums.append(total(image_rows(world(price("hourly", **said), s1=runs))))
    assert sums == [1, 3]


@pytest.mark.parametrize(("seconds", "minutes"), [("29.999999", "0"), ("30", "0.016666667"), ("89", "0.016666667")])
def test_halves_go_up(seconds: str, minutes: str) -> None:
    """Half a minute is one, a microsecond less is none, and 89 seconds are one too."""
    use = world(
        price("hourly", amount="1", granularity="minute", rounding="half_up"),
        s1=[("2026-03-02", f"2026-03-02T00:{int(float(seconds)) // 60:02}:{float(seconds) % 60:09.6f}")],
    )
    assert total(image_rows(use), "quantity") == Decimal(minutes)


def test_states_have_their_rates() -> None:
    """A stopped server at a quarter of 0.40 EUR costs 0.10 an hour; a least time is not for it."""
    use = world(
        price("hourly", amount="0.40", billable_states={"running": "1", "stopped": "0.25"}, min_seconds=3600),
        s1=[("2026-03-02T00:00", "2026-03-02T00:30"), ("2026-03-02T00:30", "2026-03-02T01:00", "stopped")],
    )
    assert told(use) == [("hours", "s1", "0.5", "0.05"), ("hours", "s1", "1", "0.4")]


def test_a_flavor_without_amount_is_not_charged() -> None:
    """Amounts by flavor say nothing of other flavors."""
    use = world(
        price("flavor_hourly", amounts={"big": "2"}),
        s1=[("2026-03-02T00:00", "2026-03-02T01:00"), ("2026-03-02T01:00", "2026-03-02T02:00", "running", "big")],
    )
    assert told(use) == [("hours", "s1", "1", "2")]


def test_tiers_over_three_servers() -> None:
    """Three times 8 h lie at 0-8, 8-16 and 16-24 h of the month, where 10 h cost 1 EUR, 10 more 0.50, and then 0.10."""
    tiers = [{"up_to": "10", "amount": "1"}, {"up_to": "20", "amount": "0.5"}, {"amount": "0.1"}]
    day = [("2026-03-02T00:00", "2026-03-02T08:00")]
    use = world(price("tiered", tiers=tiers), s1=day, s2=day, s3=day)
    assert [row[1:] for row in told(use)] == [
        ("s1", "8", "8"),
        ("s2", "6", "3"),
        ("s2", "2", "2"),
        ("s3", "4", "0.4"),
        ("s3", "4", "2"),
    ]
    assert [one.used_us // 3_600_000_000 for one in image_rows(use)] == [8, 0, 8, 0, 8]


@pytest.mark.parametrize(("ends", "cost"), [("10:00:00", "10"), ("10:00:01", "5.000138889")])
def test_a_volume_of_exactly_the_end_of_a_tier_is_in_it(ends: str, cost: str) -> None:
    """10 h cost 1 EUR each where that is up to 10 h; a second more, and all of them cost 0.50."""
    tiers = [{"up_to": "10", "amount": "1"}, {"amount": "0.5"}]
    use = world(price("tiered", tiers=tiers, mode="volume"), s1=[("2026-03-02", f"2026-03-02T{ends}")])
    assert total(image_rows(use)) == Decimal(cost)


def test_a_trial_of_one_server() -> None:
    """The server that began first is free; when it stops, the other one is. A day later both are charged."""
    use = world(
        price("hourly", amount="1", trial={"days": 1, "servers": 1}),
        s1=[("2026-03-02T00:00", "2026-03-02T10:00"), ("2026-03-03T00:00", "2026-03-03T01:00")],
        s2=[("2026-03-02T06:00", "2026-03-02T12:00")],
    )
    assert told(use) == [
        ("trial", "s1", "10", "0"),
        ("trial", "s2", "2", "0"),
        ("hours", "s2", "4", "4"),
        ("hours", "s1", "1", "1"),
    ]


def test_a_run_that_outlives_its_trial_goes_on() -> None:
    """A trial ends amid an hour that has begun in it: that hour is charged no more, the next one is."""
    use = world(
        price("hourly", amount="1", granularity="hour", rounding="up", trial={"days": 1}),
        s1=[("2026-03-02T12:30", "2026-03-02T12:31"), ("2026-03-03T12:00", "2026-03-03T13:30")],
    )
    assert [(what, quantity) for what, _, quantity, _ in told(use)] == [("trial", "1"), ("trial", "1"), ("hours", "1")]


def test_the_first_use_decides_about_a_trial() -> None:
    """Who first used the offer when it was free, or had no trial, never gets one."""
    use = world(
        price("free"),
        price("hourly", "2026-03-03", amount="1", trial={"days": 7}),
        s1=[("2026-03-02T23:00", "2026-03-03T01:00")],
    )
    assert told(use) == [("hours", "s1", "1", "0"), ("hours", "s1", "1", "1")]


def test_a_credit_lasts_in_the_order_of_days() -> None:
    """24 h at 0.10 EUR are 2.40 a day; of a credit of 3 EUR the second day gets 0.60, and the third nothing."""
    use = world(price("hourly", amount="0.1", trial={"days": 30, "credit": "3"}), s1=[("2026-03-02", "2026-03-05")])
    credits_given = image_rows(use, what="credit")
    assert [(one.day.day, one.billed) for one in credits_given] == [(2, Decimal("-2.4")), (3, Decimal("-0.6"))]
    assert total(image_rows(use)) == Decimal("4.2")


@pytest.mark.parametrize(
    ("proration", "quantity"),
    [("none", "1"), ("day_30", "0.2"), ("day_of_month", "0.193548387"), ("second", "0.153225806")],
)
def test_a_part_of_a_month(proration: str, quantity: str) -> None:
    """From 20 March 12:00 to 25 March 06:00 are 6 dates, of 30 or of 31; and 114 hours of 744."""
    use = world(
        price("monthly", amount="10", proration=proration),
        s1=[("2026-03-20T12:00", "2026-03-21T00:00"), ("2026-03-24T00:00", "2026-03-25T06:00", "stopped")],
    )
    assert told(use) == [("month", "s1", quantity, plain(Decimal(quantity) * 10))]


@pytest.mark.parametrize(
    ("begins", "ends", "quantity"),
    [
        ("2026-10-24T22:00", "2026-10-25T23:00", "0.033557047"),
        ("2026-03-28T23:00", "2026-03-29T22:00", "0.030955585"),
    ],
)
def test_a_day_in_which_clocks_change(begins: str, ends: str, quantity: str) -> None:
    """In Paris 25 October has 25 hours, of 745 in that month; 29 March has 23, of 743."""
    use = world(price("monthly", amount="1", proration="second", time_zone="Europe/Paris"), s1=[(begins, ends)])
    assert told(use) == [("month", "s1", quantity, quantity)]


def test_a_month_is_called_as_it_is_there() -> None:
    """From 20:00 UTC of 31 March it is April in Shanghai: the row begins in March, and belongs to April."""
    use = world(price("monthly", amount="1", time_zone="Asia/Shanghai"), s1=[("2026-03-31T20:00", "2026-03-31T21:00")])
    assert [(one.day, one.month) for one in image_rows(use)] == [(date(2026, 3, 31), date(2026, 4, 1))]


def test_a_subscription_is_one_for_all_servers() -> None:
    """Two servers of a tenant are one subscription of a month; in a trial there is none."""
    both = {"s1": [("2026-03-02", "2026-03-03")], "s2": [("2026-03-03", "2026-04-02")]}
    use = world(price("monthly", amount="10", per="subscription", trial={"days": 1}), **both)
    assert told(use) == [("month", None, "1", "10"), ("month", None, "1", "10")]
    assert [str(one.day) for one in image_rows(use)] == ["2026-03-03", "2026-04-01"]


@pytest.mark.parametrize(("per", "servers"), [("server", ["s1", "s2"]), ("subscription", [None])])
def test_once_is_once(per: str, servers: list[str | None]) -> None:
    """A server, or a tenant, pays once, even if its server stops, runs again, and the amount changes."""
    use = world(
        price("one_time", amount="30", per=per),
        price("one_time", "2026-03-04", amount="40", per=per),
        s1=[("2026-03-02", "2026-03-03", "stopped"), ("2026-03-03", "2026-03-05")],
        s2=[("2026-03-03", "2026-03-05")],
    )
    assert told(use) == [("once", server_id, "1", "30") for server_id in servers]


def contract(number: int, servers: int, begins: str, ends: str, upfront: str) -> Contract:
    """A contract of acme's; an hour without it would cost 2 EUR."""
    return Contract(
        f"c{number}",
        "o1",
        "acme",
        "eu-west-0",
        servers,
        Decimal(upfront),
        Decimal(2),
        "EUR",
        on(begins),
        on(ends),
    )


def test_a_contract_is_used_left_and_exceeded() -> None:
    """744 EUR for the 744 hours of March: of two servers one is used 24 h, one pays 2 EUR an hour, 720 h are unused."""
    day = [("2026-03-10", "2026-03-11")]
    use = world(price("contract", upfront="744", amount="2"), s1=day, s2=day)
    use.contracts.append(contract(1, 1, "2026-03-01", "2026-04-01", "744"))
    sums = {what: total(image_rows(use, what=what), "effective") for what in ("hours", "used", "unused", "upfront")}
    assert sums == {"hours": 48, "used": 24, "unused": 720, "upfront": 0}
    assert total(image_rows(use, what="upfront")) == 744
    assert [one.server_id for one in image_rows(use, what="used")] == ["s1"]


def test_contracts_are_used_one_after_the_other() -> None:
    """Of three servers the first two are the older contract's, and the third the newer one's, once it has begun."""
    day = [("2026-03-10", "2026-03-11")]
    use = world(price("contract", upfront="1", amount="2"), s1=day, s2=day, s3=day)
    use.contracts.append(contract(2, 2, "2026-03-10T12:00", "2026-04-10T12:00", "1"))
    use.contracts.append(contract(1, 2, "2026-03-01", "2026-04-01", "1"))
    used = {(one.server_id, one.price_id, one.quantity) for one in image_rows(use, what="used")}
    assert used == {("s1", "c1", 24), ("s2", "c1", 24), ("s3", "c2", 12)}
    assert [row for row in told(use) if row[0] == "hours"] == [("hours", "s3", "12", "24")]


def test_a_leap_year_ends_on_28_february() -> None:
    """A year from 29 February ends a year later on the 28th; it is renewed at that moment, if the server is there."""
    use = world(
        price("yearly", amount="365"), s1=[("2028-02-29T12:00", "2029-02-28T12:00"), ("2029-03-05", "2029-03-06")]
    )
    rows = image_rows(use, on("2031-01-01"), what="upfront")
    assert [str(one.day) for one in rows] == ["2028-02-29", "2029-03-05"]
    goes_on = replace(use, spans=[replace(use.spans[0], ended_at=None)])
    rows = image_rows(goes_on, on("2030-03-01"), what="upfront")
    assert [str(one.day) for one in rows] == ["2028-02-29", "2029-02-28", "2030-02-28"]


def test_a_year_covers_whatever_holds_later() -> None:
    """A year that was paid for goes on when the price changes: by the hour costs only what began after that."""
    use = world(
        price("yearly", amount="365"),
        price("hourly", "2026-03-02T12:00", amount="1"),
        s1=[("2026-03-02", "2026-03-03")],
        s2=[("2026-03-02T12:00", "2026-03-02T13:00")],
    )
    assert [row for row in told(use, on("2026-03-03")) if row[0] != "used"] == [
        ("upfront", "s1", "1", "365"),
        ("hours", "s2", "1", "1"),
    ]
    assert total(image_rows(use, on("2026-03-03"), what="used"), "effective") == 1


@pytest.mark.parametrize(("until", "lacking"), [("2026-03-31T15:59:59.999999", []), ("2026-03-31T16:00", ["2.6"])])
def test_a_minimum_is_due_when_the_month_is_over_there(until: str, lacking: list[str]) -> None:
    """24 h at 0.10 EUR are 2.40, at least 5 are to be paid: 2.60 more, once it is April in Shanghai."""
    use = world(
        price("hourly", amount="0.1", minimum="5", time_zone="Asia/Shanghai"), s1=[("2026-03-02", "2026-03-03")]
    )
    assert [plain(one.billed) for one in image_rows(use, on(until), what="minimum")] == lacking


def test_lineage_may_be_left_out() -> None:
    """A copy is charged as the image, but for a price that says it is not."""
    copied = [("2026-03-02", "2026-03-03", "running", "small", "copy")]
    assert total(image_rows(world(price("hourly", amount="1"), s1=copied))) == 24
    assert image_rows(world(price("hourly", amount="1", lineage=False), s1=copied)) == []


@pytest.mark.parametrize(("owner", "cost"), [("softco", 24), ("acme", 12)])
def test_who_withdrew_its_offer_pays_no_more(owner: str, cost: int) -> None:
    """The image's owner pays nothing for what begins after it was withdrawn; all others do."""
    use = world(
        price("hourly", amount="1"), s1=[("2026-03-02T00:00", "2026-03-02T12:00"), ("2026-03-02T12:00", "2026-03-03")]
    )
    use.offers[0] = replace(use.offers[0], owner=owner, withdrawn_at=on("2026-03-02T06:00"))
    assert total(image_rows(use)) == cost


def sums(rows: Iterable[Charge], *columns: str, of: str) -> dict[tuple[Any, ...], Decimal]:
    """Sums of a column by others, without those that are 0."""
    found: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        found[tuple(getattr(row, column) for column in columns)] += getattr(row, of)
    return {key: amount for key, amount in found.items() if amount}


@settings(max_examples=either(short=20, full=1000))
@given(use=worlds(), seed=st.integers(0, 2**16))
def test_the_order_of_what_is_known_does_not_matter(use: Use, seed: int) -> None:
    """The same use in another order comes to the same rows."""
    until = moments(use)[seed % 5 % len(moments(use))]
    mixed = replace(use)
    for name in ("machines", "spans", "offers", "versions", "contracts"):
        rows = getattr(use, name)
        setattr(mixed, name, Random(seed).sample(rows, len(rows)))
    assert sorted(map(repr, charges(mixed, until))) == sorted(map(repr, charges(use, until)))


@settings(max_examples=either(short=30, full=1000))
@given(use=worlds(), seed=st.integers(0, 2**16))
def test_no_cut_changes_a_sum(use: Use, seed: int) -> None:
    """Where each span is cut in two, every server is charged the same quantities, and every price comes to the same.

    But for tiers: a cut changes which piece comes first, and so at which rate which tier's hours are charged.
    """
    until = moments(use)[-1]
    parted = replace(use, spans=[part for one in use.spans for part in halves(use, one, Random(seed), until)])
    before, after = charges(use, until), charges(parted, until)
    by_what = ("kind", "what", "server_id", "price_id", "flavor", "state")
    timed = [[one for one in rows if one.what not in ("credit", "minimum")] for rows in (before, after)]
    for column in ("quantity", "used_us"):
        assert sums(timed[0], *by_what, of=column) == sums(timed[1], *by_what, of=column)
    tiered = {one.offer_id for one in use.versions if one.price.model == "tiered"}
    steady = [[one for one in rows if one.offer_id not in tiered] for rows in (before, after)]
    for column in ("billed", "effective"):
        by_price = ("what", "tenant", "price_id")
        assert sums(steady[0], *by_price, of=column) == sums(steady[1], *by_price, of=column)


def halves(use: Use, whole: Span, by: Random, until: datetime) -> list[Span]:
    """A span in two parts that are the offer's it is; whole, where offers come or go in it."""
    ends = whole.ended_at or until
    cut = whole.started_at + timedelta(
        microseconds=int((ends - whole.started_at).total_seconds() * by.random() * 10**6)
    )
    at = {time for one in use.offers for time in (one.published_at, one.withdrawn_at) if time}
    if cut >= ends or any(whole.started_at < time <= cut for time in at):
        return [whole]
    return [replace(whole, ended_at=cut), replace(whole, started_at=cut)]


@settings(max_examples=either(short=30, full=1000))
@given(use=worlds())
def test_used_and_unused_are_what_was_paid_upfront(use: Use) -> None:
    """When all terms are over, what they were worth is what they cost, contract by contract."""
    ends = max((one.ends_at for one in use.contracts), default=LATE)
    rows = charges(use, ends)
    contracts = {one.contract_id: one.upfront * one.servers for one in use.contracts}
    worth = sums([one for one in rows if one.price_id in contracts], "price_id", of="effective")
    assert worth == {(name,): amount for name, amount in contracts.items() if amount}


@pytest.fixture(scope="module")
def migrated() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory in which nothing has happened."""
    with duckdb.connect() as con:
        migrate(con)
        yield con


@settings(max_examples=either(short=15, full=1000))
@given(use=worlds())
def test_a_written_world_says_which_image_carries_what(migrated: duckdb.DuckDBPyConnection, use: Use) -> None:
    """The warehouse that a world is written into finds the same offers on each image, and all the rest is there."""
    migrated.execute("BEGIN")
    write(migrated, use)
    carried = migrated.execute("SELECT image_id, list(offer_id ORDER BY offer_id) FROM image_offer GROUP BY ALL")
    assert dict(carried.fetchall()) == {image: sorted(offers) for image, offers in use.carries.items()}
    for table, rows in (("server_span", use.spans), ("price_version", use.versions), ("contract", use.contracts)):
        assert migrated.execute(f"SELECT count(*) FROM {table}").fetchall() == [(len(rows),)]
    migrated.execute("ROLLBACK")
