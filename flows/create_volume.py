"""The flow of one action: create-volume."""

from prefect import flow

from domain.actions import CreateVolume
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="create-volume", flow_run_name="create volume {image} for {actor}")
async def create_volume(
    image: str,
    name: str,
    size_gb: int,
    actor: str,
    region: str,
) -> Done:
    """Makes an EVS disk from a data-disk image.

    Args:
        image: The image, by id or name.
        name: The disk's name.
        size_gb: The disk's size in GB.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        CreateVolume(
            action="create_volume",
            actor=actor,
            region=region,
            image=image,
            name=name,
            size_gb=size_gb,
        )
    )
