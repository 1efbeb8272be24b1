"""Price models: how an offer is charged, what a planned launch costs, and a price in words.

One module per price model has everything about it: its terms, its quote, its words, and its facts, which the warehouse
has as the table ``price_model``. To add a model: write its module, name it in ``PricingModel`` and in ``Price`` below.
docs/explanation/pricing.md defines what each term does; ``data/billing/sql/metering`` applies them to recorded use.
Imports ``domain.vocabulary`` only.
"""

from collections.abc import Mapping
from typing import Annotated, Final, get_args

from pydantic import Field, TypeAdapter

from domain.pricing.byol import ByolPrice
from domain.pricing.contract import ContractPrice
from domain.pricing.facts import PriceFacts
from domain.pricing.flavor_hourly import FlavorHourlyPrice
from domain.pricing.free import FreePrice
from domain.pricing.hourly import HourlyPrice
from domain.pricing.monthly import MonthlyPrice
from domain.pricing.one_time import OneTimePrice
from domain.pricing.quotes import MONTH_HOURS, Launch, Quote
from domain.pricing.terms import NANO, Amount, BillableState, Currency, Metered, Paid, Rate, Terms, TimeZone, Trial
from domain.pricing.tiered import Tier, TieredPrice
from domain.pricing.vcpu_hourly import VcpuHourlyPrice
from domain.pricing.yearly import YearlyPrice
from domain.vocabulary import PricingModel

__all__ = [
    "MONTH_HOURS",
    "NANO",
    "PRICE",
    "PRICE_FACTS",
    "Amount",
    "BillableState",
    "ByolPrice",
    "ContractPrice",
    "Currency",
    "FlavorHourlyPrice",
    "FreePrice",
    "HourlyPrice",
    "Launch",
    "Metered",
    "MonthlyPrice",
    "OneTimePrice",
    "Paid",
    "Price",
    "PriceFacts",
    "Quote",
    "Rate",
    "Terms",
    "Tier",
    "TieredPrice",
    "TimeZone",
    "Trial",
    "VcpuHourlyPrice",
    "YearlyPrice",
    "in_words",
    "quote",
]

Price = Annotated[
    FreePrice
    | ByolPrice
    | HourlyPrice
    | VcpuHourlyPrice
    | FlavorHourlyPrice
    | TieredPrice
    | MonthlyPrice
    | OneTimePrice
    | YearlyPrice
    | ContractPrice,
    Field(discriminator="model"),
]
"""The price of an offer; ``model`` names the price model."""

PRICE: TypeAdapter[Price] = TypeAdapter(Price)
"""Validates a price that a batch or the warehouse has as a dictionary."""


def _facts() -> dict[PricingModel, PriceFacts]:
    classes: tuple[type[Terms], ...] = get_args(get_args(Price)[0])
    return {get_args(one.model_fields["model"].annotation)[0]: one.facts for one in classes}


PRICE_FACTS: Final[Mapping[PricingModel, PriceFacts]] = _facts()
"""The facts of each price model."""


def quote(price: Price, *, flavor: str, vcpus: int, servers: int) -> Quote | None:
    """What a launch of an image at this price costs; None if the price has no amount for the flavor.

    ``month`` is a calendar month of ``MONTH_HOURS`` hours. Trials and contracts are not subtracted.
    """
    return price.quote(Launch(flavor=flavor, vcpus=vcpus, servers=servers))


def in_words(price: Price) -> str:
    """A price in words, such as ``0.12 EUR an hour; at least 50 EUR a month``."""
    return "; ".join((price.in_words(), *price.extras_in_words()))
