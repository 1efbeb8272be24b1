"""An amount for each hour that depends on the server's flavor."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch
from domain.pricing.terms import Amount, Metered
from domain.vocabulary import Name, PricingModel


class FlavorHourlyPrice(Metered):
    """An amount an hour that depends on the flavor; ``amount`` is for flavors that are not listed."""

    model: Literal[PricingModel.FLAVOR_HOURLY]
    amounts: Annotated[dict[Name, Amount], Field(min_length=1, description="the amount for an hour of each flavor")]
    amount: Amount | None = Field(None, description="the amount for an hour of all other flavors")
    facts: ClassVar[PriceFacts] = PriceFacts("{amount} an hour, by flavor", amount_by="flavor", allows_trial=True)

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour of each flavor."""
        yield from self.amounts.values()
        if self.amount is not None:
            yield self.amount

    def cost(self, launch: Launch, hours: int) -> Decimal | None:
        """What ``hours`` of each server cost; None if the flavor is not listed and there is no ``amount``."""
        amount = self.amounts.get(launch.flavor, self.amount)
        return None if amount is None else amount * launch.servers * hours

    def in_words(self) -> str:
        """The lowest amount for an hour."""
        return f"from {min(self.unit_amounts()):f} {self.currency} an hour, by flavor"
