"""Streaming readers of batch files: each action is passed to a callback as soon as it is read.

A batch of many actions is far larger as Python data than as text, so a reader does not keep the actions. It returns
only the top of the batch. If something is wrong, the text is read again, as YAML, to find the line numbers.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # it has no stub
from typing import Any, Protocol

import yaml

from domain.batch import Flaw, Problem
from flows.batches.marked_yaml import MERGE, TAG, Event, NotYaml, YamlEvents, flaw_at

ACTIONS = "actions"
"""The key of the list of actions."""

PAIR = re.compile(r"\\(?:u(?P<high>d[89ab][0-9a-f]{2})\\u(?P<low>d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)
"""An escape in JSON: a surrogate pair, or any other escape."""

SPACE = re.compile(r"[ \t\n\r]*")
"""White space between JSON tokens."""

Take = Callable[[Any], None]
"""Receives one action as plain data."""


class BatchDocument(Protocol):
    """The text of a batch file."""

    def read(self, take: Take) -> dict[Any, Any] | None:
        """Pass each item of the list ``actions`` to ``take``, in order.

        Returns:
            The top of the file, with an empty list for ``actions``; None if the text is not a mapping.

        Raises:
            NotYaml: if the text cannot be read or is ambiguous. Ignore the actions that were passed before.
        """
        ...

    def flaws(self, found: Sequence[Problem]) -> list[Flaw]:
        """Return the problems with their lines and fields."""
        ...


class YamlDocument:
    """A batch in YAML."""

    def __init__(self, content: bytes) -> None:
        """Read from ``content``, which is UTF-8."""
        self._content = content

    def read(self, take: Take) -> dict[Any, Any] | None:
        """Pass each action to ``take``; see ``BatchDocument``."""
        events = YamlEvents(self._content)
        return events.document(lambda first: _top(events, first, take))

    def flaws(self, found: Sequence[Problem]) -> list[Flaw]:
        """Return the problems with lines and fields. Only actions with problems become nodes, to save memory."""
        events = YamlEvents(self._content)
        return events.document(lambda first: _located(events, first, found)) or [
            flaw_at(None, problem.where, problem.message) for problem in found
        ]


def _top(events: YamlEvents, first: Event, take: Take) -> dict[Any, Any] | None:
    if not isinstance(first, yaml.MappingStartEvent):
        events.skip(first)
        return None
    head: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    for key, value in events.entries(first):
        if _is_list_of_actions(key, value):
            head[ACTIONS] = []
            for item in events.items(value):
                action = events.value(item)
                if not events.is_refused:
                    take(action)
        elif key.value == MERGE and key.implicit[0]:
            merged = events.merged(value)
        elif isinstance(value, yaml.CollectionStartEvent):
            # No other key at the top has a list or mapping: check its syntax only, then the model refuses it.
            events.skip(value)
            head[events.scalar(key)] = {}
        else:
            head[events.scalar(key)] = events.value(value)
    return merged | head


def _is_list_of_actions(key: Event, value: Event) -> bool:
    return key.value == ACTIONS and isinstance(value, yaml.SequenceStartEvent)


def _located(events: YamlEvents, first: Event, found: Sequence[Problem]) -> list[Flaw]:
    by_action: dict[int, list[Problem]] = {}
    of_top: list[Problem] = []
    for problem in found:
        index = problem.where[1] if len(problem.where) > 1 and problem.where[0] == ACTIONS else None
        (by_action.setdefault(index, []) if isinstance(index, int) else of_top).append(problem)
    if not isinstance(first, yaml.MappingStartEvent):
        events.skip(first)
        return []
    flaws: list[Flaw] = []
    top: list[tuple[yaml.Node, yaml.Node]] = []
    for key, value in events.entries(first):
        name = yaml.ScalarNode(f"{TAG}str", key.value, key.start_mark, key.end_mark)
        top.append((name, yaml.ScalarNode(f"{TAG}null", "", value.start_mark, value.end_mark)))
        if not _is_list_of_actions(key, value):
            events.skip(value)
            continue
        for index, item in enumerate(events.items(value)):
            if index not in by_action:
                events.skip(item)
                continue
            node, line, above = events.node(item), item.start_mark.line + 1, (ACTIONS, f"[{index + 1}]")
            flaws += [
                flaw_at(node, problem.where[2:], problem.message, line=line, above=above)
                for problem in by_action[index]
            ]
    start: Any = first.start_mark
    root = yaml.MappingNode(f"{TAG}map", top, start)
    return flaws + [flaw_at(root, problem.where, problem.message) for problem in of_top]


class JsonDocument:
    """A batch in JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        decoder: Any = json.JSONDecoder(object_pairs_hook=_once)
        self._scan = decoder.scan_once

    def read(self, take: Take) -> dict[Any, Any] | None:
        """Pass each action to ``take``; see ``BatchDocument``."""
        try:
            return self._top(take)
        except json.JSONDecodeError as error:
            raise NotYaml(Flaw(error.lineno, "", f"not valid JSON: {error.msg} (column {error.colno})")) from None
        except RecursionError:
            raise NotYaml(Flaw(None, "", "is nested too deeply to be a batch")) from None
        except _Twice as error:
            self._as_yaml().read(lambda _: None)  # raises with the line
            raise NotYaml(Flaw(None, "", f"the key '{error}' stands twice")) from None
        except ValueError as error:
            raise NotYaml(Flaw(None, "", f"has a value that is none: {error}")) from None

    def flaws(self, found: Sequence[Problem]) -> list[Flaw]:
        """Return the problems with lines and fields, which are found by reading the text as YAML."""
        return self._as_yaml().flaws(found)

    def _as_yaml(self) -> YamlDocument:
        # JSON allows tabs as indentation, YAML does not. JSON strings cannot contain tabs.
        return YamlDocument(PAIR.sub(_one_character, self._text.replace("\t", " ")).encode("utf-8", "surrogatepass"))

    def _top(self, take: Take) -> dict[Any, Any] | None:
        """Read the outermost object. Error messages are those of the module ``json``."""
        text, place = self._text, self._space(0)
        if text[place : place + 1] != "{":
            if text[place : place + 1] != "[":
                json.loads(text)
            return None
        pairs: list[tuple[str, Any]] = []
        place = self._space(place + 1)
        more = text[place : place + 1] != "}"
        while more:
            if text[place : place + 1] != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, place)
            key, place = scanstring(text, place + 1, True)
            place = self._space(place)
            if text[place : place + 1] != ":":
                raise json.JSONDecodeError("Expecting ':' delimiter", text, place)
            place = self._space(place + 1)
            if key == ACTIONS and text[place : place + 1] == "[":
                pairs.append((key, []))
                place = self._list(place + 1, take)
            else:
                value, place = self._value(place)
                pairs.append((key, value))
            more, place = self._comma(place, "}")
        place = self._space(place + 1)
        if place != len(text):
            raise json.JSONDecodeError("Extra data", text, place)
        return _once(pairs)

    def _list(self, place: int, take: Take) -> int:
        """Read a list to its end, pass each item to ``take``, and return the position after it."""
        place = self._space(place)
        more = self._text[place : place + 1] != "]"
        while more:
            action, place = self._value(place)
            take(action)
            more, place = self._comma(place, "]")
        return place + 1

    def _comma(self, place: int, end: str) -> tuple[bool, int]:
        """Return whether there is a comma, and the position of the next token; without a comma, that of ``end``."""
        place = self._space(place)
        sign = self._text[place : place + 1]
        if sign == end:
            return False, place
        if sign != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", self._text, place)
        return True, self._space(place + 1)

    def _value(self, place: int) -> tuple[Any, int]:
        try:
            found: tuple[Any, int] = self._scan(self._text, place)
        except StopIteration as error:
            raise json.JSONDecodeError("Expecting value", self._text, error.value) from None
        return found

    def _space(self, place: int) -> int:
        found = SPACE.match(self._text, place)
        return place if found is None else found.end()


class _Twice(Exception):  # noqa: N818 - says what is wrong with a key
    """An object has the same key twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice(next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1))
    return found


def _one_character(found: re.Match[str]) -> str:
    """Return the character of a surrogate pair, which YAML does not support; other escapes stay."""
    high, low = found["high"], found["low"]
    return found[0] if high is None else chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
