"""What the models of all actions share. Each states the facts about its action as class variables.

Deployments, forms, conflicts, orders and documents are derived from these facts, so an action is described once.
"""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.actions.fields import Moment
from domain.vocabulary import Handle, Reference, Region, Tenant

Keys = tuple[tuple[str, ...], ...]
Area = Literal["images", "sharing", "servers", "cost"]


class FileAccess(StrEnum):
    """What an action does with the file that one of its fields names."""

    READ = "read"
    WRITE = "write"
    INSPECT = "inspect"
    """The field may name a file by mistake; whether there is one decides which remedy a denial offers."""


class Strict(BaseModel):
    """Base of all input: an unknown key is an error, and a value does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ActionBase(Strict):
    """What every action may carry, and the facts that its class states."""

    area: ClassVar[Area]
    """The area that it belongs to; its deployment has it as a tag."""
    references: ClassVar[tuple[str, ...]] = ()
    """The fields that refer to existing things. A field has the name of what it refers to."""
    creates: ClassVar[str | None] = None
    """What it creates: the thing that ``as`` names."""
    conflict_keys: ClassVar[Keys] = ()
    """Fields that together name a thing which a second request of the same kind must see changed.

    Requests with the same key are judged one after the other, all others at once. ``tenant`` is the one of ``tenants``
    that a line is about.
    """
    file_field: ClassVar[str | None] = None
    """The field that names a file."""
    file_access: ClassVar[FileAccess | None] = None
    """What it does with that file."""
    subject: ClassVar[str] = ""
    """What a run's name says it acts on, as a template of its fields."""

    action: str
    actor: Tenant | None = Field(None, description="The tenant that acts.")
    region: Region | None = Field(None, description="The region.")
    as_: Handle | None = Field(None, alias="as", description="A handle, by which later actions refer to it.")
    when: Moment | None = Field(None, description="Back-dates the action (embedded cloud only).")


class OnImage(ActionBase):
    """An action on an existing image."""

    references: ClassVar[tuple[str, ...]] = ("image",)
    subject: ClassVar[str] = "{image}"
    image: Reference = Field(description="The image, by id or name.")


class OnServer(ActionBase):
    """An action on an existing server."""

    area: ClassVar[Area] = "servers"
    references: ClassVar[tuple[str, ...]] = ("server",)
    conflict_keys: ClassVar[Keys] = (("server",),)
    subject: ClassVar[str] = "{server}"
    server: Reference = Field(description="The server, by id or name.")


class OnOffer(ActionBase):
    """An action on an offer that is on sale."""

    area: ClassVar[Area] = "cost"
    references: ClassVar[tuple[str, ...]] = ("offer",)
    conflict_keys: ClassVar[Keys] = (("offer",),)
    subject: ClassVar[str] = "{offer}"
    offer: Reference = Field(description="The offer, by id or name.")
