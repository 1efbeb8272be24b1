"""The retention policy: which images are to go, after what notice, and how many at once."""

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
"""What is taken off the end of a name, once, to have the name of its family: a date (and time of day), or a version."""

SWEEP_ID = re.compile(r"retention-\d{4}-\d{2}-\d{2}-[0-9a-f]{12}", re.ASCII)
"""The form of the id of a sweep's batch."""

CONDITIONS = ("keep_last", "older_than_days", "unused_days")


class RetentionRule(Strict):
    """Selects images: those that it is about, of which all conditions given hold."""

    name: Name = Field(description="what the rule is called")
    owner: Tenant | None = Field(None, description="about images of this tenant only")
    region: Region | None = Field(None, description="about images in this region only")
    image_name: NamePattern | None = Field(None, description="about images so called: * is any text, ? any character")
    tag: Tag | None = Field(None, description="about images with this tag only")
    image_type: ImageType | None = Field(None, description="about images of this type only")
    keep_last: Count | None = Field(
        None, description="not the newest so many active ones of each family that the rule is about"
    )
    older_than_days: Days | None = Field(None, description="made at least so many days ago")
    unused_days: Days | None = Field(None, description="made, and last used by any tenant, at least so many days ago")

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if all(getattr(self, condition) is None for condition in CONDITIONS):
            raise ValueError(f"says of no image that it is to go; give at least one of {', '.join(CONDITIONS)}")
        return self


class RetentionPolicy(Strict):
    """Rules of which images are to go. An image that several select goes by the first."""

    most: Count = Field(description="images in one sweep; a larger one waits for a person")
    notice_days: Days = Field(description="between deprecation and deletion")
    profile: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")] = "seed"
    rules: Annotated[tuple[RetentionRule, ...], Field(min_length=1)]


class Due(StrEnum):
    """What a sweep does to an image that is to go."""

    DEPRECATE = "deprecate"
    DELETE = "delete"


class Spared(StrEnum):
    """Why a sweep leaves an image that is to go; where several reasons hold, the first counts."""

    PROTECTED = "protected"
    PUBLIC = "public"
    ON_SALE = "on sale"
    SHARED = "shared"
    USED = "used"
    NOT_ACTIVE = "not active"
    NOTICE = "in notice"


@dataclass(frozen=True, slots=True)
class Swept:
    """An image that is due: by which rule (its place in the policy, from 0), and for what."""

    rule: int
    due: Due
    image_id: str
    name: str
    owner: str
    region: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a policy comes to at a moment: the images due, and how many each rule spares and why."""

    due: tuple[Swept, ...]
    spared: dict[tuple[int, Spared], int]


def sweep_id(day: date, content_id: str) -> str:
    """The id of a sweep's batch: the day it was due, and the first 12 digits of the hash of its content."""
    return f"retention-{day:%Y-%m-%d}-{content_id[:12]}"


def is_sweep_id(batch_id: str) -> bool:
    """Whether a batch id has the form that sweeps have.

    A batch that is finished later is known by its id alone. A person who gives a batch such an id only has it judged
    more strictly.
    """
    return SWEEP_ID.fullmatch(batch_id) is not None


def problems(policy: RetentionPolicy) -> Iterator[Problem]:
    """What is wrong with a policy though each of its rules is well formed."""
    if policy.profile not in profiles.names():
        yield Problem(("profile",), f"there is no profile '{policy.profile}'; there are {', '.join(profiles.names())}")
    places: dict[str, int] = {}
    for place, rule in enumerate(policy.rules):
        if rule.name in places:
            yield Problem(("rules", place, "name"), f"rule {places[rule.name] + 1} is called '{rule.name}' already")
        places.setdefault(rule.name, place)
