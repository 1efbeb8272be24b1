"""The flow of one action: withdraw-image."""

from prefect import flow

from domain.actions import WithdrawImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="withdraw-image", flow_run_name="withdraw image {offer} for {actor}")
async def withdraw_image(
    offer: str,
    actor: str,
    region: str,
) -> Done:
    """Takes an offer off the shelf: no new launches; servers that run go on, and go on being charged.

    Args:
        offer: The offer, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        WithdrawImage(
            action="withdraw_image",
            actor=actor,
            region=region,
            offer=offer,
        )
    )
