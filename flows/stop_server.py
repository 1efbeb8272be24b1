"""The flow of one action: stop-server."""

from prefect import flow

from domain.actions import StopServer
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="stop-server", flow_run_name="stop server {server} for {actor}")
async def stop_server(
    server: str,
    actor: str,
    region: str,
) -> Done:
    """Stops a server; a new span of use begins.

    Args:
        server: The server, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        StopServer(
            action="stop_server",
            actor=actor,
            region=region,
            server=server,
        )
    )
