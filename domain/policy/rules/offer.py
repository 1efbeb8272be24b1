"""Rules of every action on an offer."""

from domain.policy.engine import Rule

UNKNOWN = Rule(
    "offer.unknown",
    when="offer_matches <> 1",
    because="there is no offer '{offer}'",
    remedy='see what is on sale: imagekeeper sql "SELECT offer_id, name, publisher FROM offer"',
    source="IMS error IMG.0042",
    alone=True,
)
NOT_PUBLISHER = Rule(
    "offer.not-publisher",
    when="publisher <> actor AND seller <> actor",
    because="offer '{offer}' is {publisher}'s",
    remedy="ask {publisher}",
    source="IMS error IMG.0047",
)
NOT_ON_SALE = Rule(
    "offer.not-on-sale",
    when="NOT on_sale",
    because="offer '{offer}' has been withdrawn",
    remedy="publish the image again",
    source="IMS error IMG.0050: only what is on sale",
)
ON_SALE = (UNKNOWN, NOT_ON_SALE)
OWN = (UNKNOWN, NOT_PUBLISHER, NOT_ON_SALE)
