"""The flow of one action: terminate-server."""

from prefect import flow

from domain.actions import TerminateServer
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="terminate-server", flow_run_name="terminate server {server} for {actor}")
async def terminate_server(
    server: str,
    actor: str,
    region: str,
) -> Done:
    """Ends a server for good.

    Args:
        server: The server, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        TerminateServer(
            action="terminate_server",
            actor=actor,
            region=region,
            server=server,
        )
    )
