"""An amount upfront for each year of a server."""

from typing import ClassVar, Literal

from pydantic import Field

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch, Quote
from domain.pricing.terms import Amount, Paid
from domain.vocabulary import PricingModel


class YearlyPrice(Paid):
    """An amount upfront for a year of a server, at its first use and whenever a year ends while the server exists."""

    model: Literal[PricingModel.YEARLY]
    amount: Amount = Field(description="the amount for a year of one server")
    facts: ClassVar[PriceFacts] = PriceFacts(
        "{amount} a year and server", unit="Years", basis="year", needs_history=True, commitment="Yearly Subscription"
    )

    def quote(self, launch: Launch) -> Quote:
        """What a launch costs at once: the first year of each server."""
        return Quote(once=self.amount * launch.servers)

    def in_words(self) -> str:
        """The amount for a year of a server."""
        return f"{self.amount:f} {self.currency} a year and server, upfront"
