"""Rule profiles: the limits from the documentation of one cloud, as dated TOML data. A new profile needs no code."""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from domain.policy.engine import Limit, Value


def names() -> list[str]:
    """Return the names of all profiles, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml"))


def limits(profile: str) -> dict[str, Limit]:
    """Return the numbers and switches of a profile by name; ``seed`` supplies those that it leaves out.

    Raises:
        ValueError: if there is no such profile.
    """
    if profile not in names():
        raise ValueError(f"there is no profile '{profile}'; there are {', '.join(names())}")
    return {name: Limit(name=name, **given) for name, given in (_read("seed") | _read(profile)).items()}


def with_values(limits: Mapping[str, Limit], given: str, *, since: date) -> dict[str, Limit]:
    """Return the limits with some values replaced, such as ``share_tenants=64, share_encrypted=true``.

    Raises:
        ValueError: if a limit does not exist, or the value has the wrong type.
    """
    changed = dict(limits)
    for part in filter(None, (part.strip() for part in given.split(","))):
        name, _, text = (word.strip() for word in part.partition("="))
        if name not in limits:
            raise ValueError(f"there is no limit '{name}'; there are {', '.join(sorted(limits))}")
        value = _value(text, like=limits[name].value)
        if value is None:
            kind = "true or false" if isinstance(limits[name].value, bool) else "a whole number from 0 on"
            raise ValueError(f"{name} is {kind}, as in {name}={str(limits[name].value).lower()}, not {text!r}")
        changed[name] = Limit(name, value, since, "what if: as asked")
    return changed


def _value(text: str, *, like: Value) -> Value | None:
    if isinstance(like, bool):
        return {"true": True, "false": False}.get(text.lower())
    return int(text) if text.isascii() and text.isdigit() else None


def _read(profile: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(_folder().joinpath(f"{profile}.toml").read_text(encoding="utf-8"))


def _folder() -> Traversable:
    return resources.files("domain.policy.profiles")
