"""Rules of buying a contract."""

from domain.policy.engine import Rule
from domain.policy.rules.offer import ON_SALE

RULES = (
    *ON_SALE,
    Rule(
        "contract.not-offered",
        when="pricing_model <> 'contract'",
        because="offer '{offer}' has no contract price at {starts_at}: its price model is {pricing_model} then",
        remedy='list the contract prices: imagekeeper sql "SELECT o.name, p.upfront, p.amount, p.currency, p.valid_from'
        ' FROM price_version AS p JOIN offer AS o USING (offer_id) WHERE p.upfront IS NOT NULL"',
        source="Imagekeeper: a contract has the price version that is valid when it begins",
    ),
    Rule(
        "contract.in-the-past",
        when="starts_at < happened_at",
        because="the contract would begin at {starts_at}, which is in the past",
        remedy="begin the contract now or later; past usage is charged at the price that was valid then",
        source="Imagekeeper: past usage is not charged again",
    ),
)
