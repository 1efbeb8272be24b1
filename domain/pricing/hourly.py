"""An amount for each hour of a server."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch
from domain.pricing.terms import Amount, Metered
from domain.vocabulary import PricingModel


class HourlyPrice(Metered):
    """A flat amount for each hour that a server from the image exists and runs."""

    model: Literal[PricingModel.HOURLY]
    amount: Amount = Field(description="the amount for an hour")
    facts: ClassVar[PriceFacts] = PriceFacts("{amount} an hour", allows_trial=True)

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour."""
        yield self.amount

    def cost(self, launch: Launch, hours: int) -> Decimal:
        """What ``hours`` of each server cost."""
        return self.amount * launch.servers * hours

    def in_words(self) -> str:
        """The amount for an hour."""
        return f"{self.amount:f} {self.currency} an hour"
