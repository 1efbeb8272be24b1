"""The flow of one action: capture-backup."""

from prefect import flow

from domain.actions import CaptureBackup
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="capture-backup", flow_run_name="capture backup {name} for {actor}")
async def capture_backup(
    backup: str,
    name: str,
    actor: str,
    region: str,
) -> Done:
    """Makes a full-ECS image of a server backup.

    Args:
        backup: The backup, by id.
        name: The new image's name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        CaptureBackup(
            action="capture_backup",
            actor=actor,
            region=region,
            backup=backup,
            name=name,
        )
    )
