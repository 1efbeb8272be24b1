"""A batch of actions, and the head with the values that apply to all of them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.actions.action import Strict
from domain.actions.catalog import Action
from domain.vocabulary import Region, Tenant


class Head(Strict):
    """Values for all actions of a batch, from the top of a file or from the arguments of a command or flow."""

    actor: Tenant | None = None
    region: Region | None = None
    profile: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")] = "seed"
    batch_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$")] | None = None


class Batch(Head):
    """A list of actions, carried out in this order."""

    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
