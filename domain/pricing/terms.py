"""Terms that several price models share, and the base classes of the models.

The order of fields is part of the format: the id of a batch is the hash of its models as JSON.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import MONTH_HOURS, Launch, Quote
from domain.vocabulary import Aggregation, Granularity, Rounding

NANO = Decimal("0.000000001")
"""The smallest amount of money, and the smallest part of an hour, that the warehouse stores."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=9)]
Hours = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]
Rate = Annotated[Decimal, Field(ge=0, le=10, decimal_places=6)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"there is no time zone '{name}'; write it as in Europe/Paris") from None
    return name


TimeZone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$"), AfterValidator(_known_zone)]
BillableState = Literal["running", "stopped"]


class Terms(BaseModel, ABC):
    """What every price says: whether what was made from the image is charged as the image (RULES.md, M9)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    facts: ClassVar[PriceFacts]

    lineage: bool = Field(True, description="whether copies and captures of the image are charged as the image")

    @abstractmethod
    def quote(self, launch: Launch) -> Quote | None:
        """What a launch costs, without trials and contracts; None if the price has no amount for the flavor."""

    @abstractmethod
    def in_words(self) -> str:
        """The amount in words, such as ``0.12 EUR an hour``, without trial and minimum."""

    def extras_in_words(self) -> Iterator[str]:
        """What else the price says: its trial, its minimum."""
        yield from ()


class Trial(BaseModel):
    """The first days of a tenant with an offer: free on some servers or on all, or up to a credit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[int, Field(ge=1, le=366, description="days of 24 hours, from the tenant's first use on")]
    servers: Annotated[int, Field(ge=1)] | None = Field(
        None, description="so many servers at once; all, where left out"
    )
    credit: Amount | None = Field(None, description="instead: use is charged, and credited up to this amount")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.servers is not None and self.credit is not None:
            raise ValueError("a trial is free on some servers or has a credit, not both")
        return self

    def in_words(self, currency: str) -> str:
        """The trial in words, such as ``the first 14 days free on 1 server``."""
        gives = "free" if self.credit is None else f"up to {self.credit:f} {currency}"
        words = f"the first {self.days} days {gives}"
        if self.servers:
            words += f" on {self.servers:,} server" + ("" if self.servers == 1 else "s")
        return words


class Paid(Terms):
    """A price with a currency."""

    currency: Currency = Field(description="the currency of the amounts, ISO 4217")


class Metered(Paid):
    """A price for time: how time is measured and rounded, in which states it is charged, and the minimum of a month."""

    granularity: Granularity = Field(Granularity.SECOND, description="what rounding rounds to")
    rounding: Rounding = Field(Rounding.NONE, description="how the time of an aggregation is rounded")
    min_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(0, description="least seconds an aggregation, if running")
    aggregation: Aggregation = Field(Aggregation.START, description="what is added up before it is rounded")
    billable_states: dict[BillableState, Rate] = Field(
        default_factory=lambda: {"running": Decimal(1)},
        description="the share of the price that each state costs; a state left out costs nothing",
        validate_default=True,
    )
    time_zone: TimeZone = Field("UTC", description="whose clock hours and months count")
    trial: Trial | None = Field(None, description="the free or credited first days of a tenant")
    minimum: Amount | None = Field(None, description="the least a tenant pays in a month in which it uses the offer")

    @model_validator(mode="after")
    def _exact(self) -> Self:
        for amount in self.unit_amounts():
            for rate in self.billable_states.values():
                if (amount * rate) % NANO:
                    raise ValueError(f"{amount} times the rate {rate} has more than 9 decimals")
        return self

    def unit_amounts(self) -> Iterator[Decimal]:
        """Every amount that a unit of use may cost."""
        yield from ()

    @abstractmethod
    def cost(self, launch: Launch, hours: int) -> Decimal | None:
        """What ``hours`` of each running server cost at the full rate; None if the flavor has no amount."""

    def quote(self, launch: Launch) -> Quote | None:
        """What a launch costs; the minimum counts for the month."""
        hour, month = self.cost(launch, 1), self.cost(launch, MONTH_HOURS)
        if hour is None or month is None:
            return None
        rate = self.billable_states.get("running", Decimal(0))
        return Quote(hour=hour * rate, month=max(month * rate, self.minimum or Decimal(0)))

    def extras_in_words(self) -> Iterator[str]:
        """The trial and the minimum."""
        if self.trial is not None:
            yield self.trial.in_words(self.currency)
        if self.minimum:
            yield f"at least {self.minimum:f} {self.currency} a month"
