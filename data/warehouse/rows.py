"""Python rows as a temporary DuckDB relation, and the rows of a query as dictionaries.

Neither imports pyarrow for a small batch, because that import is slow.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

FEW = 1_000
"""The most rows that are passed as parameters. More rows are passed as an Arrow table: it takes a quarter of the time
for each row, but 0.7 s for the first, because pyarrow imports numpy and pandas."""

FETCHED = 10_000
"""The number of rows of a result that are fetched at once."""

Columns = Mapping[str, str]
"""The columns of a relation: name to DuckDB type."""


@contextmanager
def relation(
    con: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Sequence[Sequence[Any]]
) -> Iterator[None]:
    """Create a temporary relation that queries of this connection can read during the block.

    Args:
        con: the connection. Fetch all rows of its last result first: this function executes statements.
        name: the name of the relation.
        columns: its columns, of the types BIGINT, BOOLEAN, VARCHAR, VARCHAR[] and TIMESTAMPTZ.
        rows: the values of each row, in the order of the columns. Times have a time zone.
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
    """Return one row for each object: the fields that are columns, in the order of the columns."""
    return [[getattr(row, name) for name in columns] for row in rows]


def records(con: duckdb.DuckDBPyConnection, query: str, parameters: Any = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query as dictionaries: column name to value.

    Read all rows before you use the connection for another query.
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
