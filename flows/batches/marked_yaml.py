"""A streaming YAML reader: plain data from parser events, with line numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import yaml

from domain.batch import Flaw, Location

T = TypeVar("T")
Event = Any
"""An event of the parser. The type stubs of PyYAML do not declare the attributes of the event classes."""

DEEPEST = 100
"""The deepest nesting of lists and mappings; a batch needs seven levels."""

TAG = "tag:yaml.org,2002:"
MERGE = "<<"

LONGEST_CACHED = 64
"""The longest scalar, in characters, whose value is cached."""


class NotYaml(Exception):  # noqa: N818 - the name is a statement about the text
    """The text cannot be read; ``flaw`` has the place and the reason."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Marked:
    """The data of a YAML text, and its root node with line numbers."""

    data: Any
    root: yaml.Node | None

    def flaw(self, where: Location, message: str) -> Flaw:
        """Return a flaw at a path in the data."""
        return flaw_at(self.root, where, message)


def flaw_at(
    node: yaml.Node | None, where: Location, message: str, *, line: int = 1, above: tuple[str, ...] = ()
) -> Flaw:
    """Return a flaw at a path below a node. Parts of the path that are not in the text are names of models.

    Args:
        node: the node, or None for an empty text.
        where: the path of keys and positions from the node.
        message: what is wrong.
        line: the line of the node, from 1.
        above: the keys above the node.
    """
    names = list(above)
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is not None:
                line, node = found[0].start_mark.line + 1, found[1]
            if found is not None or part is where[-1]:
                names.append(str(part))
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
            names.append(f"[{part + 1}]")
    return Flaw(line, ".".join(names).replace(".[", "["), message)


class _Plain(yaml.constructor.SafeConstructor):
    """Keeps times as text. The model parses them, so that an error has a line number."""


_Plain.add_constructor(f"{TAG}timestamp", lambda _, node: node.value)
_RESOLVER: Any = yaml.resolver.Resolver()


def read_yaml(text: str) -> Marked:
    """Read a short YAML text completely.

    Raises:
        NotYaml: if it is not YAML, or has duplicate keys or aliases, which can hide what it means.
    """
    events = YamlEvents(text.encode())
    with_root = events.document(events.node)
    try:
        return Marked(None if with_root is None else _Plain().construct_document(with_root), with_root)
    except (yaml.YAMLError, ValueError) as error:
        raise NotYaml(_flaw_of(error, events.content)) from None


