"""A batch as compact text: its actions as canonical JSON, one after the other in one buffer.

An action is about 100 bytes as text and 1,000 as a model, so a batch keeps the text, and each action becomes a model
only while somebody looks at it. The same text is the batch's content, and its hash the batch's id.
"""

import hashlib
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from pydantic import BaseModel

from domain.actions import ACTION, MODELS, ActionBase, Batch, Head

_NAMES = tuple(MODELS)
_NUMBERS = {name: number for number, name in enumerate(_NAMES)}
_PRICED = frozenset(name for name, model in MODELS.items() if "price" in model.model_fields)
_OF_TENANTS = frozenset(name for name, model in MODELS.items() if "tenants" in model.model_fields)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def tenants_of(action: ActionBase) -> tuple[str | None, ...]:
    """The tenants that an action names, a line each; one None for an action without tenants."""
    # a set, because asking a model for a field that it does not have is slow
    return getattr(action, "tenants") if action.action in _OF_TENANTS else (None,)  # noqa: B009


class CompactActions(Sequence[ActionBase]):
    """Actions in order, each made a model again whenever it is asked for."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q")
        self._names = array("B")
        self._lines = array("L")
        self.handles: dict[str, int] = {}
        """Which action, counted from 1, each handle stands for."""

    def append(self, action: ActionBase) -> None:
        """Add an action at the end."""
        if self._text:
            self._text += b","
        self._text += _canonical(action)
        self._ends.append(len(self._text))
        self._names.append(_NUMBERS[action.action])
        self._lines.append(len(tenants_of(action)))
        if action.as_ is not None:
            self.handles[action.as_] = len(self._ends)

    @overload
    def __getitem__(self, index: int) -> ActionBase: ...
    @overload
    def __getitem__(self, index: slice) -> list[ActionBase]: ...
    def __getitem__(self, index: int | slice) -> ActionBase | list[ActionBase]:
        """One action, or some."""
        places = range(len(self))[index]
        return self._action(places) if isinstance(places, int) else [self._action(place) for place in places]

    def __len__(self) -> int:
        """How many actions there are."""
        return len(self._ends)

    def __eq__(self, other: object) -> bool:
        """Whether the actions are the same."""
        return self._text == other._text if isinstance(other, CompactActions) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as of every list that grows

    @property
    def text(self) -> bytearray:
        """The actions as JSON, with commas between them."""
        return self._text

    def kinds(self) -> Iterator[tuple[str, int]]:
        """The name of each action, and how many lines it has."""
        return zip((_NAMES[number] for number in self._names), self._lines, strict=True)

    def _action(self, place: int) -> ActionBase:
        start = self._ends[place - 1] + 1 if place else 0
        action: ActionBase = ACTION.validate_json(self._text[start : self._ends[place]])
        return action


@dataclass(frozen=True)
class CompactBatch:
    """A batch of actions with what is stated once for all of them."""

    head: Head
    actions: CompactActions

    @classmethod
    def of(cls, batch: Batch) -> "CompactBatch":
        """The same batch, compact."""
        actions = CompactActions()
        for action in batch.actions:
            actions.append(action)
        return cls(Head.model_validate(batch.model_dump(exclude={"actions"})), actions)

    def content(self) -> str:
        """The batch as canonical JSON: the same for the same actions, however its file is laid out."""
        return b"".join(self._parts()).decode("ascii")

    def hashed_id(self) -> str:
        """The id that the batch has by its content: ``batch_id_of(self.content())``, without that text."""
        digest = hashlib.sha256()
        for part in self._parts():
            digest.update(part)
        return digest.hexdigest()[:32]

    def _parts(self) -> Iterator[bytes | bytearray]:
        # keys are sorted, and "actions" comes before all keys of a head
        yield b'{"actions":['
        yield self.actions.text
        yield b"]," + _json(_dumped(self.head, exclude={"batch_id"}))[1:]


def _canonical(action: ActionBase) -> bytes:
    dumped = _dumped(action)
    if action.action in _PRICED:
        price: BaseModel = getattr(action, "price")  # noqa: B009 - only these actions have it
        # a term that prices get later, with a default, must not make another batch of this one
        dumped["price"] = price.model_dump(mode="json", exclude_defaults=True)
    return _json(dumped)


def _dumped(model: BaseModel, exclude: set[str] | None = None) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True, by_alias=True, exclude=exclude)


def _json(dumped: dict[str, Any]) -> bytes:
    return _ENCODER.encode(dumped).encode("ascii")
