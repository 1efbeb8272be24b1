"""Batch files in YAML and JSON: parse and check them, and create their requests. Errors have line numbers."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.lifecycle.requests import Request
from domain.actions import ACTION, READING, WRITING, Batch, Head
from domain.batch import Flaw, Location, Problem, flawed, problems, worded
from domain.ids import made_id
from domain.policy import profiles
from flows.batches.batch_documents import ACTIONS, BatchDocument, JsonDocument, YamlDocument
from flows.batches.compact_batch import CompactActions, CompactBatch, tenants_of
from flows.batches.marked_yaml import NotYaml
from flows.batches.named_files import utf8_of
from flows.clouds.inside_folder import inside

MOST_BYTES = 256 * 1024 * 1024
"""The largest batch file in bytes. Larger batches must be Parquet files, which DuckDB reads."""

MOST_FLAWS = 100
"""The most flaws of actions whose lines are looked up; others are only counted."""

TOO_LARGE = "is larger than 256 MB; give a batch of that size as Parquet"


def read_batch(
    path: Path,
    folder: Path | None = None,
    *,
    given: Mapping[str, str] | None = None,
    instead: Mapping[str, str] | None = None,
) -> CompactBatch:
    """Read and check a batch file in YAML or JSON.

    Args:
        path: the batch file.
        folder: the import folder, which must contain the files that the batch names; None: the folder of the batch.
        given: values for keys that are missing at the top of the file.
        instead: values that replace those at the top of the file.

    Raises:
        BatchError: if the file cannot be read or is not valid.
    """
    document = _document(path)
    flaws = Flaws()
    try:
        batch = batch_of(document, flaws, given=given, instead=instead)
        if batch is not None:
            flaws.add(_unknown_profile(batch.head))
            flaws.add(problems(batch.head, batch.actions))
            flaws.add(_stray_files(batch.actions, import_folder(path, folder)))
        if flaws.count:
            raise flawed(path, document.flaws(flaws.first), flaws.count - len(flaws.first))
    except NotYaml as error:
        raise flawed(path, [error.flaw]) from None
    if batch is None:
        raise flawed(path, [Flaw(1, "", "a batch is a mapping with the key 'actions'; see examples/first_day.yaml")])
    return batch


class Flaws:
    """The first flaws of a batch, and the number of all flaws."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.count = 0

    def add(self, found: Iterable[Problem]) -> None:
        """Count flaws, and store the first ones."""
        for problem in found:
            self.count += 1
            if len(self.first) < MOST_FLAWS or problem.where[0] != ACTIONS:
                self.first.append(problem)


def batch_of(
    document: BatchDocument,
    flaws: Flaws,
    *,
    given: Mapping[str, str] | None = None,
    instead: Mapping[str, str] | None = None,
) -> CompactBatch | None:
    """Return the batch in a document, each action validated by its model; None if it is not valid.

    Args:
        document: the text.
        flaws: receives the flaws; none if the text is not a mapping.
        given: values for keys that are missing at the top.
        instead: values that replace those at the top.

    Raises:
        NotYaml: if the text cannot be read.
    """
    actions, index = CompactActions(), count()

    def take(dumped: Any) -> None:
        where = (ACTIONS, next(index))
        try:
            action = ACTION.validate_python(dumped)
        except ValidationError as error:
            flaws.add(_problems_of(error, where))
        else:
            if not flaws.count:
                actions.append(action)

    dumped = document.read(take)
    if dumped is None:
        return None
    dumped = dict(given or {}) | dumped | dict(instead or {})
    try:
        if not next(index):  # The model reports what is wrong with ``actions``.
            return CompactBatch.of(Batch.model_validate(dumped))
        del dumped[ACTIONS]
        head = Head.model_validate(dumped)
    except ValidationError as error:
        flaws.add(_problems_of(error))
    return None if flaws.count else CompactBatch(head, actions)


def _document(path: Path) -> BatchDocument:
    content = utf8_of(path, MOST_BYTES, TOO_LARGE)
    return JsonDocument(content.decode("utf-8")) if path.suffix.lower() == ".json" else YamlDocument(content)


