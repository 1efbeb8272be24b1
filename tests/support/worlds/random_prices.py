"""Random prices: of every model, with any terms that the model has."""

from decimal import Decimal
from random import Random
from typing import Any

from pydantic import TypeAdapter

from domain.pricing import Price

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Asia/Shanghai")
FLAVORS = ("s3.medium.2", "s3.large.2", "c3.xlarge.2")
MODELS = (
    *("hourly", "vcpu_hourly", "flavor_hourly", "contract") * 2,
    *("tiered", "monthly", "yearly") * 2,
    *("one_time", "free", "byol"),
)
UP_TO = ("0.5", "1", "2", "3.25", "10", "24", "48", "100.000000001", "500")
"""Ends of tiers that few servers reach within hours, or within weeks; the smaller ones are met exactly at times."""
STATES = (
    None,
    None,
    {"running": "1"},
    {"running": "1", "stopped": "0.25"},
    {"running": "0.5", "stopped": "1"},
    {"running": "1", "stopped": "0"},
    {"running": "0", "stopped": "0.5"},
    {"stopped": "1"},
)
"""Which states cost what; None leaves it to the default."""

Said = dict[str, Any]
_PRICE: TypeAdapter[Price] = TypeAdapter(Price)


def prices(by: Random, number: int, usual: str | None = None) -> list[Price]:
    """The prices that an offer has one after the other, of one model or of any; half of them as is usual.

    Those by the month count months in one zone: how months of different zones follow each other is not laid down.
    """
    zone, usual = by.choice(ZONES), usual or by.choice(MODELS)
    models = [usual if by.random() < 0.5 else by.choice(MODELS) for _ in range(number)]
    return [price(by, model, zone) for model in models]


def price(by: Random, model: str, zone: str) -> Price:
    """A price of a model; in the zone, if it is one by the month."""
    said: Said = {"model": model, "lineage": by.random() < 0.85}
    if model not in ("free", "byol"):
        said |= {"currency": "EUR"} | TERMS[model](by)
    if model == "monthly":
        said["time_zone"] = zone
    return _PRICE.validate_python({key: value for key, value in said.items() if value is not None})


def money(by: Random, most: int = 10) -> str:
    """An amount with up to 4 decimals; sometimes a round one, or nothing."""
    return str(by.choice((Decimal(by.randint(1, most * 10**4)).scaleb(-4), Decimal(by.randint(0, most)))))


def metered(by: Random) -> Said:
    """How time is measured, rounded, tried and charged at least."""
    return {
        "granularity": by.choice((None, "second", "minute", "hour", "hour")),
        "rounding": by.choice((None, "none", "up", "up", "half_up", "half_up")),
        "min_seconds": by.choice((None, None, 0, 7, 60, 3600)),
        "aggregation": by.choice((None, "start", "hour", "hour", "month", "month")),
        "billable_states": by.choice(STATES),
        "time_zone": by.choice(ZONES),
        "trial": trial(by) if by.random() < 0.5 else None,
        "minimum": by.choice((None, None, None, "0", "5", "1000.55")),
    }


def trial(by: Random, *, credit: bool = True) -> Said:
    """A trial on some servers, on all, or up to a credit."""
    kinds: list[Said] = [{}, {"servers": 1}, {"servers": 2}]
    if credit:
        kinds += [{"credit": "0.5"}, {"credit": "20"}, {"credit": "1000"}]
    return {"days": by.choice((1, 2, 7, 30))} | by.choice(kinds)


def hourly(by: Random) -> Said:
    """One amount."""
    return metered(by) | {"amount": money(by)}


def flavor_hourly(by: Random) -> Said:
    """Amounts for some flavors, and perhaps one for the others."""
    listed = by.sample(FLAVORS, by.randint(1, 2))
    others = money(by) if by.random() < 0.5 else None
    return metered(by) | {"amounts": {flavor: money(by) for flavor in listed}, "amount": others}


def tiered(by: Random) -> Said:
    """One to four tiers."""
    ends = sorted(by.sample(UP_TO, by.randint(0, 3)), key=Decimal)
    tiers = [{"up_to": end, "amount": money(by)} for end in ends]
    return metered(by) | {"tiers": [*tiers, {"amount": money(by)}], "mode": by.choice(("graduated", "volume"))}


def monthly(by: Random) -> Said:
    """An amount a month, with any proration."""
    return {
        "amount": money(by, 100),
        "per": by.choice((None, "server", "subscription")),
        "proration": by.choice(("none", "day_30", "day_of_month", "second")),
        "trial": trial(by, credit=False) if by.random() < 0.5 else None,
    }


def one_time(by: Random) -> Said:
    """An amount once."""
    return {"amount": money(by, 100), "per": by.choice((None, "server", "subscription"))}


def yearly(by: Random) -> Said:
    """An amount a year."""
    return {"amount": money(by, 1000)}


def contract(by: Random) -> Said:
    """An upfront amount for a few months, and one an hour."""
    return metered(by) | {"amount": money(by), "upfront": money(by, 1000), "months": by.choice((1, 1, 2, 12))}


TERMS = {
    "hourly": hourly,
    "vcpu_hourly": hourly,
    "flavor_hourly": flavor_hourly,
    "tiered": tiered,
    "monthly": monthly,
    "one_time": one_time,
    "yearly": yearly,
    "contract": contract,
}
"""What each model says besides its currency."""
