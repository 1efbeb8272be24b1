"""The flow of one action: export-image."""

from prefect import flow

from domain.actions import ExportImage
from domain.words import DiskFormat
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="export-image", flow_run_name="export image {image} for {actor}")
async def export_image(
    image: str,
    file: str,
    actor: str,
    region: str,
    disk_format: DiskFormat | None = None,
) -> Done:
    """Writes an image to a file, in the format it has.

    Args:
        image: The image, by id or name.
        file: The file to write, in the import folder.
        actor: The tenant that acts.
        region: The region.
        disk_format: The format it must have; as stored, where left out.
    """
    return await carry_out_one(
        ExportImage(
            action="export_image",
            actor=actor,
            region=region,
            image=image,
            file=file,
            disk_format=disk_format,
        )
    )
