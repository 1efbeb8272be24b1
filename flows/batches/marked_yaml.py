"""YAML (and JSON, which is nearly a part of it) read as plain data, with the line of everything in it."""

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from domain.batch import Flaw, Location

PAIR = re.compile(r"\\(?:u(?P<high>d[89ab][0-9a-f]{2})\\u(?P<low>d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)
"""An escape of JSON: the two that are one character together, or any other."""

DEEPEST = 100
"""How many lists and mappings may stand in one another; a batch needs seven."""


class NotYaml(Exception):  # noqa: N818 - says what the text is not
    """The text cannot be read; ``flaw`` tells where and why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Marked:
    """What a text says, and where it says it."""

    data: Any
    root: yaml.Node | None

    def flaw(self, where: Location, message: str) -> Flaw:
        """A flaw at a place in the data; parts of the place that are no keys of the text are a model's own names."""
        node, line, said = self.root, 1, []
        for part in where:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == part), None)
                if found is not None:
                    line, node = found[0].start_mark.line + 1, found[1]
                if found is not None or part is where[-1]:
                    said.append(str(part))
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
                said.append(f"[{part + 1}]")
        return Flaw(line, ".".join(said).replace(".[", "["), message)


class _Plain(yaml.constructor.SafeConstructor):
    """Leaves times as they are written: the model reads them, and says in which line one is none."""


_Plain.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def read_yaml(text: str) -> Marked:
    """Read YAML.

    Raises:
        NotYaml: if it is not YAML, or says something twice or by reference, so that it may not mean what it seems to.
    """
    try:
        root = _composed(text)
        return Marked(None if root is None else _Plain().construct_document(root), root)
    except yaml.YAMLError as error:
        raise NotYaml(_told(error, text)) from None
    except RecursionError:
        raise NotYaml(Flaw(None, "", "is nested too deeply to be a batch")) from None
    except ValueError as error:
        raise NotYaml(Flaw(None, "", f"has a value that is none: {error}")) from None


def read_json(text: str) -> Marked:
    """Read JSON.

    Raises:
        NotYaml: as for ``read_yaml``.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotYaml(Flaw(error.lineno, "", f"not valid JSON: {error.msg} (column {error.colno})")) from None
    except RecursionError:
        raise NotYaml(Flaw(None, "", "is nested too deeply to be a batch")) from None
    try:
        # JSON may be indented with tabs, YAML may not; inside its strings there are none
        return Marked(data, _composed(PAIR.sub(_one_character, text.replace("\t", " "))))
    except yaml.YAMLError as error:
        raise NotYaml(_told(error, text)) from None


def _one_character(found: re.Match[str]) -> str:
    """A character that JSON writes as two escapes, and YAML does not know so; other escapes stay."""
    high, low = found["high"], found["low"]
    return found[0] if high is None else chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)


def _composed(text: str) -> yaml.Node | None:
    _refuse_depth(text)
    root: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    if root is not None:
        _refuse_double_talk(root)
    return root


def _refuse_depth(text: str) -> None:
    """Look at the text before it is composed: that recurses in C, where a nest too deep ends the process."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise NotYaml(Flaw(None, "", "is nested too deeply to be a batch"))


def _refuse_double_talk(root: yaml.Node) -> None:
    """Refuse keys that stand twice, keys that are not words, and aliases."""
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        parts = node.value if isinstance(node, yaml.SequenceNode) else []
        if isinstance(node, yaml.MappingNode):
            _refuse_keys(node)
            parts = [value for _, value in node.value]
        for part in parts:
            if id(part) in seen:
                raise _marked("anchors and aliases are not used in batches; write it out", part)
            seen.add(id(part))
        waiting.extend(parts)


def _refuse_keys(node: yaml.MappingNode) -> None:
    keys: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _marked("a key must be a word", key)
        if key.value in keys:
            raise _marked(f"the key '{key.value}' stands twice", key)
        keys.add(key.value)


def _marked(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _told(error: yaml.YAMLError, text: str) -> Flaw:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "this is no YAML"
    context = getattr(error, "context", None)
    # an error at the end of the text is marked behind its last line
    line = min(mark.line, text.rstrip("\n").count("\n")) + 1 if mark else None
    return Flaw(line, "", f"not valid YAML: {context + ', ' if context else ''}{problem}")
