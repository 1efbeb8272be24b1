"""The SQL files of billing by name: one file defines one relation, and its header says what one row is."""

from collections.abc import Iterable

import duckdb

from data.warehouse.sql_files import statement, statements

FOLDER = "billing/sql"


def sql(name: str) -> str:
    """The one statement of ``data/billing/sql/<name>.sql``.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    folder, _, file = name.rpartition("/")
    found = statement(f"{FOLDER}/{folder}", file)
    if found is None:
        raise FileNotFoundError(f"data/{FOLDER}/{name}.sql")
    return found


def run(con: duckdb.DuckDBPyConnection, name: str, **values: object) -> None:
    """Execute all statements of ``data/billing/sql/<name>.sql``; each binds the values that it names as ``$name``.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    folder, _, file = name.rpartition("/")
    found = statements(f"{FOLDER}/{folder}", file)
    if not found:
        raise FileNotFoundError(f"data/{FOLDER}/{name}.sql")
    for query in found:
        (parsed,) = duckdb.extract_statements(query)
        con.execute(query, {name: values[name] for name in parsed.named_parameters})


def create_tables(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Compute relations one after the other, each as a temporary table with the name of its file."""
    for name in names:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name.rpartition('/')[2]} AS {sql(name)}")


def create_views(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Define relations as temporary views with the names of their files: DuckDB streams their rows into the query."""
    for name in names:
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name.rpartition('/')[2]} AS {sql(name)}")
