"""An amount at the first use."""

from typing import ClassVar, Literal

from pydantic import Field

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch, Quote
from domain.pricing.terms import Amount, Paid
from domain.vocabulary import Per, PricingModel


class OneTimePrice(Paid):
    """An amount once, for each server or for a tenant, at the first use."""

    model: Literal[PricingModel.ONE_TIME]
    amount: Amount = Field(description="the amount at the first use")
    per: Per = Field(Per.SERVER, description="what pays the amount: each server, or the tenant once for all")
    facts: ClassVar[PriceFacts] = PriceFacts(
        "{amount} once a {subject}", unit="Units", basis="once", needs_history=True
    )

    def quote(self, launch: Launch) -> Quote:
        """What a launch costs at once."""
        return Quote(once=self.amount * (launch.servers if self.per is Per.SERVER else 1))

    def in_words(self) -> str:
        """The amount, and whether each server costs it."""
        return f"{self.amount:f} {self.currency} once{' a server' if self.per is Per.SERVER else ''}"
