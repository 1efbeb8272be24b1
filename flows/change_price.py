"""The flow of one action: change-price."""

from datetime import datetime

from prefect import flow

from domain.actions import ChangePrice
from domain.pricing import Price
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="change-price", flow_run_name="change price {offer} for {actor}")
async def change_price(
    offer: str,
    price: Price,
    valid_from: datetime,
    actor: str,
    region: str,
) -> Done:
    """Gives an offer a new price from a time on; what was used before keeps the old one.

    Args:
        offer: The offer, by id or name.
        price: How it is paid for; model says which way.
        valid_from: From when on the new price holds.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        ChangePrice(
            action="change_price",
            actor=actor,
            region=region,
            offer=offer,
            price=price,
            valid_from=valid_from,
        )
    )
