"""The project's SQL files, read once: one of a kind a folder, one an action a file."""

import re
from functools import cache
from importlib import resources
from itertools import zip_longest

import duckdb

THEN = re.compile(r"^-- then: (\w+)$", re.MULTILINE)
"""A line by which a file goes on with another's statements: of its own folder, or of the folder ``shared`` in that."""


@cache
def statements(folder: str, name: str) -> tuple[str, ...]:
    """The statements of ``data/<folder>/<name>.sql``, in order; none where there is no such file."""
    text = _text(folder, name)
    if text is None:
        return ()
    return tuple(
        query
        for part, then in zip_longest(THEN.split(text)[::2], THEN.findall(text))
        for query in (
            *(one.query for one in duckdb.extract_statements(part)),
            *(statements(folder, then) if then else ()),
        )
    )


def statement(folder: str, name: str) -> str | None:
    """The one statement of a file, or None where there is no such file."""
    found = statements(folder, name)
    return found[0] if found else None


def _text(folder: str, name: str) -> str | None:
    for file in (f"{folder}/{name}.sql", f"{folder}/shared/{name}.sql"):
        found = resources.files("data").joinpath(file)
        if found.is_file():
            return found.read_text(encoding="utf-8")
    return None
