"""What the models of all actions share. Each states the facts about its action as class variables.

Deployments, forms, conflicts, orders, approval, drift and documents are derived from these facts, so an action is
described once.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.actions.effects import Change, CloudChange, Irreversible
from domain.actions.fields import Moment
from domain.vocabulary import Handle, Reference, Region, Tenant, Visibility

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
    new_visibility: ClassVar[Visibility] = Visibility.PRIVATE
    """The visibility of the image that it creates."""
    changes: ClassVar[CloudChange | None] = None
    """What it changes of an existing image or share: one call to a cloud that manages images, which moves no bytes."""
    undone_by: ClassVar[str | None] = None
    """What takes it back: an action, or the means in words. An action without it is ``irreversible``."""
    irreversible: ClassVar[Irreversible | None] = None
    """What cannot be undone, and when a person must approve it."""
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

    @classmethod
    def changes_server(cls) -> bool:
        """Whether it changes a server that exists and does nothing else: one call to a cloud that manages servers."""
        return cls.creates is None and "server" in cls.references

    @classmethod
    def explains(cls) -> Iterator[tuple[Change, str | None, str | None]]:
        """What a sync may find because of it: the change, the attribute, and the attribute's value.

        A change without an attribute is one of the image or share as a whole. An attribute without a value has the
        value that the request gives it.
        """
        if cls.creates == "image":
            yield Change.IMAGE_APPEARED, None, None
        if cls.changes is None:
            return
        change, values = cls.changes.change, cls.changes.values
        if values:
            yield from ((change, name, value) for name, value in values.items())
        elif change is Change.IMAGE_CHANGED:
            yield from ((change, name, None) for name in cls.model_fields if name not in OnImage.model_fields)
        else:
            yield change, None, None


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
