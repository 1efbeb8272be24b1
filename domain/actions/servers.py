"""Actions on servers and disks."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.actions.action import Area, FileAccess, Keys, OnImage, OnServer
from domain.actions.effects import AffectedServers, Irreversible
from domain.actions.fields import DiskGb
from domain.vocabulary import BackupService, Name, Reference, Target


class LaunchServer(OnImage):
    """Launches servers from an image."""

    action: Literal["launch_server"] = "launch_server"
    undone_by: ClassVar[str | None] = "terminate_server"
    area: ClassVar[Area] = "servers"
    creates: ClassVar[str | None] = "server"
    name: Name = Field(description="The server's name.")
    flavor: Name = Field(description="The flavor, such as s3.large.2.")
    count: Annotated[int, Field(ge=1, le=1000)] = Field(1, description="How many servers.")
    target: Target | None = Field(None, description="ECS or BMS; the flavor's, if left out.")


class StopServer(OnServer):
    """Stops a server. A new span of usage begins."""

    action: Literal["stop_server"] = "stop_server"
    undone_by: ClassVar[str | None] = "start_server"


class StartServer(OnServer):
    """Starts a stopped server. A new span of usage begins."""

    action: Literal["start_server"] = "start_server"
    undone_by: ClassVar[str | None] = "stop_server"


class TerminateServer(OnServer):
    """Terminates a server permanently."""

    action: Literal["terminate_server"] = "terminate_server"
    irreversible: ClassVar[Irreversible | None] = Irreversible(
        "servers to be ended for good: {servers:,}", servers=AffectedServers.OF_REQUEST
    )


class ResizeServer(OnServer):
    """Changes the flavor of a server. A new span of usage begins."""

    action: Literal["resize_server"] = "resize_server"
    undone_by: ClassVar[str | None] = "resize_server"
    flavor: Name = Field(description="The flavor, such as s3.large.2.")


class BackupServer(OnServer):
    """Backs up a server, so that a full-ECS image can be created from the backup."""

    action: Literal["backup_server"] = "backup_server"
    undone_by: ClassVar[str | None] = "the tools of the cloud"
    creates: ClassVar[str | None] = "backup"
    conflict_keys: ClassVar[Keys] = ()
    service: BackupService = Field(description="What makes the backup.")


class CreateVolume(OnImage):
    """Creates an EVS disk from a data-disk image."""

    action: Literal["create_volume"] = "create_volume"
    undone_by: ClassVar[str | None] = "the tools of the cloud"
    area: ClassVar[Area] = "servers"
    creates: ClassVar[str | None] = "volume"
    name: Name = Field(description="The disk's name.")
    size_gb: DiskGb = Field(description="The disk's size, in GB of 2^30 bytes.")


class ChangeOs(OnImage):
    """Replaces the system disk of a server with one created from an image. Data disks stay."""

    action: Literal["change_os"] = "change_os"
    irreversible: ClassVar[Irreversible | None] = Irreversible(
        "servers whose system disk is to be replaced: {servers:,}", servers=AffectedServers.OF_REQUEST
    )
    area: ClassVar[Area] = "servers"
    conflict_keys: ClassVar[Keys] = (("server",),)
    references: ClassVar[tuple[str, ...]] = ("image", "server")
    file_field: ClassVar[str | None] = "image"
    file_access: ClassVar[FileAccess | None] = FileAccess.INSPECT
    server: Reference = Field(description="The server, by id or name.")
