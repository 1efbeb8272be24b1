"""The flow of one action: import-image."""

from prefect import flow

from domain.actions import ImportImage, Os
from domain.words import Architecture, DiskFormat, ImageType, OsType, Target
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="import-image", flow_run_name="import image {name} for {actor}")
async def import_image(
    name: str,
    file: str,
    image_type: ImageType,
    min_disk_gb: int,
    actor: str,
    region: str,
    os_type: OsType | None = None,
    os_distribution: str | None = None,
    os_version: str | None = None,
    min_ram_mb: int = 0,
    target: Target = Target.ECS,
    architecture: Architecture = Architecture.X86,
    disk_format: DiskFormat | None = None,
    encrypted: bool = False,
    kms_key: str | None = None,
    description: str | None = None,
    tags: list[str] | None = None,
) -> Done:
    """Makes a private image of an external file.

    Args:
        name: The new image's name.
        file: The file, in the import folder.
        image_type: What it contains.
        min_disk_gb: The smallest system disk it fits on, in GB.
        actor: The tenant that acts.
        region: The region.
        os_type: The family of its operating system.
        os_distribution: Its distribution, such as debian.
        os_version: Its version, such as 12.
        min_ram_mb: The least memory it needs, in MB; 0 is no limit.
        target: What it starts: an ECS or a BMS.
        architecture: The processor it runs on.
        disk_format: The format the file is said to have; looked up where left out.
        encrypted: Whether to encrypt it.
        kms_key: The key to encrypt it with.
        description: What it is for.
        tags: Labels to find it by.
    """
    return await carry_out_one(
        ImportImage(
            action="import_image",
            actor=actor,
            region=region,
            name=name,
            file=file,
            image_type=image_type,
            os=None if os_type is None else Os(type=os_type, distribution=os_distribution, version=os_version),
            min_disk_gb=min_disk_gb,
            min_ram_mb=min_ram_mb,
            target=target,
            architecture=architecture,
            disk_format=disk_format,
            encrypted=encrypted,
            kms_key=kms_key,
            description=description,
            tags=tuple(tags or ()),
        )
    )
