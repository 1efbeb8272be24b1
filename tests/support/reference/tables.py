"""The page of all tables, views and macros, from a migrated warehouse."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from data.warehouse.connection import Warehouse
from support.reference.markdown import code, document, prose, section, table

MAIN = "database_name = current_database() AND schema_name = 'main' AND NOT internal"


def page() -> str:
    """The page: the tables, then the views, then the macros."""
    with TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / "warehouse.duckdb")
        with warehouse.writing():
            pass
        with warehouse.reading() as con:
            tables = con.execute(f"SELECT table_name, comment FROM duckdb_tables() WHERE {MAIN} ORDER BY 1").fetchall()
            views = con.execute(f"SELECT view_name, comment FROM duckdb_views() WHERE {MAIN} ORDER BY 1").fetchall()
            macros = con.execute(
                "SELECT function_name, parameters, comment FROM duckdb_functions()"
                f" WHERE {MAIN} AND function_type IN ('macro', 'table_macro') ORDER BY 1"
            ).fetchall()
            parts = [
                section("Tables", *(_relation(con, *one) for one in tables)),
                section("Views", *(_relation(con, *one) for one in views)),
            ]
    called = [(code(f"{name}({', '.join(parameters)})"), prose(comment)) for name, parameters, comment in macros]
    return document(
        "Warehouse",
        "data/warehouse/migrations",
        "The tables, views and macros of `warehouse.duckdb` and of its snapshots. The comments stand in the file as"
        " well: `duckdb_columns()` lists them. A snapshot has a view per report in the schema `report`:"
        " see [reports](reports.md). [Query the warehouse](../how-to/query-the-warehouse.md) explains how the tables"
        " relate and how to query the past.",
        [
            _contents(name for name, _ in [*tables, *views]),
            *parts,
            section("Macros", table(("macro", "result"), called)),
        ],
    )


def _contents(names: Iterable[str]) -> str:
    return " · ".join(f"[{code(name)}](#{name})" for name in names)


def _relation(con: duckdb.DuckDBPyConnection, name: str, comment: str | None) -> str:
    columns = con.execute(
        f"SELECT column_name, data_type, comment FROM duckdb_columns() WHERE {MAIN} AND table_name = ?"
        " ORDER BY column_index",
        [name],
    ).fetchall()
    rows = [(code(column), code(_short(kind)), prose(said)) for column, kind, said in columns]
    return section(name, prose(comment), table(("column", "type", "meaning"), rows), level=3)


def _short(kind: str) -> str:
    return kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