class YamlEvents:
    """One YAML document, read once from start to end.

    Some valid YAML is refused: duplicate keys, aliases, unknown tags. The first of these is raised at the end of the
    document, because a later syntax error is more important.
    """

    def __init__(self, content: bytes) -> None:
        """Read from ``content``, which is UTF-8."""
        self.content = content
        self._depth = 0
        self._anchors: dict[str, yaml.Mark] = {}
        self._refused: yaml.YAMLError | ValueError | None = None

    @property
    def is_refused(self) -> bool:
        """Return whether the reader has found something for which it will refuse the document."""
        return self._refused is not None

    def document(self, read: Callable[[Event], T]) -> T | None:
        """Call ``read`` with the first event of the document and return its result; None if the text is empty.

        Raises:
            NotYaml: if the text is not YAML, or is refused.
        """
        try:
            self._loader = yaml.CSafeLoader(self.content)
            self._next: Callable[[], Event] = self._loader.get_event
            found = self._document(read)
        except (yaml.YAMLError, ValueError) as error:
            raise NotYaml(_flaw_of(error, self.content)) from None
        if self._refused is not None:
            raise NotYaml(_flaw_of(self._refused, self.content))
        return found

    def entries(self, start: Event) -> Iterator[tuple[Event, Event]]:
        """Yield each key of a mapping with the first event of its value. Read the value before the next key."""
        self._enter(start, "map")
        seen: set[str] = set()
        while type(key := self._next()) is not yaml.MappingEndEvent:
            if type(key) is not yaml.ScalarEvent:
                self._refuse("a key must be a word", key)
                self.skip(key)
                self.skip(self._next())
                continue
            if key.value in seen:
                self._refuse(f"the key '{key.value}' stands twice", key)
            seen.add(key.value)
            yield key, self._next()
        self._depth -= 1

    def items(self, start: Event) -> Iterator[Event]:
        """Yield the first event of each item of a list. Read the item before the next one."""
        self._enter(start, "seq")
        while type(item := self._next()) is not yaml.SequenceEndEvent:
            yield item
        self._depth -= 1

    def value(self, first: Event) -> Any:
        """Return the value that begins with this event, as plain data."""
        kind = type(first)
        if kind is yaml.ScalarEvent:
            return self.scalar(first)
        if kind is yaml.SequenceStartEvent:
            return [self.value(item) for item in self.items(first)]
        if kind is yaml.AliasEvent:
            self._refuse_alias(first)
            return None
        found: dict[Any, Any] = {}
        merged: Any = {}
        for key, value in self.entries(first):
            if key.value == MERGE and key.implicit[0]:
                merged = self.merged(value)
            else:
                found[self.scalar(key)] = self.value(value)
        return merged | found

    def scalar(self, event: Event) -> Any:
        """Return the value of a scalar. Times stay text."""
        word: str = event.value
        if event.anchor is not None:
            self._note_anchor(event)
        if event.tag is not None and event.tag != "!":
            return self._constructed(event.tag, event)
        if not event.implicit[0]:
            return word
        try:
            return _plain(word) if len(word) <= LONGEST_CACHED else _plain.__wrapped__(word)
        except yaml.YAMLError:
            return self._constructed(_RESOLVER.resolve(yaml.ScalarNode, word, (True, False)), event)
        except ValueError as error:
            self._refused = self._refused or error

    def merged(self, first: Event) -> dict[Any, Any]:
        """Return the keys that a merge (``<<``) adds. If several mappings have a key, the first one counts."""
        names = self.value(first)
        mappings = names if isinstance(names, list) else [names]
        if all(isinstance(one, dict) for one in mappings):
            return {key: value for one in reversed(mappings) for key, value in one.items()}
        self._refuse("expected a mapping or list of mappings for merging", first, "while constructing a mapping")
        return {}

    def node(self, first: Event) -> yaml.Node:
        """Return the value that begins with this event, as nodes with line numbers."""
        start, end = first.start_mark, first.end_mark
        if isinstance(first, yaml.MappingStartEvent):
            pairs = [(self.node(key), self.node(value)) for key, value in self.entries(first)]
            return yaml.MappingNode(first.tag or f"{TAG}map", pairs, start, end)
        if isinstance(first, yaml.SequenceStartEvent):
            return yaml.SequenceNode(first.tag or f"{TAG}seq", [self.node(item) for item in self.items(first)], start)
        if isinstance(first, yaml.AliasEvent):
            self._refuse_alias(first)
            return yaml.ScalarNode(f"{TAG}null", "", start, end)
        if first.anchor is not None:
            self._note_anchor(first)
        tag = first.tag if first.tag not in {None, "!"} else None
        return yaml.ScalarNode(
            tag or _RESOLVER.resolve(yaml.ScalarNode, first.value, first.implicit), first.value, start, end
        )

    def skip(self, first: Event) -> None:
        """Skip the value that begins with this event."""
        above = self._depth
        event = first
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                self._enter(event, None)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                self._refuse_alias(event)
            if self._depth == above:
                return
            event = self._next()

    def _document(self, read: Callable[[Event], T]) -> T | None:
        self._next()
        begun = self._next()
        if isinstance(begun, yaml.StreamEndEvent):
            return None
        found = read(self._next())
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse("but found another document", after, "expected a single document in the stream")
            while not isinstance(after, yaml.StreamEndEvent):
                after = self._next()
        return found

    def _enter(self, start: Event, kind: str | None) -> None:
        """Enter a list or mapping. The limit also bounds the recursion of the methods here."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotYaml(Flaw(None, "", "is nested too deeply to be a batch"))
        if start.anchor is not None:
            self._note_anchor(start)
        if kind is not None and start.tag not in {None, "!", TAG + kind}:
            self._refuse(f"could not determine a constructor for the tag {start.tag!r}", start)

    def _note_anchor(self, event: Event) -> None:
        if event.anchor in self._anchors:
            self._refuse("second occurrence", event, "found duplicate anchor; first occurrence")
        self._anchors.setdefault(event.anchor, event.start_mark)

    def _refuse_alias(self, event: Event) -> None:
        mark = self._anchors.get(event.anchor)
        if mark is None:
            self._refuse(f"found undefined alias {event.anchor!r}", event)
        elif self._refused is None:
            self._refused = yaml.MarkedYAMLError(
                problem="anchors and aliases are not used in batches; write it out", problem_mark=mark
            )

    def _constructed(self, tag: str, event: Event) -> Any:
        """Return the value of a scalar with an explicit tag."""
        try:
            return _Plain().construct_document(yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark))
        except (yaml.YAMLError, ValueError) as error:
            self._refused = self._refused or error

    def _refuse(self, problem: str, event: Event, context: str | None = None) -> None:
        if self._refused is None:
            self._refused = yaml.MarkedYAMLError(context=context, problem=problem, problem_mark=event.start_mark)


@lru_cache(maxsize=4096)
def _plain(word: str) -> Any:
    """Return the value of an unquoted scalar. Cached, because a batch repeats a few scalars."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, word, (True, False))
    return word if tag == f"{TAG}str" else _Plain().construct_document(yaml.ScalarNode(tag, word))


def _flaw_of(error: yaml.YAMLError | ValueError, content: bytes) -> Flaw:
    if isinstance(error, ValueError):
        return Flaw(None, "", f"has a value that is none: {error}")
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "this is no YAML"
    context = getattr(error, "context", None)
    # PyYAML marks an error at the end of the text after the last line.
    line = min(mark.line, content.rstrip(b"\n").count(b"\n")) + 1 if mark else None
    return Flaw(line, "", f"not valid YAML: {context + ', ' if context else ''}{problem}")
