"""The flow of one action: reactivate-image."""

from prefect import flow

from domain.actions import ReactivateImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="reactivate-image", flow_run_name="reactivate image {image} for {actor}")
async def reactivate_image(
    image: str,
    actor: str,
    region: str,
) -> Done:
    """Makes a deactivated image usable again.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        ReactivateImage(
            action="reactivate_image",
            actor=actor,
            region=region,
            image=image,
        )
    )
