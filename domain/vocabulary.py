"""The vocabulary, in the field's own terms (Glance, IMS, EVS, BMS)."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""Text without control characters (C0, DEL, C1): none that a file name, a terminal or a database would trip over."""

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What ``strip_whitespace`` takes off the ends of a text: all characters with Unicode's property White_Space."""

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that control a terminal, break or reorder a line, or cannot be written as UTF-8."""


def visible(text: str, *, but: str = "") -> str:
    """A text with an escape for each character that must not reach a terminal; those in ``but`` stay."""
    return UNSEEN.sub(lambda found: found[0] if found[0] in but else ascii(found[0])[1:-1], text)


Tenant = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128, pattern=PLAIN)]
"""A tenant (an IMS project). On the embedded cloud a tenant exists once it is named."""

Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A region's id, such as ``eu-west-0``; a folder of the image store is named after it."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]([A-Za-z0-9._ -]{0,126}[A-Za-z0-9._-])?$")]
"""1 to 128 of ``A-Z a-z 0-9 - . _`` and inner spaces (IMS, common image attributes: name)."""

Handle = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$")]
"""What a batch calls the thing an action makes, so that a later action can say ``$handle``."""

Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512, pattern=PLAIN)]
"""How an action points at a thing: ``$handle``, an id, or a name."""

PLATFORM = "platform"
"""The actor that registers public images: the cloud itself, not one of its tenants."""


class ImageType(StrEnum):
    """What an image contains."""

    SYSTEM_DISK = "system_disk"
    DATA_DISK = "data_disk"
    FULL_ECS = "full_ecs"
    ISO = "iso"


class Visibility(StrEnum):
    """Who sees an image. ``shared`` is how a recipient sees a private image shared with it."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared"
    MARKETPLACE = "marketplace"


class Target(StrEnum):
    """What an image starts: an Elastic Cloud Server or a Bare Metal Server."""

    ECS = "ecs"
    BMS = "bms"


class ImageStatus(StrEnum):
    """An image's status, as in Glance."""

    QUEUED = "queued"
    SAVING = "saving"
    IMPORTING = "importing"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    KILLED = "killed"
    DELETED = "deleted"
    PENDING_DELETE = "pending_delete"


class MemberStatus(StrEnum):
    """Where a share stands with its recipient. Only listing depends on it, never access."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ServerState(StrEnum):
    """What a server does; each stretch of one state on one flavor and image is a span."""

    RUNNING = "running"
    STOPPED = "stopped"
    TERMINATED = "terminated"


class BackupService(StrEnum):
    """What made a backup: Cloud Backup and Recovery, or Cloud Server Backup Service."""

    CBR = "cbr"
    CSBS = "csbs"


class DiskFormat(StrEnum):
    """The format of an image file, in Glance's words (``vhd`` is Glance's ``vhd``, oslo's ``vpc``)."""

    QCOW2 = "qcow2"
    RAW = "raw"
    VHD = "vhd"
    VHDX = "vhdx"
    VMDK = "vmdk"
    VDI = "vdi"
    ISO = "iso"


class Architecture(StrEnum):
    """The processor an image runs on."""

    X86 = "x86"
    ARM = "arm"


class OsType(StrEnum):
    """The family of an operating system."""

    LINUX = "linux"
    WINDOWS = "windows"
    OTHER = "other"


class PricingModel(StrEnum):
    """How an offer is paid for."""

    FREE = "free"
    BYOL = "byol"
    HOURLY = "hourly"
    VCPU_HOURLY = "vcpu_hourly"
    FLAVOR_HOURLY = "flavor_hourly"
    TIERED = "tiered"
    MONTHLY = "monthly"
    ONE_TIME = "one_time"
    YEARLY = "yearly"
    CONTRACT = "contract"


class Granularity(StrEnum):
    """What metered time is rounded to."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"


class Rounding(StrEnum):
    """How metered time is rounded."""

    NONE = "none"
    UP = "up"
    HALF_UP = "half_up"


class Aggregation(StrEnum):
    """What is added up before metered time is rounded: a run from start to stop, a clock hour, a calendar month."""

    START = "start"
    HOUR = "hour"
    MONTH = "month"


class TierMode(StrEnum):
    """Whether each hour costs what its own tier says, or all hours what the tier of their sum says."""

    GRADUATED = "graduated"
    VOLUME = "volume"


class Per(StrEnum):
    """What a monthly or one-time price is for: each server, or a tenant's use of the offer as a whole."""

    SERVER = "server"
    SUBSCRIPTION = "subscription"


class Proration(StrEnum):
    """What part of a monthly amount a part of the month costs."""

    NONE = "none"
    DAY_30 = "day_30"
    DAY_OF_MONTH = "day_of_month"
    SECOND = "second"
