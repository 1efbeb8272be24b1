"""Rules of all actions on an offer."""

from domain.policy.engine import Rule

UNKNOWN = Rule(
    "offer.unknown",
    when="offer_matches <> 1",
    because="there is no offer '{offer}'",
    remedy='list the offers: imagekeeper sql "SELECT offer_id, name, publisher FROM offer"',
    source="IMS error IMG.0042",
    alone=True,
)
NOT_PUBLISHER = Rule(
    "offer.not-publisher",
    when="publisher <> actor AND seller <> actor",
    because="offer '{offer}' belongs to {publisher}",
    remedy="ask {publisher}",
    source="IMS error IMG.0047",
)
NOT_ON_SALE = Rule(
    "offer.not-on-sale",
    when="NOT on_sale",
    because="offer '{offer}' has been withdrawn",
    remedy="publish the image again",
    source="IMS error IMG.0050: the offer must be on sale",
)
ON_SALE = (UNKNOWN, NOT_ON_SALE)
OWN = (UNKNOWN, NOT_PUBLISHER, NOT_ON_SALE)
