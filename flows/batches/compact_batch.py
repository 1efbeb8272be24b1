"""A batch as compact text: its actions as canonical JSON, one after the other in one buffer.

An action takes about 100 bytes as text and 1,000 as a model. So a batch stores the text, and creates the model of an
action only when it is read. The text is also the content of the batch, and its hash the batch id.
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
    """Return the tenants of an action, one for each line; ``(None,)`` for an action without tenants."""
    # A set, because getattr on a model is slow for a missing field.
    return getattr(action, "tenants") if action.action in _OF_TENANTS else (None,)  # noqa: B009


class CompactActions(Sequence[ActionBase]):
    """Actions in order, stored as text. Each access creates a model."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q")
        self._names = array("B")
        self._lines = array("L")
        self.handles: dict[str, int] = {}
        """The position, from 1, of the action that each handle refers to."""

    def append(self, action: ActionBase) -> None:
        """Append an action."""
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
        """Return one action, or a list for a slice."""
        places = range(len(self))[index]
        return self._action(places) if isinstance(places, int) else [self._action(place) for place in places]

    def __len__(self) -> int:
        """Return the number of actions."""
        return len(self._ends)

    def __eq__(self, other: object) -> bool:
        """Return whether both have the same actions."""
        return self._text == other._text if isinstance(other, CompactActions) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # mutable, like a list

    @property
    def text(self) -> bytearray:
        """Return the actions as JSON, separated by commas."""
        return self._text

    def kinds(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the number of lines of each action."""
        return zip((_NAMES[number] for number in self._names), self._lines, strict=True)

    def _action(self, place: int) -> ActionBase:
        start = self._ends[place - 1] + 1 if place else 0
        action: ActionBase = ACTION.validate_json(self._text[start : self._ends[place]])
        return action


@dataclass(frozen=True)
class CompactBatch:
    """A batch: its head and its actions."""

    head: Head
    actions: CompactActions

    @classmethod
    def of(cls, batch: Batch) -> "CompactBatch":
        """Return a batch in compact form."""
        actions = CompactActions()
        for action in batch.actions:
            actions.append(action)
        return cls(Head.model_validate(batch.model_dump(exclude={"actions"})), actions)

    def content(self) -> str:
        """Return the batch as canonical JSON, which does not depend on the layout of its file."""
        return b"".join(self._parts()).decode("ascii")

    def hashed_id(self) -> str:
        """Return ``batch_id_of(self.content())``, without creating the content in memory."""
        digest = hashlib.sha256()
        for part in self._parts():
            digest.update(part)
        return digest.hexdigest()[:32]

    def _parts(self) -> Iterator[bytes | bytearray]:
        # Keys are sorted: "actions" comes before all keys of a head.
        yield b'{"actions":['
        yield self.actions.text
        yield b"]," + _json(_dumped(self.head, exclude={"batch_id"}))[1:]


def _canonical(action: ActionBase) -> bytes:
    dumped = _dumped(action)
    if action.action in _PRICED:
        price: BaseModel = getattr(action, "price")  # noqa: B009 - only these actions have it
        # A price field that a later version adds, with a default, must not change the batch id.
        dumped["price"] = price.model_dump(mode="json", exclude_defaults=True)
    return _json(dumped)


def _dumped(model: BaseModel, exclude: set[str] | None = None) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True, by_alias=True, exclude=exclude)


def _json(dumped: dict[str, Any]) -> bytes:
    return _ENCODER.encode(dumped).encode("ascii")
