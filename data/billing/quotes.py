"""The cost of planned launches: the servers and, separately, the offers of their images."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import duckdb

from data.warehouse.pipeline import step
from data.warehouse.rows import records
from domain.pricing import MONTH_HOURS, PRICE, Quote, in_words, quote


@dataclass(frozen=True, slots=True)
class LaunchCost:
    """The cost of a launch whose servers do not stop; amounts are for all its servers together.

    ``server`` is None if the cloud has no price for the flavor, ``image`` if the offer's price has no amount for it.
    """

    seq: int
    flavor: str
    servers: int
    server: Quote | None
    server_currency: str
    image: Quote | None
    image_currency: str
    offer: str | None
    price: str


def quotes(con: duckdb.DuckDBPyConnection) -> Iterator[LaunchCost]:
    """The costs of the launches that the policy has just allowed; reads the temporary tables of the lifecycle."""
    for row in list(records(con, step("billing/sql/quotes/launch_server").query)):
        yield _cost(**row)


def _cost(
    seq: int,
    flavor: str,
    servers: int,
    vcpus: int,
    hourly: Decimal | None,
    server_currency: str | None,
    offer: str | None,
    terms: str | None,
) -> LaunchCost:
    an_hour = None if hourly is None else hourly * servers
    currency = server_currency or "EUR"
    image, image_currency, price = _image(terms, flavor, vcpus, servers)
    return LaunchCost(
        seq=seq,
        flavor=flavor,
        servers=servers,
        server=None if an_hour is None else Quote(hour=an_hour, month=an_hour * MONTH_HOURS),
        server_currency=currency,
        image=image,
        image_currency=image_currency or currency,
        offer=offer,
        price=price,
    )


@lru_cache(maxsize=4096)
def _image(terms: str | None, flavor: str, vcpus: int, servers: int) -> tuple[Quote | None, str | None, str]:
    """The quote of an image, its currency, and its price in words. Cached: many launches are alike."""
    if terms is None:
        return Quote(), None, "no offer"
    price = PRICE.validate_python(json.loads(terms))
    return quote(price, flavor=flavor, vcpus=vcpus, servers=servers), getattr(price, "currency", None), in_words(price)
