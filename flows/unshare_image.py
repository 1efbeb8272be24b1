"""The flow of one action: unshare-image."""

from prefect import flow

from domain.actions import UnshareImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="unshare-image", flow_run_name="unshare image {image} for {actor}")
async def unshare_image(
    image: str,
    tenants: list[str],
    actor: str,
    region: str,
) -> Done:
    """Stops sharing an image with tenants, at any time and without notice.

    Args:
        image: The image, by id or name.
        tenants: The tenants.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        UnshareImage(
            action="unshare_image",
            actor=actor,
            region=region,
            image=image,
            tenants=tuple(tenants),
        )
    )
