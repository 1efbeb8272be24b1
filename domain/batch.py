"""What must hold for a batch as a whole, and the requests it comes to."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.actions import MODELS, ActionBase, Head
from domain.vocabulary import visible

SHOWN = 10
"""How many flaws of a batch are told at once."""

MOST_SHOWN = 80
"""How long a wrong value may be to be repeated in the message."""

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a batch, and where: the path of keys and positions from its top."""

    where: Location
    message: str


class BatchError(Exception):
    """A batch is malformed; nothing was done. The message names file, line and field."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a batch file, in which line and field."""

    line: int | None
    field: str
    message: str


def flawed(path: Path | str, flaws: list[Flaw], more: int = 0) -> BatchError:
    """The error that tells of flaws, in the order of the file, a line each.

    Args:
        path: the file; "" for arguments.
        flaws: what is wrong.
        more: how many flaws there are further down that are only counted.
    """
    messages = [
        visible(": ".join(part for part in (_place(path, flaw.line), flaw.field, flaw.message) if part))
        for flaw in sorted(flaws, key=lambda flaw: flaw.line or 0)
    ]
    left = len(messages) - SHOWN + more
    return BatchError("\n".join([*messages[:SHOWN], *([f"… and {left} more"] if left > 0 else [])]))


def worded(error: Any) -> str:
    """What is wrong, in words, from one of the errors of a ``ValidationError``."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    words = {
        "extra_forbidden": "is not known here; check the spelling",
        "missing": "is missing",
        "too_short": "must not be empty",
        "union_tag_not_found": f"say which {str(context.get('discriminator')).strip(chr(39))} it is",
    }
    if kind in words:
        return words[kind]
    if kind == "value_error":
        return str(context["error"])
    if kind == "union_tag_invalid":
        known = ", ".join(re.findall(r"'(\w+)'", str(context["expected_tags"])))
        return f"there is no {str(context['discriminator']).strip(chr(39))} '{context['tag']}'; there are {known}"
    shown = (
        f" (it is {value!r})" if isinstance(value, str | int | float | bool) and len(repr(value)) <= MOST_SHOWN else ""
    )
    return f"{error['msg'][0].lower()}{error['msg'][1:]}{shown}"


def _place(path: Path | str, line: int | None) -> str:
    return f"{path}{'' if line is None else f':{line}'}"


def problems(head: Head, actions: Iterable[ActionBase]) -> Iterator[Problem]:
    """What is wrong with the actions of a batch together, though each of them is well formed."""
    handles: dict[str, int] = {}
    names: dict[tuple[str | None, ...], int] = {}
    for index, action in enumerate(actions):
        where: Location = ("actions", index)
        yield from _nobody_or_nowhere(head, action, where)
        yield from _undefined_handles(action, handles, where)
        if action.as_ is not None:
            if MODELS[action.action].creates is None:
                yield Problem((*where, "as"), f"{action.action} makes nothing that '{action.as_}' could stand for")
            elif action.as_ in handles:
                yield Problem((*where, "as"), f"the handle '{action.as_}' is action {handles[action.as_]}'s already")
            handles.setdefault(action.as_, index + 1)
        name = _name_made(head, action)
        if name is not None and name in names:
            yield Problem((*where, "name"), f"action {names[name]} makes an image called '{name[-1]}' there already")
        elif name is not None:
            names[name] = index + 1


def _nobody_or_nowhere(head: Head, action: ActionBase, where: Location) -> Iterator[Problem]:
    for field in ("actor", "region"):
        if getattr(action, field) is None and getattr(head, field) is None:
            yield Problem((*where, field), f"say '{field}' here, or once at the top of the batch")


def _undefined_handles(action: ActionBase, handles: dict[str, int], where: Location) -> Iterator[Problem]:
    for field in action.references:
        value = getattr(action, field)
        if value is not None and value.startswith("$") and value[1:] not in handles:
            known = ", ".join(f"${handle}" for handle in handles) or "none"
            yield Problem((*where, field), f"no earlier action is called '{value[1:]}' with 'as'; there are: {known}")


def _name_made(head: Head, action: ActionBase) -> tuple[str | None, ...] | None:
    """Whose image, where and under which name an action makes; None where it makes no named image."""
    name = getattr(action, "name", None) if action.creates == "image" else None
    if name is None:
        return None
    return action.actor or head.actor, getattr(action, "to_region", None) or action.region or head.region, name
