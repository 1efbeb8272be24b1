"""Examples of the rules of Marketplace."""

from datetime import timedelta

from fakes import BEGINNING
from neighbourhood import EUR, Example, Step, acme, by

NOW = BEGINNING + timedelta(hours=1)
"""When the examples are judged; the neighbourhood was made at the beginning."""
USD = {"model": "hourly", "amount": "1", "currency": "USD"}
FREE = {"model": "free"}


def publish(image: str, offer: str = "novelty", **said: object) -> Step:
    """Acme puts an image on sale."""
    return acme("publish_image", image=image, offer=offer, price=EUR, **said)


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
]
