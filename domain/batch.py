"""What must hold for a batch as a whole, and the requests it comes to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.actions import MODELS, ActionBase, Batch

SHOWN = 10
"""How many flaws of a batch are told at once."""

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


def flawed(path: Path, flaws: list[Flaw]) -> BatchError:
    """The error that tells of flaws, in the order of the file."""
    told = [
        f"{path}{'' if flaw.line is None else f':{flaw.line}'}: {flaw.field + ': ' if flaw.field else ''}{flaw.message}"
        for flaw in sorted(flaws, key=lambda flaw: flaw.line or 0)
    ]
    more = [f"… and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return BatchError("\n".join([*told[:SHOWN], *more]))


def problems(batch: Batch) -> Iterator[Problem]:
    """What is wrong with a batch though each of its actions is well formed."""
    handles: dict[str, int] = {}
    names: dict[tuple[str | None, ...], int] = {}
    for index, action in enumerate(batch.actions):
        where: Location = ("actions", index)
        yield from _nobody_or_nowhere(batch, action, where)
        yield from _undefined_handles(action, handles, where)
        if action.as_ is not None:
            if MODELS[action.action].makes is None:
                yield Problem((*where, "as"), f"{action.action} makes nothing that '{action.as_}' could stand for")
            elif action.as_ in handles:
                yield Problem((*where, "as"), f"the handle '{action.as_}' is action {handles[action.as_]}'s already")
            handles.setdefault(action.as_, index + 1)
        name = _name_made(batch, action)
        if name is not None and name in names:
            yield Problem((*where, "name"), f"action {names[name]} makes an image called '{name[-1]}' there already")
        elif name is not None:
            names[name] = index + 1


def _nobody_or_nowhere(batch: Batch, action: ActionBase, where: Location) -> Iterator[Problem]:
    for field in ("actor", "region"):
        if getattr(action, field) is None and getattr(batch, field) is None:
            yield Problem((*where, field), f"say '{field}' here, or once at the top of the batch")


def _undefined_handles(action: ActionBase, handles: dict[str, int], where: Location) -> Iterator[Problem]:
    for field in action.refers:
        said = getattr(action, field)
        if said is not None and said.startswith("$") and said[1:] not in handles:
            known = ", ".join(f"${handle}" for handle in handles) or "none"
            yield Problem((*where, field), f"no earlier action is called '{said[1:]}' with 'as'; there are: {known}")


def _name_made(batch: Batch, action: ActionBase) -> tuple[str | None, ...] | None:
    """Whose image, where and under which name an action makes; None where it makes no named image."""
    name = getattr(action, "name", None)
    if action.makes != "image" or name is None:
        return None
    return action.actor or batch.actor, getattr(action, "to_region", None) or action.region or batch.region, name
