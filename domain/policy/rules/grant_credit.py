"""Rules of granting credits and refunds."""

from domain.policy.engine import Rule
from domain.policy.rules.offer import UNKNOWN

RULES = (
    UNKNOWN,
    Rule(
        "credit.not-allowed",
        when="actor <> 'platform' AND (offer IS NULL OR (publisher <> actor AND seller <> actor))",
        because="{actor} is neither the seller of the offer nor the platform",
        remedy="name an offer of your own, or ask the seller; only the platform can grant credit without an offer",
        source="Imagekeeper: only the seller of an offer or the platform can grant credit for it",
    ),
    Rule(
        "credit.more-than-charged",
        when="refund_of IS NOT NULL AND amount > refundable",
        because="of the charges of {tenant} in {refund_of}, {refundable_text} {currency} can still be refunded",
        remedy="refund at most this amount, or leave out refund_of: a credit can have any amount",
        source="Imagekeeper: a charge can be refunded only once",
    ),
    Rule(
        "credit.future-month",
        when="refund_of IS NOT NULL AND refund_of >= this_month",
        because="{refund_of} has not ended: the current month is {this_month}",
        remedy="refund a month that has ended, or leave out refund_of",
        source="Imagekeeper: the charges of a month are complete when it has ended",
    ),
)
