"""The flow of one action: accept-share."""

from prefect import flow

from domain.actions import AcceptShare
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="accept-share", flow_run_name="accept share {image} for {actor}")
async def accept_share(
    image: str,
    actor: str,
    region: str,
) -> Done:
    """The recipient takes a share into its list of images.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        AcceptShare(
            action="accept_share",
            actor=actor,
            region=region,
            image=image,
        )
    )
