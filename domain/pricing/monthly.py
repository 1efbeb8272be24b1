"""An amount for each month with use."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import MONTH_HOURS, Launch, Quote
from domain.pricing.terms import NANO, Amount, Paid, TimeZone, Trial
from domain.vocabulary import Per, PricingModel, Proration


class MonthlyPrice(Paid):
    """An amount a calendar month, for each server or for all of a tenant's servers together."""

    model: Literal[PricingModel.MONTHLY]
    amount: Amount = Field(description="the amount for a calendar month")
    per: Per = Field(Per.SERVER, description="what pays the amount: each server, or the tenant once for all")
    proration: Proration = Field(Proration.NONE, description="what part of the amount a part of the month costs")
    time_zone: TimeZone = Field("UTC", description="whose months and days count")
    trial: Trial | None = Field(None, description="the free first days of a tenant")

    facts: ClassVar[PriceFacts] = PriceFacts(
        "{amount} a month and {subject}", unit="Months", basis="month", needs_history=True, allows_trial=True
    )

    @model_validator(mode="after")
    def _no_credit(self) -> Self:
        if self.trial is not None and self.trial.credit is not None:
            raise ValueError("a monthly price has a trial of days, not of credit")
        return self

    def quote(self, launch: Launch) -> Quote:
        """What a launch costs; the first hour costs what a month with one hour of use costs."""
        amount = self.amount * (launch.servers if self.per is Per.SERVER else 1)
        return Quote(hour=amount * self._share_of_an_hour(), month=amount)

    def in_words(self) -> str:
        """The amount for a month."""
        return f"{self.amount:f} {self.currency} a month{' and server' if self.per is Per.SERVER else ''}"

    def extras_in_words(self) -> Iterator[str]:
        """The trial."""
        if self.trial is not None:
            yield self.trial.in_words(self.currency)

    def _share_of_an_hour(self) -> Decimal:
        """The share of the amount that a month with one hour of use costs."""
        share = {Proration.NONE: Decimal(1), Proration.SECOND: Decimal(1) / MONTH_HOURS}
        return share.get(self.proration, Decimal(1) / 30).quantize(NANO)
