"""SQL steps: each file is one relation or one write statement, and declares the temporary relations that it reads.

The comment at the top of a file can have two lines for this module:

- ``-- inputs: request, resolved_image``: the temporary relations that the query reads. Tables, views and macros of the
  warehouse are not inputs.
- ``-- creates: table fact`` (or ``view``): the file is a SELECT, and the step creates or replaces that temporary
  relation. A file without this line is a query for rows or a write statement.

A test compares the inputs with the tables that DuckDB finds in each query.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from data.warehouse.sql_files import exists, read_one

_INPUTS = re.compile(r"^-- inputs: (.+)$", re.MULTILINE)
_CREATES = re.compile(r"^-- creates: (table|view) (\w+)$", re.MULTILINE)


class MissingInputError(LookupError):
    """A step reads a temporary relation that no earlier step created. The message names the step and the relation."""


@dataclass(frozen=True, slots=True)
class Step:
    """One SQL file: its ``path`` below ``data`` without ``.sql``, its query, its inputs, and what it creates.

    ``creates`` is the name of the temporary relation, or None. ``statement`` is what DuckDB executes: the query, or
    the query as the definition of that relation. ``parameters`` are the ``$name`` of the query.
    """

    path: str
    query: str
    statement: str
    inputs: tuple[str, ...]
    creates: str | None
    parameters: frozenset[str]


@cache
def step(path: str) -> Step:
    """Return the step of ``data/<path>.sql``.

    Raises:
        MissingSqlError: if there is no such file, or it has not exactly one statement.
    """
    text, parsed = read_one(path)
    creates, inputs = _CREATES.search(text), _INPUTS.search(text)
    statement = f"CREATE OR REPLACE TEMP {creates[1].upper()} {creates[2]} AS\n{parsed.query}" if creates else None
    return Step(
        path=path,
        query=parsed.query,
        statement=statement or parsed.query,
        inputs=tuple(name.strip() for name in inputs[1].split(",")) if inputs else (),
        creates=creates[2] if creates else None,
        parameters=frozenset(parsed.named_parameters),
    )


def optional_step(path: str) -> Step | None:
    """Return the step of ``data/<path>.sql``, or None if there is no such file."""
    return step(path) if exists(path) else None


def execute(con: duckdb.DuckDBPyConnection, one: Step, **values: Any) -> duckdb.DuckDBPyConnection:
    """Execute one step with the ``values`` of its parameters. Return the connection, to fetch the rows from.

    Ignores values that the step has no parameter for.

    Raises:
        MissingInputError: if a temporary relation that it reads does not exist.
        TypeError: if a parameter has no value.
    """
    if unknown := one.parameters - values.keys():
        raise TypeError(f"data/{one.path}.sql needs a value for {', '.join(sorted(unknown))}")
    try:
        return con.execute(one.statement, {name: values[name] for name in one.parameters})
    except duckdb.CatalogException as error:
        # DuckDB has looked for the inputs already. A check of our own before each step would only take time.
        absent = re.search(r"Table with name (\w+) does not exist", str(error))
        if absent is None or absent[1] not in one.inputs:
            raise
        raise MissingInputError(f"data/{one.path}.sql reads {absent[1]}, which no earlier step made") from error


def run(con: duckdb.DuckDBPyConnection, *steps: Step, **values: Any) -> None:
    """Execute steps in order, each with the ``values`` of its parameters.

    Raises:
        MissingInputError: if a step reads a temporary relation that does not exist. Steps before it were executed.
        TypeError: if a parameter has no value.
    """
    for one in steps:
        execute(con, one, **values)


def rows(con: duckdb.DuckDBPyConnection, path: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of the query ``data/<path>.sql``. Raises the errors of ``step`` and ``execute``."""
    return execute(con, step(path), **values).fetchall()
