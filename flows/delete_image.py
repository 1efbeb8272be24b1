"""The flow of one action: delete-image."""

from prefect import flow

from domain.actions import DeleteImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="delete-image", flow_run_name="delete image {image} for {actor}")
async def delete_image(
    image: str,
    actor: str,
    region: str,
) -> Done:
    """Deletes an image; servers made from it run on.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        DeleteImage(
            action="delete_image",
            actor=actor,
            region=region,
            image=image,
        )
    )
