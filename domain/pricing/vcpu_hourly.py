"""An amount for each hour of each vCPU."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from domain.pricing.facts import PriceFacts
from domain.pricing.quotes import Launch
from domain.pricing.terms import Amount, Metered
from domain.vocabulary import PricingModel


class VcpuHourlyPrice(Metered):
    """An amount for each hour of each vCPU of the server's flavor."""

    model: Literal[PricingModel.VCPU_HOURLY]
    amount: Amount = Field(description="the amount for an hour")
    facts: ClassVar[PriceFacts] = PriceFacts(
        "{amount} an hour and vCPU", unit="vCPU-Hours", counts_vcpus=True, allows_trial=True
    )

    def unit_amounts(self) -> Iterator[Decimal]:
        """The amount for an hour of a vCPU."""
        yield self.amount

    def cost(self, launch: Launch, hours: int) -> Decimal:
        """What ``hours`` of all vCPUs of each server cost."""
        return self.amount * launch.vcpus * launch.servers * hours

    def in_words(self) -> str:
        """The amount for an hour of a vCPU."""
        return f"{self.amount:f} {self.currency} an hour and vCPU"
