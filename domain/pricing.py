"""How an offer is paid for: the price models, their terms, and what a launch would come to.

docs/explanation/pricing.md says in full what each term does; ``data/billing/sql/metering/`` does it to real use.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from domain.vocabulary import (
    Aggregation,
    Granularity,
    Name,
    Per,
    PricingModel,
    Proration,
    Rounding,
    TierMode,
)

NANO = Decimal("0.000000001")
"""The least amount of money, and the least part of an hour, that is kept."""

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


class Terms(BaseModel):
    """What every price says: whether what was made from the image is charged as the image (RULES.md, M9)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lineage: bool = Field(True, description="whether copies and captures of the image are charged as the image")


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


class Paid(Terms):
    """A price that comes to something."""

    currency: Currency = Field(description="the currency of the amounts, ISO 4217")


class Metered(Paid):
    """A price for time: how it is measured and rounded, in which states, and what it comes to at least."""

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


class FreePrice(Terms):
    """Nothing to pay for the image; the server is paid as always."""

    model: Literal[PricingModel.FREE]


class ByolPrice(Terms):
    """Bring your own licence: nothing to pay here, the buyer has a licence from elsewhere."""

    model: Literal[PricingModel.BYOL]


class HourlyPrice(Metered):
    """A flat amount for each hour that a server from the image exists and runs."""

    model: Literal[PricingModel.HOURLY]
    amount: Amount = Field(description="the amount for an hour")

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour."""
        yield self.amount


class VcpuHourlyPrice(HourlyPrice):
    """An amount for each hour of each vCPU of the server's flavor."""

    model: Literal[PricingModel.VCPU_HOURLY]  # type: ignore[assignment]


class FlavorHourlyPrice(Metered):
    """An amount an hour that depends on the flavor; ``amount`` is for flavors that are not listed."""

    model: Literal[PricingModel.FLAVOR_HOURLY]
    amounts: Annotated[dict[Name, Amount], Field(min_length=1, description="the amount for an hour of each flavor")]
    amount: Amount | None = Field(None, description="the amount for an hour of all other flavors")

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour of each flavor."""
        yield from self.amounts.values()
        if self.amount is not None:
            yield self.amount


class Tier(BaseModel):
    """An amount for an hour, up to so many hours in the month; the last tier has no end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    up_to: Hours | None = Field(None, description="the hours of the month at which the tier ends")
    amount: Amount = Field(description="the amount for an hour")


class TieredPrice(Metered):
    """An hour's amount depends on how many hours the tenant uses in the month, all its servers together."""

    model: Literal[PricingModel.TIERED]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=20, description="the tiers, in ascending order")]
    mode: TierMode = Field(TierMode.GRADUATED, description="graduated: each hour by its tier; volume: all by the last")

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        ends = [tier.up_to for tier in self.tiers[:-1]]
        if self.tiers[-1].up_to is not None or None in ends or ends != sorted(set(ends), key=lambda end: end or 0):
            raise ValueError("tiers ascend by up_to, and only the last one has none")
        return self

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour in each tier."""
        yield from (tier.amount for tier in self.tiers)


class MonthlyPrice(Paid):
    """An amount a calendar month, for each server or for all of a tenant's servers together."""

    model: Literal[PricingModel.MONTHLY]
    amount: Amount = Field(description="the amount for a calendar month")
    per: Per = Field(Per.SERVER, description="what pays the amount: each server, or the tenant once for all")
    proration: Proration = Field(Proration.NONE, description="what part of the amount a part of the month costs")
    time_zone: TimeZone = Field("UTC", description="whose months and days count")
    trial: Trial | None = Field(None, description="the free first days of a tenant")

    @model_validator(mode="after")
    def _no_credit(self) -> Self:
        if self.trial is not None and self.trial.credit is not None:
            raise ValueError("a monthly price has a trial of days, not of credit")
        return self


class OneTimePrice(Paid):
    """An amount once, for each server or for a tenant, at the first use."""

    model: Literal[PricingModel.ONE_TIME]
    amount: Amount = Field(description="the amount at the first use")
    per: Per = Field(Per.SERVER, description="what pays the amount: each server, or the tenant once for all")


class YearlyPrice(Paid):
    """An amount a year and server, paid at its first use and at each end of a year that the server sees."""

    model: Literal[PricingModel.YEARLY]
    amount: Amount = Field(description="the amount for a year of one server")


