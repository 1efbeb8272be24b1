"""Rules of giving tenants money back."""

from domain.policy.engine import Rule
from domain.policy.rules.offer import UNKNOWN

RULES = (
    UNKNOWN,
    Rule(
        "credit.not-allowed",
        when="actor <> 'platform' AND (offer IS NULL OR (publisher <> actor AND seller <> actor))",
        because="{actor} neither sells what the credit is for, nor is the platform",
        remedy="name an offer of your own, or ask who sells it; credit for no offer in particular is the platform's",
        source="Imagekeeper: who gives money back is who would have got it",
    ),
    Rule(
        "credit.more-than-charged",
        when="refund_of IS NOT NULL AND amount > refundable",
        because="of what {tenant} was charged in {refund_of}, {refundable_text} {currency} is left to refund",
        remedy="refund no more than that, or leave refund_of out: a credit may be any amount",
        source="Imagekeeper: a refund takes back what was charged, once",
    ),
    Rule(
        "credit.future-month",
        when="refund_of IS NOT NULL AND refund_of >= this_month",
        because="{refund_of} is not over: it is {this_month}",
        remedy="refund a month that is over, or leave refund_of out",
        source="Imagekeeper: what a month comes to is known when it is over",
    ),
)
