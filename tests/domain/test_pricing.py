"""Prices as people write them: what is refused, how they are said, and what a launch would come to."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.pricing import MONTH_HOURS, PRICE, Quote, in_words, quote

EUR = {"currency": "EUR"}
HOURLY = {"model": "hourly", "amount": "0.12", **EUR}
VCPU = {"model": "vcpu_hourly", "amount": "0.05", **EUR}
FLAVOR = {"model": "flavor_hourly", "amounts": {"s3.medium.2": "0.10"}, **EUR}
TIERS = [{"up_to": 100, "amount": "0.10"}, {"up_to": 1000, "amount": "0.08"}, {"amount": "0.05"}]
TIERED = {"model": "tiered", "tiers": TIERS, **EUR}
MONTHLY = {"model": "monthly", "amount": "29.90", **EUR}
ONCE = {"model": "one_time", "amount": "99", **EUR}
YEARLY = {"model": "yearly", "amount": "1200", **EUR}
CONTRACT = {"model": "contract", "upfront": "1314", "amount": "0.20", **EUR}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (HOURLY | {"amount": "-1"}, "greater than or equal to 0"),
        (HOURLY | {"amount": "0.0000000001"}, "no more than 9 decimal places"),
        (HOURLY | {"colour": "red"}, "Extra inputs are not permitted"),
        (HOURLY | {"time_zone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
        (HOURLY | {"min_seconds": 3601}, "less than or equal to 3600"),
        (HOURLY | {"billable_states": {"asleep": 1}}, "'running' or 'stopped'"),
        (HOURLY | {"amount": "0.000000001", "billable_states": {"running": "0.5"}}, "has more than 9 decimals"),
        (HOURLY | {"trial": {"days": 7, "servers": 1, "credit": "10"}}, "not both"),
        (TIERED | {"tiers": [TIERS[1], TIERS[0], TIERS[2]]}, "tiers ascend by up_to"),
        (TIERED | {"tiers": TIERS[:2]}, "only the last one has none"),
        (MONTHLY | {"trial": {"days": 7, "credit": "10"}}, "a trial of days, not of credit"),
        (FLAVOR | {"amounts": {}}, "at least 1 item"),
        (CONTRACT | {"months": 0}, "greater than or equal to 1"),
        ({"model": "auction"}, "does not match any of the expected tags"),
    ],
)
def test_what_is_no_price(said: dict[str, Any], why: str) -> None:
    """A price that could not be charged to the last digit, or contradicts itself, is refused with the reason."""
    with pytest.raises(ValidationError, match=why):
        PRICE.validate_python(said)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"model": "free"}, "free"),
        ({"model": "byol"}, "own licence"),
        (HOURLY | {"minimum": "50"}, "0.12 EUR an hour; at least 50 EUR a month"),
        (VCPU | {"trial": {"days": 14, "servers": 1}}, "0.05 EUR an hour and vCPU; the first 14 days free on 1 server"),
        (HOURLY | {"trial": {"days": 30, "credit": "20"}}, "0.12 EUR an hour; the first 30 days up to 20 EUR"),
        (FLAVOR, "from 0.10 EUR an hour, by flavor"),
        (TIERED, "from 0.05 EUR an hour, by tier"),
        (MONTHLY, "29.90 EUR a month and server"),
        (MONTHLY | {"per": "subscription"}, "29.90 EUR a month"),
        (ONCE, "99 EUR once a server"),
        (YEARLY, "1200 EUR a year and server, upfront"),
        (CONTRACT, "0.20 EUR an hour, or 1314 upfront for 12 months of a server"),
    ],
)
def test_a_price_in_words(said: dict[str, Any], words: str) -> None:
    """As a person would say it, with what is special about it."""
    assert in_words(PRICE.validate_python(said)) == words


def of(once: str = "0", hour: str = "0", month: str = "0") -> Quote:
    """A quote."""
    return Quote(once=Decimal(once), hour=Decimal(hour), month=Decimal(month))


@pytest.mark.parametrize(
    ("said", "servers", "expected"),
    [
        ({"model": "free"}, 3, of()),
        ({"model": "byol"}, 3, of()),
        (HOURLY, 3, of(hour="0.36", month="262.80")),
        (HOURLY | {"billable_states": {"running": "0.5"}}, 1, of(hour="0.06", month="43.80")),
        (HOURLY | {"minimum": "100"}, 1, of(hour="0.12", month="100")),
        (VCPU, 2, of(hour="0.40", month="292")),
        (FLAVOR, 1, None),
        (FLAVOR | {"amount": "0.30"}, 1, of(hour="0.30", month="219")),
        (TIERED, 1, of(hour="0.10", month="60.40")),  # 100 at 0.10, 630 at 0.08
        (TIERED, 2, of(hour="0.20", month="105.00")),  # 100, 900 and 460 hours
        (TIERED | {"mode": "volume"}, 1, of(hour="0.10", month="58.40")),  # all 730 at 0.08
        (MONTHLY, 2, of(hour="59.80", month="59.80")),
        (MONTHLY | {"per": "subscription"}, 2, of(hour="29.90", month="29.90")),
        (ONCE, 2, of(once="198")),
        (ONCE | {"per": "subscription"}, 2, of(once="99")),
        (YEARLY, 2, of(once="2400")),
        (CONTRACT, 2, of(hour="0.40", month="292.00")),
    ],
)
def test_what_a_launch_would_come_to(said: dict[str, Any], servers: int, expected: Quote | None) -> None:
    """At once, in an hour and in 730 hours, all servers together, on a flavor with 4 vCPUs."""
    assert quote(PRICE.validate_python(said), flavor="c3.xlarge.2", vcpus=4, servers=servers) == expected


def test_a_day_costs_a_thirtieth() -> None:
    """An hour of a month that is charged by days costs a day of it."""
    by_days = quote(PRICE.validate_python(MONTHLY | {"proration": "day_30"}), flavor="any", vcpus=1, servers=1)
    assert by_days is not None
    assert by_days.hour == Decimal("29.90") * Decimal("0.033333333")
    assert by_days.month == Decimal("29.90")
    assert MONTH_HOURS == 730
