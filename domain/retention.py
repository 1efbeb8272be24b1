"""The retention policy: which images are retired, after which notice period, and how many in one sweep."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.actions import Strict, Tag
from domain.batch import Problem
from domain.policy import profiles
from domain.vocabulary import ImageType, Name, Region, Tenant

Days = Annotated[int, Field(strict=True, ge=1, le=36_500)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
NamePattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._ *?-]{1,128}$")]

FAMILY = r"[-_. ]+([0-9]{4}[-_.]?[0-9]{2}[-_.]?[0-9]{2}([T_-]?[0-9]{4}([0-9]{2})?Z?)?|v?[0-9]+(\.[0-9]+)*)$"
"""The suffix of a name that is not part of its family: a date with or without time, or a version."""

SWEEP_ID = re.compile(r"retention-\d{4}-\d{2}-\d{2}-[0-9a-f]{12}", re.ASCII)
"""The form of the id of a sweep's batch."""

CONDITIONS = ("keep_last", "older_than_days", "unused_days")


class RetentionRule(Strict):
    """Selects the images that match its scope and all of its conditions."""

    name: Name = Field(description="the name of the rule")
    owner: Tenant | None = Field(None, description="only images of this tenant")
    region: Region | None = Field(None, description="only images in this region")
    image_name: NamePattern | None = Field(
        None, description="only images with such a name: * matches any text, ? any character"
    )
    tag: Tag | None = Field(None, description="only images with this tag")
    image_type: ImageType | None = Field(None, description="only images of this type")
    keep_last: Count | None = Field(None, description="keep this many of the newest active images in each family")
    older_than_days: Days | None = Field(None, description="created at least this many days ago")
    unused_days: Days | None = Field(
        None, description="created, and last used by any tenant, at least this many days ago"
    )

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if all(getattr(self, condition) is None for condition in CONDITIONS):
            raise ValueError(f"selects no image; give at least one of {', '.join(CONDITIONS)}")
        return self


class RetentionPolicy(Strict):
    """Rules that select images. The first rule that selects an image decides."""

    most: Count = Field(description="images in one sweep; a larger sweep waits for approval")
    notice_days: Days = Field(description="days between deprecation and deletion")
    profile: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")] = "seed"
    rules: Annotated[tuple[RetentionRule, ...], Field(min_length=1)]


class Due(StrEnum):
    """What a sweep does to a selected image."""

    DEPRECATE = "deprecate"
    DELETE = "delete"


class Spared(StrEnum):
    """Why a sweep spares a selected image; the first reason that holds counts."""

    PROTECTED = "protected"
    PUBLIC = "public"
    ON_SALE = "on sale"
    SHARED = "shared"
    USED = "used"
    NOT_ACTIVE = "not active"
    NOTICE = "in notice"


@dataclass(frozen=True, slots=True)
class Swept:
    """An image that is due: ``rule`` is the position of its rule in the policy, from 0."""

    rule: int
    due: Due
    image_id: str
    name: str
    owner: str
    region: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """The result of a policy at a moment: the images due, and how many images each rule spares for which reason."""

    due: tuple[Swept, ...]
    spared: dict[tuple[int, Spared], int]


def sweep_id(day: date, content_id: str) -> str:
    """Return the id of a sweep's batch: its day, and the first 12 digits of the hash of its content."""
    return f"retention-{day:%Y-%m-%d}-{content_id[:12]}"


def is_sweep_id(batch_id: str) -> bool:
    """Return whether a batch id has the form of a sweep's id.

    A batch that is resumed later is known by its id only. A person who chooses such an id gets stricter rules, never
    weaker ones.
    """
    return SWEEP_ID.fullmatch(batch_id) is not None


def problems(policy: RetentionPolicy) -> Iterator[Problem]:
    """Yield what is wrong with a policy whose rules are each well formed."""
    if policy.profile not in profiles.names():
        yield Problem(("profile",), f"there is no profile '{policy.profile}'; there are {', '.join(profiles.names())}")
    places: dict[str, int] = {}
    for place, rule in enumerate(policy.rules):
        if rule.name in places:
            yield Problem(("rules", place, "name"), f"rule {places[rule.name] + 1} is called '{rule.name}' already")
        places.setdefault(rule.name, place)
