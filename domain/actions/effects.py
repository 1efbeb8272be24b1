"""What an action changes at a cloud, and what it does that cannot be undone, as values that its model states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Change(StrEnum):
    """A change of an image or a share, with the names that a sync records (``inventory_change.what``)."""

    IMAGE_APPEARED = "image-appeared"
    IMAGE_CHANGED = "image-changed"
    IMAGE_VANISHED = "image-vanished"
    MEMBER_ADDED = "member-added"
    MEMBER_CHANGED = "member-changed"
    MEMBER_REMOVED = "member-removed"


@dataclass(frozen=True, slots=True)
class CloudChange:
    """What an action changes at a cloud that manages images.

    ``values`` are attributes of the image or share after the action, by the names that a sync uses, as text. An
    ``IMAGE_CHANGED`` without values sets the attributes that the request has.
    """

    change: Change
    values: Mapping[str, str] = field(default_factory=dict)


class AffectedServers(StrEnum):
    """The servers that an irreversible action affects. Together they count towards the limit ``approve_servers``."""

    NONE = "none"
    OF_REQUEST = "of request"
    """The server that the request names."""
    OF_IMAGE = "of image"
    """Those that exist and were launched from the image."""
    OF_TENANT = "of tenant"
    """Those of the request's tenant that exist and were launched from the image."""


@dataclass(frozen=True, slots=True)
class Irreversible:
    """What an action does that cannot be undone, and when a person must approve it.

    ``consequence`` is the sentence of the approval question, with ``{lines}``, ``{images}`` and ``{servers}``.
    ``limit`` is the number of the profile above which a batch with so many lines of the action needs approval; without
    one, only the affected servers count. ``in_key`` is the sentence of earlier versions, where it was another: answers
    of suspended runs are found by the hash of that sentence, so it never changes.
    """

    consequence: str
    servers: AffectedServers = AffectedServers.NONE
    limit: str | None = None
    in_key: str | None = None
