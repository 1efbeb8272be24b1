"""Rules of buying use of an offer upfront."""

from domain.policy.engine import Rule
from domain.policy.rules.offer import ON_SALE

RULES = (
    *ON_SALE,
    Rule(
        "contract.not-offered",
        when="pricing_model <> 'contract'",
        because="offer '{offer}' is not sold by contract at {starts_at}: its price is {pricing_model} then",
        remedy='see what is: imagekeeper sql "SELECT o.name, p.upfront, p.amount, p.currency, p.valid_from'
        ' FROM price_version AS p JOIN offer AS o USING (offer_id) WHERE p.upfront IS NOT NULL"',
        source="Imagekeeper: a contract is bought at the price version that holds when it begins",
    ),
    Rule(
        "contract.in-the-past",
        when="starts_at < happened_at",
        because="the contract would begin at {starts_at}, which has passed",
        remedy="let it begin now or later; what was used is charged at the price of its time",
        source="Imagekeeper: what was used is not paid for anew",
    ),
)
