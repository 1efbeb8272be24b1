"""The flow of one action: capture-volume."""

from typing import Literal

from prefect import flow

from domain.actions import CaptureVolume
from domain.words import ImageType
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="capture-volume", flow_run_name="capture volume {name} for {actor}")
async def capture_volume(
    volume: str,
    name: str,
    image_type: Literal[ImageType.SYSTEM_DISK, ImageType.DATA_DISK],
    actor: str,
    region: str,
) -> Done:
    """Makes an image of an EVS disk.

    Args:
        volume: The disk, by id or name.
        name: The new image's name.
        image_type: What it contains.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        CaptureVolume(
            action="capture_volume",
            actor=actor,
            region=region,
            volume=volume,
            name=name,
            image_type=image_type,
        )
    )
