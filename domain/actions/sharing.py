"""Actions on shares: what an owner gives to other tenants, and what these make of it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.actions.action import Area, Keys, OnImage
from domain.vocabulary import Region, Tenant


class _WithTenants(OnImage):
    area: ClassVar[Area] = "sharing"
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)] = Field(description="The tenants.")


class ShareImage(_WithTenants):
    """Shares a private image with tenants; ``region`` is where they use it."""

    action: Literal["share_image"] = "share_image"
    region: Region | None = Field(None, description="The region where the tenants use it.")


class UnshareImage(_WithTenants):
    """Stops sharing an image with tenants, at any time and without notice."""

    action: Literal["unshare_image"] = "unshare_image"


class AcceptShare(OnImage):
    """The recipient takes a share into its list of images."""

    action: Literal["accept_share"] = "accept_share"
    area: ClassVar[Area] = "sharing"
    conflict_keys: ClassVar[Keys] = (("image", "actor"),)


class RejectShare(OnImage):
    """The recipient hides a share from its list of images; the access stays."""

    action: Literal["reject_share"] = "reject_share"
    area: ClassVar[Area] = "sharing"
    conflict_keys: ClassVar[Keys] = (("image", "actor"),)
