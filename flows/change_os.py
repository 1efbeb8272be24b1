"""The flow of one action: change-os."""

from prefect import flow

from domain.actions import ChangeOs
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="change-os", flow_run_name="change os {image} for {actor}")
async def change_os(
    image: str,
    server: str,
    actor: str,
    region: str,
) -> Done:
    """Replaces a server's system disk by one from an image; data disks stay.

    Args:
        image: The image, by id or name.
        server: The server, by id or name.
        actor: The tenant that acts.
        region: The region.
    """
    return await carry_out_one(
        ChangeOs(
            action="change_os",
            actor=actor,
            region=region,
            image=image,
            server=server,
        )
    )
