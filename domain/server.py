"""What a cloud holds beside images: servers, the spans of their use, EVS disks, backups."""

from datetime import datetime

from domain.image import Holding
from domain.vocabulary import BackupService, Region, ServerState, Target, Tenant


class Server(Holding):
    """An ECS or BMS. On the embedded cloud it is a record with real sizes and times, not a running machine.

    ``blob`` is what a real cloud calls it; on the embedded one, the bytes that its disk stands for.
    """

    server_id: str
    name: str
    owner: Tenant
    region: Region
    target: Target
    flavor: str
    image_id: str
    system_disk_gb: int
    state: ServerState
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    blob: str | None
    kms_key_id: str | None
    cloud: str


class ServerSpan(Holding):
    """A stretch in which a server had one image, one flavor and one state; ``ended_at`` is exclusive."""

    server_id: str
    image_id: str
    flavor: str
    state: ServerState
    started_at: datetime
    ended_at: datetime | None


class Volume(Holding):
    """An EVS disk."""

    volume_id: str
    name: str
    owner: Tenant
    region: Region
    image_id: str
    size_gb: int
    created_at: datetime
    deleted_at: datetime | None
    blob: str | None
    kms_key_id: str | None
    cloud: str


class Backup(Holding):
    """A server backup. One backup makes one full-ECS image (IMS: creating a full-ECS image)."""

    backup_id: str
    server_id: str
    owner: Tenant
    region: Region
    service: BackupService
    image_id: str
    created_at: datetime
    blob: str | None
    kms_key_id: str | None
