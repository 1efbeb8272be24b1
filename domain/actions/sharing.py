"""Actions on shares: of the owner of an image, and of the recipients."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.actions.action import Area, Keys, OnImage
from domain.actions.effects import AffectedServers, Change, CloudChange, Irreversible
from domain.vocabulary import MemberStatus, Region, Tenant


class _WithTenants(OnImage):
    area: ClassVar[Area] = "sharing"
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)] = Field(description="The tenants.")


class ShareImage(_WithTenants):
    """Shares a private image with tenants. ``region`` is the region in which they use it."""

    action: Literal["share_image"] = "share_image"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.MEMBER_ADDED)
    undone_by: ClassVar[str | None] = "unshare_image"
    region: Region | None = Field(None, description="The region where the tenants use it.")


class UnshareImage(_WithTenants):
    """Stops sharing an image with tenants. This is possible at any time, without notice."""

    action: Literal["unshare_image"] = "unshare_image"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.MEMBER_REMOVED)
    irreversible: ClassVar[Irreversible | None] = Irreversible(
        "shares to be ended: {lines:,}; servers of the tenants that lose them: {servers:,}",
        servers=AffectedServers.OF_TENANT,
        limit="approve_unshares",
    )


class AcceptShare(OnImage):
    """Accepts a share: the image appears in the recipient's list of images."""

    action: Literal["accept_share"] = "accept_share"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.MEMBER_CHANGED, {"status": MemberStatus.ACCEPTED})
    undone_by: ClassVar[str | None] = "reject_share"
    area: ClassVar[Area] = "sharing"
    conflict_keys: ClassVar[Keys] = (("image", "actor"),)


class RejectShare(OnImage):
    """Rejects a share: the image disappears from the recipient's list of images, but access stays."""

    action: Literal["reject_share"] = "reject_share"
    changes: ClassVar[CloudChange | None] = CloudChange(Change.MEMBER_CHANGED, {"status": MemberStatus.REJECTED})
    undone_by: ClassVar[str | None] = "accept_share"
    area: ClassVar[Area] = "sharing"
    conflict_keys: ClassVar[Keys] = (("image", "actor"),)
