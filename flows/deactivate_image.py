"""The flow of one action: deactivate-image."""

from prefect import flow

from domain.actions import DeactivateImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="deactivate-image", flow_run_name="deactivate image {image} for {actor}")
async def deactivate_image(
    image: str,
    actor: str,
    region: str,
) -> Done:
    """Makes an image unusable until it is reactivated.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        DeactivateImage(
            action="deactivate_image",
            actor=actor,
            region=region,
            image=image,
        )
    )
