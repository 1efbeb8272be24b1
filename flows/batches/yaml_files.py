"""Batch files: YAML and JSON read whole, with the line of whatever is wrong."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.lifecycle.requests import Request
from domain.actions import READING, WRITING, Batch
from domain.batch import Flaw, Problem, flawed, problems, worded
from domain.ids import made_id
from domain.policy import profiles
from flows.batches.marked_yaml import NotYaml, read_json, read_yaml
from flows.batches.named_files import text_of
from flows.clouds.inside_folder import inside

MOST_BYTES = 256 * 1024 * 1024
"""Larger batches are for Parquet, which is read set-wise."""

TOO_LARGE = "is larger than 256 MB; give a batch of that size as Parquet"


def read_batch(
    path: Path,
    folder: Path | None = None,
    *,
    given: Mapping[str, str] | None = None,
    instead: Mapping[str, str] | None = None,
) -> Batch:
    """Read a YAML or JSON batch; files it names must lie in ``folder`` (its own, where None) or below.

    ``given`` fills in what the file does not say at its top; ``instead`` holds whatever the file says there.

    Raises:
        BatchError: if the file cannot be read, or anything in it is not as it must be.
    """
    text = text_of(path, MOST_BYTES, TOO_LARGE)
    try:
        marked = read_json(text) if path.suffix.lower() == ".json" else read_yaml(text)
    except NotYaml as error:
        raise flawed(path, [error.flaw]) from None
    if not isinstance(marked.data, dict):
        raise flawed(path, [Flaw(1, "", "a batch is a mapping with the key 'actions'; see examples/first_day.yaml")])
    try:
        batch = Batch.model_validate(dict(given or {}) | marked.data | dict(instead or {}))
    except ValidationError as error:
        raise flawed(path, [marked.flaw(e["loc"], worded(e)) for e in _told_apart(error)]) from None
    found = [*_unknown_profile(batch), *problems(batch), *_stray_files(batch, import_folder(path, folder))]
    if found:
        raise flawed(path, [marked.flaw(problem.where, problem.message) for problem in found])
    return batch


def import_folder(path: Path, folder: Path | None) -> Path:
    """The folder that files of a batch must lie in."""
    return (folder or path.parent).resolve()


def is_url(name: str) -> bool:
    """Whether the name of a file is a URL, from which a real cloud may fetch it."""
    return "://" in name


def is_there(file: Path) -> bool:
    """Whether there is such a file; a name that no file can have is the name of none."""
    try:
        return file.is_file()
    except OSError:
        return False


def is_folder(file: Path) -> bool:
    """Whether that name is a folder's, so that no file can be written under it."""
    try:
        return file.is_dir()
    except OSError:
        return False


def content_of(batch: Batch) -> str:
    """A batch's content as canonical JSON: the same for the same actions, however the file is laid out."""
    said = batch.model_dump(mode="json", exclude_none=True, by_alias=True, exclude={"batch_id"})
    for told, action in zip(said["actions"], batch.actions, strict=True):
        price = getattr(action, "price", None)
        if price is not None:
            # a term that prices get later, with a default, must not make another batch of this one
            told["price"] = price.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def batch_id_of(content: str) -> str:
    """The id that a batch has by its content."""
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def requests_of(batch: Batch, batch_id: str, begun_at: datetime, now: datetime) -> Iterator[Request]:
    """The requests of a batch, line by line, with the ids of what they make in place of handles."""
    handles: dict[str, str] = {}
    row = 0
    for seq, action in enumerate(batch.actions, start=1):
        made = made_id(batch_id, begun_at, seq) if action.creates else None
        said = action.model_dump(
            mode="json", exclude_none=True, exclude={"action", "actor", "region", "as_", "when", "tenants"}
        )
        meant = {field: handles[said[field][1:]] for field in action.references if said.get(field, "").startswith("$")}
        if action.as_ is not None and made is not None:
            handles[action.as_] = made
        text, handled = json.dumps(said), json.dumps(meant)
        for tenant in getattr(action, "tenants", (None,)):
            row += 1
            yield Request(
                row=row,
                seq=seq,
                action=action.action,
                tenant=tenant,
                actor=action.actor or batch.actor or "",
                region=action.region or batch.region or "",
                happened_at=action.when or now,
                new_id=made,
                said=text,
                handles=handled,
            )


def _unknown_profile(batch: Batch) -> Iterator[Problem]:
    if batch.profile not in profiles.names():
        yield Problem(("profile",), f"there is no profile '{batch.profile}'; there are {', '.join(profiles.names())}")


def _stray_files(batch: Batch, folder: Path) -> Iterator[Problem]:
    written: set[Path] = set()
    for index, action in enumerate(batch.actions):
        if action.action not in READING | WRITING:
            continue
        name = str(getattr(action, "file"))  # noqa: B009 - only these actions have it
        where = ("actions", index, "file")
        if action.action in READING and is_url(name):
            continue  # the policy says from where files may be fetched
        file = inside(folder, name)
        if file is None:
            yield Problem(where, f"'{name}' is outside the import folder {folder}")
        elif action.action in WRITING and is_folder(file):
            yield Problem(where, f"'{name}' is a folder; name the file to write in it")
        elif action.action in WRITING:
            written.add(file)
        elif not is_there(file) and file not in written:
            yield Problem(where, f"there is no file '{name}' in {folder}")


def _told_apart(error: ValidationError) -> list[Any]:
    """The errors, without those that only follow from others: a list whose one item is wrong is not empty too."""
    errors = error.errors()
    places = [e["loc"] for e in errors]
    return [
        e
        for e in errors
        if e["type"] != "too_short" or not any(p[: len(e["loc"])] == e["loc"] and p != e["loc"] for p in places)
    ]
