"""The flow of one action: reject-share."""

from prefect import flow

from domain.actions import RejectShare
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="reject-share", flow_run_name="reject share {image} for {actor}")
async def reject_share(
    image: str,
    actor: str,
    region: str,
) -> Done:
    """The recipient hides a share from its list of images; the access stays.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        RejectShare(
            action="reject_share",
            actor=actor,
            region=region,
            image=image,
        )
    )
