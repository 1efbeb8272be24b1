"""The project's SQL files, read once: one of a kind a folder, one an action a file."""

from functools import cache
from importlib import resources

import duckdb


@cache
def statements(folder: str, name: str) -> tuple[str, ...]:
    """The statements of ``data/<folder>/<name>.sql``, in order; none where there is no such file."""
    file = resources.files("data").joinpath(folder, f"{name}.sql")
    if not file.is_file():
        return ()
    return tuple(one.query for one in duckdb.extract_statements(file.read_text(encoding="utf-8")))


def statement(folder: str, name: str) -> str | None:
    """The one statement of a file, or None where there is no such file."""
    found = statements(folder, name)
    return found[0] if found else None
