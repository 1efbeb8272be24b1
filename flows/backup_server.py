"""The flow of one action: backup-server."""

from prefect import flow

from domain.actions import BackupServer
from domain.words import BackupService
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="backup-server", flow_run_name="backup server {server} for {actor}")
async def backup_server(
    server: str,
    service: BackupService,
    actor: str,
    region: str,
) -> Done:
    """Backs a server up, so that a full-ECS image can be made of the backup.

    Args:
        server: The server, by id or name.
        service: What makes the backup.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        BackupServer(
            action="backup_server",
            actor=actor,
            region=region,
            server=server,
            service=service,
        )
    )
