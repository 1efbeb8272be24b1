"""Examples of the rules of Marketplace."""

from datetime import timedelta

from support.fakes import BEGINNING
from support.worlds.neighbourhood import CONTRACT, EUR, Example, Step, acme, by

NOW = BEGINNING + timedelta(hours=1)
"""When the examples are judged; the neighbourhood was made at the beginning."""
USD = {"model": "hourly", "amount": "1", "currency": "USD"}
FREE = {"model": "free"}


def publish(image: str, offer: str = "novelty", **said: object) -> Step:
    """Acme puts an image on sale."""
    return acme("publish_image", image=image, offer=offer, price=EUR, **said)


def buy(offer: str, **said: object) -> Step:
    """Umbrella buys a contract for two servers."""
    return by("umbrella", "buy_contract", offer=offer, servers=2, **said)


def credit(actor: str, **said: object) -> Step:
    """Somebody gives umbrella a euro back."""
    return by(actor, "grant_credit", tenants=["umbrella"], amount="1", currency="EUR", reason="goodwill", **said)


EXAMPLES = [
    Example(
        "publish.not-owner",
        "a recipient does not sell it",
        by("umbrella", "publish_image", image="lent", offer="novelty", price=EUR),
        publish("plain"),
        also=("publish.shared",),
    ),
    Example(
        "publish.not-private",
        "it is free for all",
        by("platform", "publish_image", image="public", offer="novelty", price=FREE),
        publish("plain"),
    ),
    Example("publish.already", "it has an offer", publish("sold"), publish("unsold")),
    Example("publish.encrypted", "no buyer has the key", publish("secret"), publish("plain")),
    Example("publish.shared", "umbrella has it for nothing", publish("offered"), publish("plain")),
    Example("publish.not-system-disk", "it is data", publish("data"), publish("plain")),
    Example(
        "publish.from-marketplace",
        "acme sells what it was made of",
        by("initech", "publish_image", image="resold", offer="novelty", price=EUR),
        publish("plain"),
    ),
    Example("publish.offer-taken", "that name is on sale", publish("plain", "deal"), publish("plain", "bygone")),
    Example(
        "offer.unknown", "there is none", acme("withdraw_image", offer="none"), acme("withdraw_image", offer="deal")
    ),
    Example(
        "offer.not-publisher",
        "acme sells it",
        by("initech", "withdraw_image", offer="deal"),
        acme("withdraw_image", offer="deal"),
    ),
    Example(
        "offer.not-on-sale",
        "it was withdrawn",
        acme("withdraw_image", offer="bygone"),
        acme("withdraw_image", offer="deal"),
    ),
    Example(
        "change-price.in-the-past",
        "what was used is charged as it was",
        acme("change_price", offer="deal", price=EUR, valid_from=NOW - timedelta(seconds=1)),
        acme("change_price", offer="deal", price=EUR, valid_from=NOW),
    ),
    Example(
        "change-price.out-of-order",
        "the first price begins then",
        acme("change_price", offer="deal", price=EUR, valid_from=BEGINNING, when=BEGINNING),
        acme("change_price", offer="deal", price=EUR, valid_from=BEGINNING + timedelta(seconds=1), when=BEGINNING),
    ),
    Example(
        "change-price.other-currency",
        "its sums are in EUR",
        acme("change_price", offer="deal", price=USD, valid_from=NOW),
        acme("change_price", offer="deal", price=FREE, valid_from=NOW),
    ),
    Example(
        "change-price.other-currency",
        "a licence of one's own has none",
        acme("change_price", offer="deal", price=CONTRACT | {"currency": "USD"}, valid_from=NOW),
        acme("change_price", offer="deal", price={"model": "byol"}, valid_from=NOW),
    ),
    Example("offer.unknown", "none to buy of", buy("none"), buy("term")),
    Example("offer.not-on-sale", "nobody buys of it", buy("bygone"), buy("term"), also=("contract.not-offered",)),
    Example("contract.not-offered", "it is paid by the hour", buy("deal"), buy("term")),
    Example(
        "contract.not-offered",
        "it was not yet by contract",
        buy("term", when=BEGINNING - timedelta(seconds=1)),
        buy("term", when=BEGINNING),
    ),
    Example(
        "contract.in-the-past",
        "what was used was not by contract",
        buy("term", starts_at=NOW - timedelta(seconds=1)),
        buy("term", starts_at=NOW),
    ),
    Example("offer.unknown", "none to give back for", credit("platform", offer="none"), credit("platform")),
    Example("credit.not-allowed", "it is acme's", credit("initech", offer="deal"), credit("acme", offer="deal")),
    Example(
        "credit.not-allowed",
        "who publishes and who owns the image may",
        credit("acme-shop", offer="deal"),
        credit("acme-shop", offer="term"),
    ),
    Example(
        "credit.not-allowed",
        "of withdrawn ones too",
        credit("umbrella", offer="bygone"),
        credit("acme", offer="bygone"),
    ),
    Example("credit.not-allowed", "for anything at all", credit("acme"), credit("platform")),
    Example(
        "credit.more-than-charged",
        "nothing was charged",
        credit("platform", refund_of="2026-05"),
        credit("platform"),
    ),
    Example(
        "credit.future-month",
        "June is not over",
        credit("acme", offer="deal", refund_of="2026-06"),
        credit("acme", offer="deal"),
        also=("credit.more-than-charged",),
    ),
]
