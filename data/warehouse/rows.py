"""Rows of Python as a relation of DuckDB, for the time of a block; and the rows of a query as dictionaries.

Both do without pyarrow where they can, so that a small batch need not wait for its import.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

FEW = 1_000
"""Up to so many rows go as parameters. More go as an Arrow table, which takes a quarter of the time for each row, but
0.7 s for the first: pyarrow imports numpy and pandas."""

FETCHED = 10_000
"""How many rows of a result are Python objects at once."""

Columns = Mapping[str, str]
"""The columns of a relation: their names, and their DuckDB types."""


@contextmanager
def relation(
    con: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Sequence[Sequence[Any]]
) -> Iterator[None]:
    """Rows under a name that queries of this connection can read while the block runs.

    Args:
        con: the connection; it must not be used for a result that is still being read.
        name: the name of the relation.
        columns: its columns, of the types BIGINT, BOOLEAN, VARCHAR, VARCHAR[] and TIMESTAMPTZ.
        rows: the values of each row in the order of the columns; times have a time zone.
    """
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    if len(rows) <= FEW:
        selected = ", ".join(
            f'unnest(CAST(${number} AS {kind}[])) AS "{column}"'
            for number, (column, kind) in enumerate(columns.items(), start=1)
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {selected}", values)
        yield
        con.execute(f"DROP TABLE temp.{name}")
    else:
        con.register(name, _arrow_table(columns, values))
        yield
        con.unregister(name)


def fields_of(rows: Sequence[Any], columns: Columns) -> list[list[Any]]:
    """The fields of objects that are columns of a relation, in the order of the columns."""
    return [[getattr(row, name) for name in columns] for row in rows]


def records(con: duckdb.DuckDBPyConnection, query: str, parameters: Any = None) -> Iterator[dict[str, Any]]:
    """The rows of a query as dictionaries, by the names of its columns.

    The connection is free for other queries once all of them have been read.
    """
    result = con.execute(query, parameters)
    names = [column[0] for column in result.description or []]
    while rows := result.fetchmany(FETCHED):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _arrow_table(columns: Columns, values: Sequence[Sequence[Any]]) -> Any:
    import pyarrow as pa

    types = {
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "VARCHAR": pa.string(),
        "VARCHAR[]": pa.list_(pa.string()),
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    }
    arrays = (pa.array(column, types[kind]) for column, kind in zip(values, columns.values(), strict=True))
    return pa.table(dict(zip(columns, arrays, strict=True)))
