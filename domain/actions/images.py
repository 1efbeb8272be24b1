"""Actions that create, copy, change and retire images."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from domain.actions.action import ActionBase, Area, FileAccess, Keys, OnImage, OnServer, Strict
from domain.actions.effects import AffectedServers, Change, CloudChange, Irreversible
from domain.actions.fields import Description, DiskGb, FilePath, RamMb, Tag
from domain.vocabulary import (
    PLAIN,
    Architecture,
    BackupService,
    DiskFormat,
    ImageStatus,
    ImageType,
    Name,
    OsType,
    Reference,
    Region,
    Target,
    Visibility,
)


class Os(Strict):
    """The operating system in an image."""

    type: OsType = Field(description="The family of its operating system.")
    distribution: Name | None = Field(None, description="Its distribution, such as debian.")
    version: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PLAIN)] | None = Field(
        None, description="Its version, such as 12."
    )


class _FromFile(ActionBase):
    area: ClassVar[Area] = "images"
    creates: ClassVar[str | None] = "image"
    conflict_keys: ClassVar[Keys] = (("actor", "region", "name"),)
    file_field: ClassVar[str | None] = "file"
    file_access: ClassVar[FileAccess | None] = FileAccess.READ
    undone_by: ClassVar[str | None] = "delete_image"
    subject: ClassVar[str] = "{name}"
    name: Name = Field(description="The new image's name.")
    file: FilePath = Field(description="The file, in the import folder.")
    image_type: ImageType = Field(description="What it contains.")
    os: Os | None = Field(None, description="Its operating system.")
    min_disk_gb: DiskGb = Field(description="The smallest system disk it fits on, in GB of 2^30 bytes.")
    min_ram_mb: RamMb = Field(0, description="The least memory it needs, in MB of 2^20 bytes; 0 is no limit.")
    target: Target = Field(Target.ECS, description="What it starts: an ECS or a BMS.")
    architecture: Architecture = Field(Architecture.X86, description="The processor it runs on.")
    disk_format: DiskFormat | None = Field(
        None, description="The format that the file must have; detected, if left out."
    )
    encrypted: bool = Field(False, description="Whether to encrypt it.")
    kms_key: Name | None = Field(None, description="The key to encrypt it with.")
    description: Description | None = Field(None, description="What it is for.")
    tags: tuple[Tag, ...] = Field((), description="Labels to find it by.")


class ImportImage(_FromFile):
    """Creates a private image from an external file."""

    action: Literal["import_image"] = "import_image"


class RegisterPublicImage(_FromFile):
    """Creates a public image from an external file. The actor must be the platform."""

    action: Literal["register_public_image"] = "register_public_image"
    new_visibility: ClassVar[Visibility] = Visibility.PUBLIC


class CaptureServer(OnServer):
    """Creates an image from an ECS or BMS: from its system disk, a data disk, or the whole server."""

    action: Literal["capture_server"] = "capture_server"
    area: ClassVar[Area] = "images"
    creates: ClassVar[str | None] = "image"
    conflict_keys: ClassVar[Keys] = (("actor", "name"),)
    undone_by: ClassVar[str | None] = "delete_image"
    references: ClassVar[tuple[str, ...]] = ("server", "volume")
    subject: ClassVar[str] = "{name}"
    name: Name = Field(description="The new image's name.")
    image_type: Literal[ImageType.SYSTEM_DISK, ImageType.DATA_DISK, ImageType.FULL_ECS] = Field(
        description="What it contains."
    )
    volume: Reference | None = Field(None, description="The data disk, if image_type is data_disk.")
    backup_service: BackupService | None = Field(
        None, description="What backs the server up, for full_ecs; csbs, if left out, whose images cannot be shared."
    )


class CaptureVolume(ActionBase):
    """Creates an image from an EVS disk."""

    action: Literal["capture_volume"] = "capture_volume"
    area: ClassVar[Area] = "images"
    references: ClassVar[tuple[str, ...]] = ("volume",)
    creates: ClassVar[str | None] = "image"
    undone_by: ClassVar[str | None] = "delete_image"
    conflict_keys: ClassVar[Keys] = (("actor", "name"),)
    subject: ClassVar[str] = "{name}"
    volume: Reference = Field(description="The disk, by id or name.")
    name: Name = Field(description="The new image's name.")
    image_type: Literal[ImageType.SYSTEM_DISK, ImageType.DATA_DISK] = Field(description="What it contains.")


class CaptureBackup(ActionBase):
    """Creates a full-ECS image from a server backup."""

    action: Literal["capture_backup"] = "capture_backup"
    area: ClassVar[Area] = "images"
    references: ClassVar[tuple[str, ...]] = ("backup",)
    creates: ClassVar[str | None] = "image"
    undone_by: ClassVar[str | None] = "delete_image"
    conflict_keys: ClassVar[Keys] = (("backup",), ("actor", "name"))
    subject: ClassVar[str] = "{name}"
    backup: Reference = Field(description="The backup, by id.")
    name: Name = Field(description="The new image's name.")


class CopyImage(OnImage):
    """Copies an image to another region, or within its region to encrypt it, decrypt it or change its key."""

    action: Literal["copy_image"] = "copy_image"
    area: ClassVar[Area] = "images"
    creates: ClassVar[str | None] = "image"
    undone_by: ClassVar[str | None] = "delete_image"
    to_region: Region | None = Field(None, description="The region of the copy; the same one, if left out.")
    name: Name | None = Field(None, description="The copy's name; the source's, if left out.")
    encrypted: bool | None = Field(None, description="Whether the copy is encrypted; as the source, if left out.")
    kms_key: Name | None = Field(None, description="The key to encrypt it with.")


class ExportImage(OnImage):
    """Exports an image to a file, in its stored format."""

    action: Literal["export_image"] = "export_image"
    area: ClassVar[Area] = "images"
    undone_by: ClassVar[str | None] = "deleting the file"
    conflict_keys: ClassVar[Keys] = (("file",),)
    file_field: ClassVar[str | None] = "file"
    file_access: ClassVar[FileAccess | None] = FileAccess.WRITE
    file: FilePath = Field(description="The file to write, in the import folder.")
    disk_format: DiskFormat | None = Field(None, description="The format it must have; as stored, if left out.")


class UpdateImage(OnImage):
    """Changes attributes of an image. Fields that are left out stay unchanged."""

    action: Literal["update_image"] = "update_image"
    area: ClassVar[Area] = "images"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.IMAGE_CHANGED)
    undone_by: ClassVar[str | None] = "update_image"
    conflict_keys: ClassVar[Keys] = (("image",),)
    name: Name | None = Field(None, description="A new name.")
    description: Description | None = Field(None, description="What it is for.")
    tags: tuple[Tag, ...] | None = Field(None, description="Labels to find it by.")
    protected: bool | None = Field(None, description="Whether it is protected from deletion.")
    min_disk_gb: DiskGb | None = Field(None, description="The smallest system disk it fits on, in GB of 2^30 bytes.")
    min_ram_mb: RamMb | None = Field(None, description="The least memory it needs, in MB of 2^20 bytes; 0 is no limit.")


class _ChangesStatus(OnImage):
    area: ClassVar[Area] = "images"
    conflict_keys: ClassVar[Keys] = (("image",),)


class DeactivateImage(_ChangesStatus):
    """Deactivates an image: it cannot be used until it is reactivated."""

    action: Literal["deactivate_image"] = "deactivate_image"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.IMAGE_CHANGED, {"status": ImageStatus.DEACTIVATED})
    undone_by: ClassVar[str | None] = "reactivate_image"


class ReactivateImage(_ChangesStatus):
    """Reactivates a deactivated image, so that it can be used again."""

    action: Literal["reactivate_image"] = "reactivate_image"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.IMAGE_CHANGED, {"status": ImageStatus.ACTIVE})
    undone_by: ClassVar[str | None] = "deactivate_image"


class DeprecateImage(_ChangesStatus):
    """Marks an image as deprecated. It can still be used."""

    action: Literal["deprecate_image"] = "deprecate_image"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.IMAGE_CHANGED, {"hidden": "true"})
    undone_by: ClassVar[str | None] = "the tools of the cloud; a deprecated image can still be used"


class DeleteImage(_ChangesStatus):
    """Deletes an image. Servers that were launched from it keep running."""

    action: Literal["delete_image"] = "delete_image"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.IMAGE_VANISHED)
    irreversible: ClassVar[Irreversible | None] = Irreversible(
        "images to be deleted: {images:,}; servers that exist and were made from them: {servers:,}",
        servers=AffectedServers.OF_IMAGE,
        limit="approve_deletes",
    )
