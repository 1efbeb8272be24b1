"""Checks of a batch as a whole, and the error that reports what is wrong with a batch file."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.actions import MODELS, ActionBase, Head
from domain.vocabulary import visible

SHOWN = 10
"""The most flaws of a batch in one error message."""

MOST_SHOWN = 80
"""The longest wrong value that a message repeats, in characters."""

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a batch. ``where`` is the path of keys and positions from the top of the batch."""

    where: Location
    message: str


class BatchError(Exception):
    """A batch is not valid, and nothing was changed. The message names file, line and field."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One problem of a batch file, with its line (from 1; None if unknown) and field."""

    line: int | None
    field: str
    message: str


def flawed(path: Path | str, flaws: list[Flaw], more: int = 0) -> BatchError:
    """Return the error that lists flaws in the order of the file, one on each line.

    Args:
        path: the file; "" for arguments.
        flaws: the flaws to list.
        more: the number of further flaws, which are only counted.
    """
    messages = [
        visible(": ".join(part for part in (_place(path, flaw.line), flaw.field, flaw.message) if part))
        for flaw in sorted(flaws, key=lambda flaw: flaw.line or 0)
    ]
    left = len(messages) - SHOWN + more
    return BatchError("\n".join([*messages[:SHOWN], *([f"… and {left} more"] if left > 0 else [])]))


def worded(error: Any) -> str:
    """Return the message for one of the errors of a ``ValidationError``."""
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
    """Yield what is wrong between the actions of a batch, each of which is valid by itself."""
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
    """Return tenant, region and name of the image that an action creates; None if it creates no named image."""
    name = getattr(action, "name", None) if action.creates == "image" else None
    if name is None:
        return None
    return action.actor or head.actor, getattr(action, "to_region", None) or action.region or head.region, name
