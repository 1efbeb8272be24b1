"""The flow of one action: deprecate-image."""

from prefect import flow

from domain.actions import DeprecateImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="deprecate-image", flow_run_name="deprecate image {image} for {actor}")
async def deprecate_image(
    image: str,
    actor: str,
    region: str,
) -> Done:
    """Marks an image as superseded; it can still be used.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        DeprecateImage(
            action="deprecate_image",
            actor=actor,
            region=region,
            image=image,
        )
    )
