"""Rules of changing the price of an offer."""

from domain.policy.engine import Rule
from domain.policy.rules.offer import OWN

RULES = (
    *OWN,
    Rule(
        "change-price.in-the-past",
        when="valid_from < happened_at",
        because="the new price would be valid from {valid_from}, which is in the past",
        remedy="set valid_from to now or later; past usage is charged at the price that was valid then",
        source="Imagekeeper: a price version of the past never changes",
    ),
    Rule(
        "change-price.out-of-order",
        when="last_price_from IS NULL OR valid_from <= last_price_from",
        because="a price that is valid from {last_price_from} is already set",
        remedy="set valid_from to a later time",
        source="Imagekeeper: price versions follow one another without overlap",
    ),
    Rule(
        "change-price.other-currency",
        when="currency IS NOT NULL AND new_currency IS NOT NULL AND currency <> new_currency",
        because="offer '{offer}' is priced in {currency}, not {new_currency}",
        remedy="price it in {currency}, or publish another offer",
        source="Imagekeeper: all amounts of an offer have one currency",
    ),
)
