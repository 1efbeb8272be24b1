"""The flow of one action: launch-server."""

from prefect import flow

from domain.actions import LaunchServer
from domain.words import Target
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="launch-server", flow_run_name="launch server {image} for {actor}")
async def launch_server(
    image: str,
    name: str,
    flavor: str,
    actor: str,
    region: str,
    count: int = 1,
    target: Target | None = None,
) -> Done:
    """Starts servers from an image.

    Args:
        image: The image, by id or name.
        name: The server's name.
        flavor: The flavor, such as s3.large.2.
        actor: The tenant that acts.
        region: The region.
        count: How many servers.
        target: ECS or BMS; the flavor's, where left out.
    """
    return await carry_out_one(
        LaunchServer(
            action="launch_server",
            actor=actor,
            region=region,
            image=image,
            name=name,
            flavor=flavor,
            count=count,
            target=target,
        )
    )
