"""Values with which an action model describes what the action changes, and what cannot be undone."""

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
    """The existing servers that were launched from the image."""
    OF_TENANT = "of tenant"
    """The existing servers of the tenant of the request that were launched from the image."""


@dataclass(frozen=True, slots=True)
class Irreversible:
    """What an action does that cannot be undone, and when a person must approve it.

    ``consequence`` is the sentence of the approval question, with ``{lines}``, ``{images}`` and ``{servers}``.
    ``limit`` names a number of the profile: a batch with more lines of the action needs approval. Without it, only the
    affected servers count. ``in_key`` is the sentence of earlier versions, if it was different. The hash of that
    sentence finds the answers of suspended runs, so it must never change.
    """

    consequence: str
    servers: AffectedServers = AffectedServers.NONE
    limit: str | None = None
    in_key: str | None = None
