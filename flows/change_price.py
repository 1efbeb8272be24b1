"""The flow of one action: change-price."""

from datetime import datetime

from prefect import flow

from domain.actions import ChangePrice
from domain.words import PricingModel
from flows.apply import Done
from flows.one import carry_out_one, price_of


@flow(name="change-price", flow_run_name="change price {offer} for {actor}")
async def change_price(
    offer: str,
    price_model: PricingModel,
    valid_from: datetime,
    actor: str,
    region: str,
    price_amount: str | None = None,
    price_currency: str | None = None,
) -> Done:
    """Gives an offer a new price from a time on; what was used before keeps the old one.

    Args:
        offer: The offer, by id or name.
        price_model: How it is paid for.
        valid_from: From when on the new price holds.
        actor: The tenant that acts.
        region: The region.
        price_amount: The price of an hour, such as 0.12.
        price_currency: Its currency, such as EUR.
    """
    return await carry_out_one(
        ChangePrice(
            action="change_price",
            actor=actor,
            region=region,
            offer=offer,
            price=price_of(price_model, price_amount, price_currency),
            valid_from=valid_from,
        )
    )
