"""The flow of one action: start-server."""

from prefect import flow

from domain.actions import StartServer
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="start-server", flow_run_name="start server {server} for {actor}")
async def start_server(
    server: str,
    actor: str,
    region: str,
) -> Done:
    """Starts a stopped server; a new span of use begins.

    Args:
        server: The server, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        StartServer(
            action="start_server",
            actor=actor,
            region=region,
            server=server,
        )
    )
