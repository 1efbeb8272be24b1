"""The vocabulary, in the terms of Glance, IMS, EVS and BMS."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""Text without control characters (C0, DEL, C1), which break file names, terminals and databases."""

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""The characters that ``strip_whitespace`` removes: all that have Unicode's property White_Space."""

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that control a terminal, break or reorder a line, or cannot be written as UTF-8."""


def visible(text: str, *, but: str = "") -> str:
    """Return a text with an escape for each character that must not reach a terminal; those in ``but`` stay."""
    return UNSEEN.sub(lambda found: found[0] if found[0] in but else ascii(found[0])[1:-1], text)


Tenant = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128, pattern=PLAIN)]
"""A tenant (an IMS project). On the embedded cloud, a tenant exists as soon as an action names it."""

Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A region's id, such as ``eu-west-0``; a folder of the image store is named after it."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]([A-Za-z0-9._ -]{0,126}[A-Za-z0-9._-])?$")]
"""1 to 128 of ``A-Z a-z 0-9 - . _`` and inner spaces (IMS, common image attributes: name)."""

Handle = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$")]
"""The name that a batch gives to what an action creates; later actions refer to it as ``$handle``."""

Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512, pattern=PLAIN)]
"""A reference of an action to an existing thing: ``$handle``, an id, or a name."""

PLATFORM = "platform"
"""The actor that registers public images: the cloud itself, not one of its tenants."""


class ImageType(StrEnum):
    """What an image contains."""

    SYSTEM_DISK = "system_disk"
    DATA_DISK = "data_disk"
    FULL_ECS = "full_ecs"
    ISO = "iso"


class Visibility(StrEnum):
    """Who can see an image. ``shared`` is the visibility of a private image for a recipient of its share."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared"
    MARKETPLACE = "marketplace"


class Target(StrEnum):
    """The servers that can boot from an image: Elastic Cloud Servers or Bare Metal Servers."""

    ECS = "ecs"
    BMS = "bms"


class ImageStatus(StrEnum):
    """The status of an image, as in Glance."""

    QUEUED = "queued"
    SAVING = "saving"
    IMPORTING = "importing"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    KILLED = "killed"
    DELETED = "deleted"
    PENDING_DELETE = "pending_delete"


class MemberStatus(StrEnum):
    """The answer of the recipient to a share. It affects whether the image is listed, not access to it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ServerState(StrEnum):
    """The state of a server. A span of usage has one state, one flavor and one image."""

    RUNNING = "running"
    STOPPED = "stopped"
    TERMINATED = "terminated"


class BackupService(StrEnum):
    """The service that created a backup: Cloud Backup and Recovery, or Cloud Server Backup Service."""

    CBR = "cbr"
    CSBS = "csbs"


class DiskFormat(StrEnum):
    """The format of an image file, in the terms of Glance (``vhd`` is called ``vpc`` in oslo)."""

    QCOW2 = "qcow2"
    RAW = "raw"
    VHD = "vhd"
    VHDX = "vhdx"
    VMDK = "vmdk"
    VDI = "vdi"
    ISO = "iso"


class Architecture(StrEnum):
    """The processor architecture of an image."""

    X86 = "x86"
    ARM = "arm"


class OsType(StrEnum):
    """The family of an operating system."""

    LINUX = "linux"
    WINDOWS = "windows"
    OTHER = "other"


class PricingModel(StrEnum):
    """How an offer is charged."""

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
    """The unit to which metered time is rounded."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"


class Rounding(StrEnum):
    """How metered time is rounded."""

    NONE = "none"
    UP = "up"
    HALF_UP = "half_up"


class Aggregation(StrEnum):
    """What is summed before metered time is rounded: a run from start to stop, a clock hour, or a calendar month."""

    START = "start"
    HOUR = "hour"
    MONTH = "month"


class TierMode(StrEnum):
    """Whether each hour has the price of its own tier, or all hours have the price of the tier of their sum."""

    GRADUATED = "graduated"
    VOLUME = "volume"


class Per(StrEnum):
    """What a monthly or one-time price applies to: each server, or all use of the offer by a tenant."""

    SERVER = "server"
    SUBSCRIPTION = "subscription"


class Proration(StrEnum):
    """How a monthly amount is prorated for a part of a month."""

    NONE = "none"
    DAY_30 = "day_30"
    DAY_OF_MONTH = "day_of_month"
    SECOND = "second"
