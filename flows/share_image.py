"""The flow of one action: share-image."""

from prefect import flow

from domain.actions import ShareImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="share-image", flow_run_name="share image {image} for {actor}")
async def share_image(
    image: str,
    tenants: list[str],
    actor: str,
    region: str,
) -> Done:
    """Shares a private image with tenants; ``region`` is where they are to use it.

    Args:
        image: The image, by id or name.
        tenants: The tenants.
        actor: The tenant that acts.
        region: Where the tenants are to use it.
    """
    return await carry_out_one(
        ShareImage(
            action="share_image",
            actor=actor,
            region=region,
            image=image,
            tenants=tuple(tenants),
        )
    )
