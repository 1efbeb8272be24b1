"""Batch files: YAML and JSON read whole, with the line of whatever is wrong."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from data.requests import Request
from domain import profiles
from domain.actions import Batch
from domain.batch import Flaw, Location, Problem, flawed, problems
from domain.ids import made_id

MOST_BYTES = 256 * 1024 * 1024
"""Larger batches are for Parquet, which is read set-wise."""

FILES_READ = ("import_image", "register_public_image")
FILES_WRITTEN = ("export_image",)


def read_batch(path: Path, folder: Path | None = None, given: Mapping[str, str] | None = None) -> Batch:
    """Read a YAML or JSON batch; files it names must lie in ``folder`` (its own, where None) or below.

    ``given`` is said at the top of the batch, whatever the file says there.

    Raises:
        BatchError: if the file cannot be read, or anything in it is not as it must be.
    """
    text = _text(path)
    try:
        node = yaml.compose(text, Loader=_Loader)
        said = _Loader.plain(node)
    except yaml.YAMLError as error:
        raise flawed(path, [_yaml_flaw(error, text)]) from None
    except RecursionError:
        raise flawed(path, [Flaw(None, "", "is nested too deeply to be a batch")]) from None
    if not isinstance(said, dict):
        raise flawed(path, [Flaw(1, "", "a batch is a mapping with the key 'actions'; see examples/first_day.yaml")])
    try:
        batch = Batch.model_validate(said | dict(given or {}))
    except ValidationError as error:
        raise flawed(path, [_flaw(node, _location(e["loc"]), _worded(e)) for e in error.errors()]) from None
    found = [*_unknown_profile(batch), *problems(batch), *_stray_files(batch, import_folder(path, folder))]
    if found:
        raise flawed(path, [_flaw(node, problem.where, problem.message) for problem in found])
    return batch


def import_folder(path: Path, folder: Path | None) -> Path:
    """The folder that files of a batch must lie in."""
    return (folder or path.parent).resolve()


def inside(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder or below; None where it would lie elsewhere, links followed."""
    file = (folder / name).resolve()
    return file if file.is_relative_to(folder) else None


def content_of(batch: Batch) -> str:
    """A batch's content as canonical JSON: the same for the same actions, however the file is laid out."""
    said = batch.model_dump(mode="json", exclude_none=True, by_alias=True, exclude={"batch_id"})
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def batch_id_of(content: str) -> str:
    """The id that a batch has by its content."""
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def requests_of(batch: Batch, batch_id: str, begun_at: datetime, now: datetime) -> Iterator[Request]:
    """The requests of a batch, line by line, with the ids of what they make in place of handles."""
    handles: dict[str, str] = {}
    row = 0
    for seq, action in enumerate(batch.actions, start=1):
        made = made_id(batch_id, begun_at, seq) if action.makes else None
        said = action.model_dump(
            mode="json", exclude_none=True, exclude={"action", "actor", "region", "as_", "when", "tenants"}
        )
        meant = {field: handles[said[field][1:]] for field in action.refers if said.get(field, "").startswith("$")}
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
                made=made,
                said=text,
                handles=handled,
            )


class _Loader(yaml.CSafeLoader):
    """Reads YAML as plain data, and refuses what would make a batch mean something else than it seems to."""

    @classmethod
    def plain(cls, node: yaml.Node | None) -> Any:
        """The data of a node tree.

        Raises:
            yaml.MarkedYAMLError: if a key stands twice.
        """
        if node is None:
            return None
        cls._no_key_twice(node)
        builder = yaml.constructor.SafeConstructor()
        try:
            return builder.construct_document(node)
        except ValueError as error:
            raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from None

    @classmethod
    def _no_key_twice(cls, root: yaml.Node) -> None:
        waiting, seen = [root], {id(root)}
        while waiting:
            node = waiting.pop()
            parts = []
            if isinstance(node, yaml.MappingNode):
                keys = set()
                for key, value in node.value:
                    if key.value in keys if isinstance(key, yaml.ScalarNode) else True:
                        raise yaml.MarkedYAMLError(
                            problem=f"the key '{key.value}' stands twice"
                            if isinstance(key, yaml.ScalarNode)
                            else "a key must be a word",
                            problem_mark=key.start_mark,
                        )
                    keys.add(key.value)
                    parts.append(value)
            elif isinstance(node, yaml.SequenceNode):
                parts = node.value
            for part in parts:
                if id(part) in seen:
                    raise yaml.MarkedYAMLError(
                        problem="anchors and aliases are not used in batches; write it out",
                        problem_mark=part.start_mark,
                    )
                seen.add(id(part))
            waiting.extend(parts)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise flawed(path, [Flaw(None, "", "is larger than 256 MB; give a batch of that size as Parquet")])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise flawed(path, [Flaw(None, "", "there is no such file")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise flawed(path, [Flaw(line, "", f"is not text in UTF-8 (byte {error.start})")]) from None
    except OSError as error:
        raise flawed(path, [Flaw(None, "", f"cannot be read: {error.strerror}")]) from None


def _yaml_flaw(error: yaml.YAMLError, text: str) -> Flaw:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
    context = getattr(error, "context", None)
    line = min(mark.line, text.rstrip("\n").count("\n")) + 1 if mark else None
    return Flaw(line, "", f"not valid YAML: {context + ', ' if context else ''}{problem}")


def _unknown_profile(batch: Batch) -> Iterator[Problem]:
    if batch.profile not in profiles.names():
        yield Problem(("profile",), f"there is no profile '{batch.profile}'; there are {', '.join(profiles.names())}")


def _stray_files(batch: Batch, folder: Path) -> Iterator[Problem]:
    written: set[Path] = set()
    for index, action in enumerate(batch.actions):
        if action.action not in FILES_READ + FILES_WRITTEN:
            continue
        name = str(getattr(action, "file"))  # noqa: B009 - only these actions have it
        where = ("actions", index, "file")
        file = inside(folder, name)
        if file is None:
            yield Problem(where, f"'{name}' is outside the import folder {folder}")
        elif action.action in FILES_WRITTEN:
            written.add(file)
        elif not file.is_file() and file not in written:
            yield Problem(where, f"there is no file '{name}' in {folder}")


def _location(loc: Location) -> Location:
    return loc


def _worded(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return "is not known here; check the spelling"
    if kind == "missing":
        return "is missing"
    if kind == "union_tag_invalid":
        return (
            f"there is no action '{context['tag']}'"
            if "'action'" in str(context.get("discriminator"))
            else (f"'{context['tag']}' is none of {context['expected_tags']}")
        )
    if kind == "union_tag_not_found":
        return f"say {context['discriminator']}"
    said = error["input"]
    shown = f" (it is {said!r})" if isinstance(said, str | int | float | bool) and len(repr(said)) < 80 else ""  # noqa: PLR2004
    return f"{error['msg'][0].lower()}{error['msg'][1:]}{shown}"


def _flaw(root: yaml.Node | None, where: Location, message: str) -> Flaw:
    """Find the line of a place in the file; parts of a location that are not keys there are the model's own."""
    node, line, said = root, 1 if root is None else root.start_mark.line + 1, []
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == part), None)
            if found is None:
                if part is where[-1]:
                    said.append(str(part))
                continue
            line, node = found[0].start_mark.line + 1, found[1]
            said.append(str(part))
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
            said.append(f"[{part + 1}]")
    return Flaw(line, ".".join(said).replace(".[", "["), message)
