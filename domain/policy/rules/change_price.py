"""Rules of changing an offer's price."""

from domain.policy.engine import Rule
from domain.policy.rules.offer import OWN

RULES = (
    *OWN,
    Rule(
        "change-price.in-the-past",
        when="valid_from < happened_at",
        because="the new price would hold from {valid_from} on, which has passed",
        remedy="let it hold from now or later; what was used is charged at the price of its time",
        source="Imagekeeper: prices are versions, a past one is never rewritten",
    ),
    Rule(
        "change-price.out-of-order",
        when="last_price_from IS NULL OR valid_from <= last_price_from",
        because="a price is already set from {last_price_from} on",
        remedy="let the new price begin later than that",
        source="Imagekeeper: price versions neither overlap nor swap places",
    ),
    Rule(
        "change-price.other-currency",
        when="currency IS NOT NULL AND new_currency IS NOT NULL AND currency <> new_currency",
        because="offer '{offer}' is priced in {currency}, not {new_currency}",
        remedy="price it in {currency}, or publish another offer",
        source="Imagekeeper: an offer's sums have one currency",
    ),
)
