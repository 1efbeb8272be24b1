"""The base classes of all action models. Each model states the facts about its action as class variables.

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
    """How an action uses the file that one of its fields names."""

    READ = "read"
    WRITE = "write"
    INSPECT = "inspect"
    """The field may name a file by mistake. If such a file exists, a denial has another remedy."""


class Strict(BaseModel):
    """The base class of all input models: unknown keys are errors, and instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ActionBase(Strict):
    """The fields that every action has, and the facts that its class states."""

    area: ClassVar[Area]
    """The area of the action; its deployment has it as a tag."""
    references: ClassVar[tuple[str, ...]] = ()
    """The fields that are references. Each has the name of what it refers to, such as ``image``."""
    creates: ClassVar[str | None] = None
    """What the action creates, such as ``image``; ``as`` names it."""
    new_visibility: ClassVar[Visibility] = Visibility.PRIVATE
    """The visibility of the image that the action creates."""
    changes: ClassVar[CloudChange | None] = None
    """The change of an existing image or share: one API call to a cloud that manages images, which moves no bytes."""
    undone_by: ClassVar[str | None] = None
    """What undoes the action: another action, or a description. An action without it is ``irreversible``."""
    irreversible: ClassVar[Irreversible | None] = None
    """What cannot be undone, and when a person must approve it."""
    conflict_keys: ClassVar[Keys] = ()
    """The fields of each conflict key. Of two requests with the same key, the second must see what the first did.

    Requests with the same key are judged one after the other, all others together. ``tenant`` is the tenant of one
    line, from the field ``tenants``.
    """
    file_field: ClassVar[str | None] = None
    """The field that names a file."""
    file_access: ClassVar[FileAccess | None] = None
    """How the action uses that file."""
    subject: ClassVar[str] = ""
    """The part of the run name that says what the action acts on: a template of its fields."""

    action: str
    actor: Tenant | None = Field(None, description="The tenant that acts.")
    region: Region | None = Field(None, description="The region.")
    as_: Handle | None = Field(None, alias="as", description="A handle, by which later actions refer to it.")
    when: Moment | None = Field(None, description="Back-dates the action (embedded cloud only).")

    @classmethod
    def changes_server(cls) -> bool:
        """Return whether the action only changes an existing server: one API call to a cloud that manages servers."""
        return cls.creates is None and "server" in cls.references

    @classmethod
    def explains(cls) -> Iterator[tuple[Change, str | None, str | None]]:
        """Yield the drift that this action explains: the change, the attribute, and the value of the attribute.

        Without an attribute, the image or share as a whole has changed. Without a value, the attribute has the value
        of the request.
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