def import_folder(path: Path, folder: Path | None) -> Path:
    """Return the import folder of a batch file: ``folder``, or else the folder that contains the batch file."""
    return (folder or path.parent).resolve()


def is_url(name: str) -> bool:
    """Return whether the name of a file is a URL, from which a real cloud may download it."""
    return "://" in name


def is_there(file: Path) -> bool:
    """Return whether a file exists; False also for a name that is not valid for a file."""
    try:
        return file.is_file()
    except OSError:
        return False


def is_folder(file: Path) -> bool:
    """Return whether the path is a folder, so that no file can be written there."""
    try:
        return file.is_dir()
    except OSError:
        return False


def content_of(batch: Batch | CompactBatch) -> str:
    """Return the content of a batch as canonical JSON, which does not depend on the layout of its file."""
    return (CompactBatch.of(batch) if isinstance(batch, Batch) else batch).content()


def batch_id_of(content: str) -> str:
    """Return the batch id for a content: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def requests_of(batch: Batch | CompactBatch, batch_id: str, begun_at: datetime, now: datetime) -> Iterator[Request]:
    """Yield the requests of a batch, line by line. Handles are replaced by the ids of what their actions create."""
    compact = CompactBatch.of(batch) if isinstance(batch, Batch) else batch
    return requests_between(compact, batch_id, begun_at, now, range(1, len(compact.actions) + 1), 1)


def requests_between(
    batch: CompactBatch, batch_id: str, begun_at: datetime, now: datetime, seqs: range, row: int
) -> Iterator[Request]:
    """Yield the requests of the actions ``seqs`` (from 1) of a batch; the first request has the number ``row``."""
    for seq in seqs:
        action = batch.actions[seq - 1]
        dumped = action.model_dump(
            mode="json", exclude_none=True, exclude={"action", "actor", "region", "as_", "when", "tenants"}
        )
        handles = {field: dumped[field][1:] for field in action.references if dumped.get(field, "").startswith("$")}
        resolved = {field: made_id(batch_id, begun_at, batch.actions.handles[name]) for field, name in handles.items()}
        text, handled = json.dumps(dumped), json.dumps(resolved)
        new_id = made_id(batch_id, begun_at, seq) if action.creates else None
        tenants = tenants_of(action)
        for line, tenant in enumerate(tenants, start=row):
            yield Request(
                row=line,
                seq=seq,
                action=action.action,
                tenant=tenant,
                actor=action.actor or batch.head.actor or "",
                region=action.region or batch.head.region or "",
                happened_at=action.when or now,
                new_id=new_id,
                request_json=text,
                handles=handled,
            )
        row += len(tenants)


def _unknown_profile(head: Head) -> Iterator[Problem]:
    if head.profile not in profiles.names():
        yield Problem(("profile",), f"there is no profile '{head.profile}'; there are {', '.join(profiles.names())}")


def _stray_files(actions: CompactActions, folder: Path) -> Iterator[Problem]:
    written: set[Path] = set()
    for index, (kind, _) in enumerate(actions.kinds()):
        if kind not in READING | WRITING:
            continue
        action = actions[index]
        name = str(getattr(action, "file"))  # noqa: B009 - only these actions have it
        where = ("actions", index, "file")
        if action.action in READING and is_url(name):
            continue  # the policy decides which URLs are allowed
        file = inside(folder, name)
        if file is None:
            yield Problem(where, f"'{name}' is outside the import folder {folder}")
        elif action.action in WRITING and is_folder(file):
            yield Problem(where, f"'{name}' is a folder; name the file to write in it")
        elif action.action in WRITING:
            written.add(file)
        elif not is_there(file) and file not in written:
            yield Problem(where, f"there is no file '{name}' in {folder}")


def _problems_of(error: ValidationError, above: Location = ()) -> Iterator[Problem]:
    """Yield the problems that a model reports, without 'too_short' for a list whose only items are wrong."""
    errors = error.errors()
    places = [e["loc"] for e in errors]
    for e in errors:
        if e["type"] != "too_short" or not any(p[: len(e["loc"])] == e["loc"] and p != e["loc"] for p in places):
            yield Problem((*above, *e["loc"]), worded(e))
