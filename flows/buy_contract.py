"""The flow of one action: buy-contract."""

from datetime import datetime

from prefect import flow

from domain.actions import BuyContract
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="buy-contract", flow_run_name="buy contract {offer} for {actor}")
async def buy_contract(
    offer: str,
    servers: int,
    actor: str,
    region: str,
    starts_at: datetime | None = None,
) -> Done:
    """Buys use of an offer upfront: for so many servers at once, as long as the offer's contract price says.

    Args:
        offer: The offer, by id or name.
        servers: For how many servers at once.
        actor: The tenant that acts, and pays.
        region: The region.
        starts_at: From when on it holds; from now on, where left out.
    """
    return await carry_out_one(
        BuyContract(
            action="buy_contract",
            actor=actor,
            region=region,
            offer=offer,
            servers=servers,
            starts_at=starts_at,
        )
    )
