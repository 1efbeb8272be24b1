"""The flow of one action: update-image."""

from prefect import flow

from domain.actions import UpdateImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="update-image", flow_run_name="update image {image} for {actor}")
async def update_image(
    image: str,
    actor: str,
    region: str,
    name: str | None = None,
    description: str | None = None,
    tags: list[str] | None = None,
    protected: bool | None = None,
    min_disk_gb: int | None = None,
    min_ram_mb: int | None = None,
) -> Done:
    """Changes what an image says of itself; what is left out stays.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
        name: A new name.
        description: What it is for.
        tags: Labels to find it by.
        protected: Whether it is kept from being deleted.
        min_disk_gb: The smallest system disk it fits on, in GB.
        min_ram_mb: The least memory it needs, in MB; 0 is no limit.
    """
    return await carry_out_one(
        UpdateImage(
            action="update_image",
            actor=actor,
            region=region,
            image=image,
            name=name,
            description=description,
            tags=None if tags is None else tuple(tags),
            protected=protected,
            min_disk_gb=min_disk_gb,
            min_ram_mb=min_ram_mb,
        )
    )
