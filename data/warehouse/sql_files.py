"""Read and parse the SQL files of ``data``. Each file is read and parsed once."""

from functools import cache
from importlib import resources

import duckdb


class MissingSqlError(LookupError):
    """A SQL file does not exist, or has the wrong number of statements. The message names the file."""


def exists(path: str) -> bool:
    """Return whether the file ``data/<path>.sql`` exists."""
    return resources.files("data").joinpath(f"{path}.sql").is_file()


@cache
def statements(folder: str, name: str) -> tuple[str, ...]:
    """Return the statements of ``data/<folder>/<name>.sql``, in order.

    Use this for files with several statements: macro definitions, and the checks of a report. A file with one statement
    is a step (``data.warehouse.pipeline``).

    Raises:
        MissingSqlError: if there is no such file.
    """
    return tuple(one.query for one in duckdb.extract_statements(_text(f"{folder}/{name}")))


def statement(folder: str, name: str) -> str:
    """Return the only statement of ``data/<folder>/<name>.sql``.

    Raises:
        MissingSqlError: if there is no such file, or it has not exactly one statement.
    """
    return read_one(f"{folder}/{name}")[1].query


@cache
def read_one(path: str) -> tuple[str, duckdb.Statement]:
    """Return the text of ``data/<path>.sql``, and the only statement in it.

    Raises:
        MissingSqlError: if there is no such file, or it has not exactly one statement.
    """
    text = _text(path)
    found = duckdb.extract_statements(text)
    if len(found) != 1:
        raise MissingSqlError(f"data/{path}.sql has {len(found)} statements; a step is exactly one")
    return text, found[0]


def _text(path: str) -> str:
    file = resources.files("data").joinpath(f"{path}.sql")
    if not file.is_file():
        raise MissingSqlError(f"there is no file data/{path}.sql; check the name, or add the file")
    return file.read_text(encoding="utf-8")
