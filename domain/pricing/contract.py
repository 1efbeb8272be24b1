"""Use bought upfront for a number of servers, and an amount for each hour beyond that."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch
from domain.pricing.terms import Amount, Metered
from domain.vocabulary import PricingModel


class ContractPrice(Metered):
    """An upfront payment for each server that ``buy_contract`` covers; ``amount`` an hour for other servers."""

    model: Literal[PricingModel.CONTRACT]
    upfront: Amount = Field(description="the amount for the term of one server, paid at its beginning")
    months: Annotated[int, Field(ge=1, le=60)] = Field(12, description="how long a contract runs, in calendar months")
    amount: Amount = Field(description="the amount for an hour that no contract covers")
    facts: ClassVar[PriceFacts] = PriceFacts(
        "{upfront} upfront for {duration}, else {amount} an hour",
        needs_history=True,
        allows_trial=True,
        commitment="Contract",
    )

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour that no contract covers."""
        yield self.amount

    def cost(self, launch: Launch, hours: int) -> Decimal:
        """What ``hours`` of each server cost that no contract covers."""
        return self.amount * launch.servers * hours

    def in_words(self) -> str:
        """The amount for an hour, and what a contract costs."""
        covered = f"{self.upfront:f} upfront for {self.months} months of a server"
        return f"{self.amount:f} {self.currency} an hour, or {covered}"
