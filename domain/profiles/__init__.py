"""Rule profiles: what one cloud's documents say, as dated data. Adding one touches no code."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from domain.policy import Limit


def names() -> list[str]:
    """The profiles there are."""
    return sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml"))


def limits(profile: str) -> dict[str, Limit]:
    """The numbers and switches of a profile, by name; what it leaves out is as in ``seed``.

    Raises:
        ValueError: if there is no such profile.
    """
    if profile not in names():
        raise ValueError(f"there is no profile '{profile}'; there are {', '.join(names())}")
    return {name: Limit(name=name, **said) for name, said in (_read("seed") | _read(profile)).items()}


def _read(profile: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(_folder().joinpath(f"{profile}.toml").read_text(encoding="utf-8"))


def _folder() -> Traversable:
    return resources.files("domain.profiles")
