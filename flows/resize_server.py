"""The flow of one action: resize-server."""

from prefect import flow

from domain.actions import ResizeServer
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="resize-server", flow_run_name="resize server {server} for {actor}")
async def resize_server(
    server: str,
    flavor: str,
    actor: str,
    region: str,
) -> Done:
    """Gives a server another flavor; a new span of use begins.

    Args:
        server: The server, by id or name.
        flavor: The flavor, such as s3.large.2.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        ResizeServer(
            action="resize_server",
            actor=actor,
            region=region,
            server=server,
            flavor=flavor,
        )
    )
