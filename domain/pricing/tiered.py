"""An amount for each hour that depends on the tenant's use in the month."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch
from domain.pricing.terms import Amount, Hours, Metered
from domain.vocabulary import PricingModel, TierMode


class Tier(BaseModel):
    """An amount for an hour up to a number of hours in the month; the last tier has no end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    up_to: Hours | None = Field(None, description="the hours of the month at which the tier ends")
    amount: Amount = Field(description="the amount for an hour")


class TieredPrice(Metered):
    """An amount an hour that depends on the hours of all servers of the tenant in the month."""

    model: Literal[PricingModel.TIERED]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=20, description="the tiers, in ascending order")]
    mode: TierMode = Field(TierMode.GRADUATED, description="graduated: each hour by its tier; volume: all by the last")

    facts: ClassVar[PriceFacts] = PriceFacts(
        "{amount} an hour, by tier", amount_by="tier", needs_history=True, allows_trial=True
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        ends = [tier.up_to for tier in self.tiers[:-1]]
        if self.tiers[-1].up_to is not None or None in ends or ends != sorted(set(ends), key=lambda end: end or 0):
            raise ValueError("tiers ascend by up_to, and only the last one has none")
        return self

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour in each tier."""
        yield from (tier.amount for tier in self.tiers)

    def cost(self, launch: Launch, hours: int) -> Decimal:
        """What ``hours`` of each server cost in one month in which the tenant uses nothing else of the offer."""
        used = Decimal(hours * launch.servers)
        lower, cost = Decimal(0), Decimal(0)
        for tier in self.tiers:
            upper = used if tier.up_to is None else min(used, tier.up_to)
            if self.mode is TierMode.VOLUME and (tier.up_to is None or used <= tier.up_to):
                return used * tier.amount
            cost += max(upper - lower, Decimal(0)) * tier.amount
            lower = max(upper, lower)
        return cost

    def in_words(self) -> str:
        """The lowest amount for an hour."""
        return f"from {min(self.unit_amounts()):f} {self.currency} an hour, by tier"
