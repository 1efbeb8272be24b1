"""The flow of one action: capture-server."""

from typing import Literal

from prefect import flow

from domain.actions import CaptureServer
from domain.words import BackupService, ImageType
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="capture-server", flow_run_name="capture server {name} for {actor}")
async def capture_server(
    server: str,
    name: str,
    image_type: Literal[ImageType.SYSTEM_DISK, ImageType.DATA_DISK, ImageType.FULL_ECS],
    actor: str,
    region: str,
    volume: str | None = None,
    backup_service: BackupService | None = None,
) -> Done:
    """Makes an image of an ECS or BMS: its system disk, a data disk, or all of it.

    Args:
        server: The server, by id or name.
        name: The new image's name.
        image_type: What it contains.
        actor: The tenant that acts.
        region: The region.
        volume: The data disk, for data_disk.
        backup_service: What backs the server up, for full_ecs; csbs, where left out, whose images cannot be shared.
    """
    return await carry_out_one(
        CaptureServer(
            action="capture_server",
            actor=actor,
            region=region,
            server=server,
            name=name,
            image_type=image_type,
            volume=volume,
            backup_service=backup_service,
        )
    )