class ContractPrice(Metered):
    """An upfront payment for each server that ``buy_contract`` covers; ``amount`` an hour for what none covers."""

    model: Literal[PricingModel.CONTRACT]
    upfront: Amount = Field(description="the amount for the term of one server, paid at its beginning")
    months: Annotated[int, Field(ge=1, le=60)] = Field(12, description="how long a contract runs, in calendar months")
    amount: Amount = Field(description="the amount for an hour that no contract covers")

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour that no contract covers."""
        yield self.amount


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
"""How an offer is paid for; ``model`` tells which way."""

MONTH_HOURS = 730
"""What clouds call a month when they quote prices: 8,760 hours of a year by 12."""


class Quote(BaseModel):
    """What servers of one launch would come to, running through: at once, in the first hour, and in a month of it."""

    model_config = ConfigDict(frozen=True)

    once: Decimal = Decimal(0)
    hour: Decimal = Decimal(0)
    month: Decimal = Decimal(0)


def quote(price: Price, *, flavor: str, vcpus: int, servers: int) -> Quote | None:
    """What an image with this price would come to; None where the price names no amount for the flavor.

    ``month`` is a calendar month of ``MONTH_HOURS`` hours. Trials and contracts are not taken off.
    """
    match price:
        case FreePrice() | ByolPrice():
            return Quote()
        case MonthlyPrice():
            times = servers if price.per is Per.SERVER else 1
            return Quote(hour=price.amount * times * _share_of_an_hour(price.proration), month=price.amount * times)
        case OneTimePrice():
            return Quote(once=price.amount * (servers if price.per is Per.SERVER else 1))
        case YearlyPrice():
            return Quote(once=price.amount * servers)
        case TieredPrice():
            hour, month = (_tiered(price, Decimal(hours * servers)) for hours in (1, MONTH_HOURS))
        case FlavorHourlyPrice():
            amount = price.amounts.get(flavor, price.amount)
            if amount is None:
                return None
            hour, month = amount * servers, amount * servers * MONTH_HOURS
        case VcpuHourlyPrice():
            hour, month = price.amount * vcpus * servers, price.amount * vcpus * servers * MONTH_HOURS
        case _:
            hour, month = price.amount * servers, price.amount * servers * MONTH_HOURS
    rate = price.billable_states.get("running", Decimal(0))
    return Quote(hour=hour * rate, month=max(month * rate, price.minimum or Decimal(0)))


def _share_of_an_hour(proration: Proration) -> Decimal:
    """What part of a monthly amount a month with one hour of use costs."""
    share = {Proration.NONE: Decimal(1), Proration.SECOND: Decimal(1) / MONTH_HOURS}.get(proration, Decimal(1) / 30)
    return share.quantize(NANO)


def _tiered(price: TieredPrice, hours: Decimal) -> Decimal:
    """What so many hours of one month cost."""
    beyond, cost = Decimal(0), Decimal(0)
    for tier in price.tiers:
        upper = hours if tier.up_to is None else min(hours, tier.up_to)
        if price.mode is TierMode.VOLUME and (tier.up_to is None or hours <= tier.up_to):
            return hours * tier.amount
        cost += max(upper - beyond, Decimal(0)) * tier.amount
        beyond = max(upper, beyond)
    return cost


def in_words(price: Price) -> str:
    """A price as a person would say it, such as ``0.12 EUR an hour``."""
    parts = [_amount_in_words(price)]
    if isinstance(price, Metered | MonthlyPrice) and price.trial is not None:
        parts.append(_trial_in_words(price.trial, price.currency))
    if isinstance(price, Metered) and price.minimum:
        parts.append(f"at least {price.minimum:f} {price.currency} a month")
    return "; ".join(parts)


def _trial_in_words(trial: Trial, currency: str) -> str:
    words = f"the first {trial.days} days " + ("free" if trial.credit is None else f"up to {trial.credit:f} {currency}")
    if trial.servers:
        words += f" on {trial.servers:,} server" + ("" if trial.servers == 1 else "s")
    return words


def _amount_in_words(price: Price) -> str:
    match price:
        case FreePrice():
            words = "free"
        case ByolPrice():
            words = "own licence"
        case FlavorHourlyPrice() | TieredPrice():
            by = "tier" if isinstance(price, TieredPrice) else "flavor"
            words = f"from {min(price.unit_amounts()):f} {price.currency} an hour, by {by}"
        case MonthlyPrice():
            words = f"{price.amount:f} {price.currency} a month{' and server' if price.per is Per.SERVER else ''}"
        case OneTimePrice():
            words = f"{price.amount:f} {price.currency} once{' a server' if price.per is Per.SERVER else ''}"
        case YearlyPrice():
            words = f"{price.amount:f} {price.currency} a year and server, upfront"
        case ContractPrice():
            covered = f"{price.upfront:f} upfront for {price.months} months of a server"
            words = f"{price.amount:f} {price.currency} an hour, or {covered}"
        case _:
            per = " and vCPU" if isinstance(price, VcpuHourlyPrice) else ""
            words = f"{price.amount:f} {price.currency} an hour{per}"
    return words


PRICE: TypeAdapter[Price] = TypeAdapter(Price)
"""Reads a price from what a batch or the warehouse says."""
