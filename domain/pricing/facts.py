"""What the rest of the product needs to know of a price model, as data. The warehouse has it in the table price_model.

SQL and the command line ask these facts instead of the names of models. So a new model with the same facts needs no
change there.
"""

from dataclasses import dataclass
from typing import Literal

from domain.vocabulary import PricingModel

Basis = Literal["time", "month", "once", "year"]
"""What begins a charge: each interval of time, each month with use, the first use, or each year of a server."""


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """The facts of one price model; the comments of the table ``price_model`` in the warehouse describe them too.

    Args:
        words: the price in words for reports. ``{amount}``, ``{upfront}``, ``{duration}`` (of a contract) and
            ``{subject}`` (``server`` or ``tenant``) stand for the terms of one price.
        unit: FOCUS's PricingUnit of a charge for use.
        basis: what begins a charge.
        has_currency: whether the price has a currency; if not, its charges of 0 are in the currency of the server.
        amount_by: on what the amount depends: the server's flavor, or the tier that the tenant's month reaches.
        counts_vcpus: whether the quantity is multiplied by the vCPUs of the flavor.
        needs_history: whether metering must read all use ever recorded, not only that of the month. It is False if an
            hour costs the same whatever was used before it.
        allows_trial: whether a trial can cover use at this price, whichever price version began the trial.
        commitment: FOCUS's CommitmentDiscountType if an upfront payment covers use; None for the other models.
    """

    words: str
    unit: str = "Hours"
    basis: Basis = "time"
    has_currency: bool = True
    amount_by: Literal["flavor", "tier"] | None = None
    counts_vcpus: bool = False
    needs_history: bool = False
    allows_trial: bool = False
    commitment: str | None = None

    def as_row(self, model: PricingModel) -> tuple[object, ...]:
        """A row of the table ``price_model``."""
        return (
            model.value,
            self.words,
            self.unit,
            self.basis,
            self.has_currency,
            self.amount_by,
            self.counts_vcpus,
            self.needs_history,
            self.allows_trial,
            self.commitment,
        )
