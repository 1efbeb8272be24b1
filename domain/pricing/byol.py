"""Bring your own licence."""

from typing import ClassVar, Literal

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch, Quote
from domain.pricing.terms import Terms
from domain.vocabulary import PricingModel


class ByolPrice(Terms):
    """Bring your own licence: the image costs nothing here, because the tenant has a licence from elsewhere."""

    model: Literal[PricingModel.BYOL]
    # running time is a charge of 0
    facts: ClassVar[PriceFacts] = PriceFacts("own licence", has_currency=False)

    def quote(self, launch: Launch) -> Quote:  # noqa: ARG002 - the same for every launch
        """Nothing."""
        return Quote()

    def in_words(self) -> str:
        """The name, as people say it."""
        return self.facts.words
