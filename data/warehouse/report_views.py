"""The views of the published snapshot: each report as a view of the schema ``report``, with default parameters.

A tool can attach the snapshot under any name, beside other files, and in any time zone. DuckDB resolves the names in a
view in the schema of that view first, and does not search ``main`` of an attached file. So the schema ``report_source``
contains:

- a view for each table and view of ``main``, with the same name; its times are in UTC without a time zone;
- a copy of each macro of ``main``, which reads those views; ``as_time`` returns a time without a time zone;
- a view ``<name>_query`` for each report: its query, with the defaults of its parameters.

The views in ``report`` add the time zone to times again. The queries name only tables and macros, and compute with
times as if the zone were UTC, as it is on each connection to the warehouse.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import duckdb
import yaml

from data.warehouse.pipeline import step

LEFT_OUT = {
    "as_of": "(now() AT TIME ZONE 'UTC')",
    "profile": "'seed'",
    "percent": "10",
    "from_percent": "80",
    "unused_days": "90",
}
"""The SQL of the default of each parameter, the same default as in ``data.read``. All others default to NULL."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader of libyaml if it is installed: ten times as fast as ``safe_load``."""
OF_MAIN = "database_name = current_database() AND schema_name = 'main'"


def make(con: duckdb.DuckDBPyConnection) -> None:
    """Create the views of all reports, with comments from about.yaml. Replaces earlier views."""
    con.execute("DROP SCHEMA IF EXISTS report CASCADE; DROP SCHEMA IF EXISTS report_source CASCADE")
    con.execute("CREATE SCHEMA report; CREATE SCHEMA report_source")
    _make_sources(con)
    for folder in _folders():
        about = yaml.load((folder / "about.yaml").read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe one
        if "judges" in about:  # its query reads temporary tables, which the snapshot does not have
            continue
        query = with_defaults(con, step(f"reports/{folder.name}/query").query)
        times = [column for column, about_column in about["columns"].items() if about_column["unit"] == "UTC time"]
        _make_view(con, f"report_source.{folder.name}_query", query)
        _make_view(con, f"report.{folder.name}", f"SELECT *{_moved(times)} FROM report_source.{folder.name}_query")
        for comment in _comments(folder.name, about):
            con.execute(comment)


def with_defaults(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """Return a report's query with the defaults of ``LEFT_OUT`` in place of its parameters.

    DuckDB's parser gives the positions of the parameters, so a ``$name`` in a string or a comment stays.

    Raises:
        ValueError: if DuckDB cannot parse the query. The message is DuckDB's.
    """
    parsed = json.loads(con.execute("SELECT json_serialize_sql($query)", {"query": query}).fetchall()[0][0])
    if parsed["error"]:
        raise ValueError(parsed["error_message"])
    text = query.encode()  # positions are in bytes
    found = [node for node in _nodes(parsed) if node.get("class") == "PARAMETER"]
    for node in sorted(found, key=lambda node: node["query_location"], reverse=True):
        begin = node["query_location"]
        end = begin + len(f"${node['identifier']}")
        text = text[:begin] + LEFT_OUT.get(node["identifier"], "NULL").encode() + text[end:]
    return text.decode()


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Return all JSON objects of a parsed query, each before the objects in it."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(child)


def _make_sources(con: duckdb.DuckDBPyConnection) -> None:
    tables = con.execute(
        "SELECT table_name, list(column_name) FILTER (data_type = 'TIMESTAMP WITH TIME ZONE')"
        f" FROM duckdb_columns() WHERE {OF_MAIN} GROUP BY table_name"
    ).fetchall()
    for name, times in tables:
        con.execute(f"CREATE VIEW report_source.{name} AS SELECT *{_moved(times or ())} FROM main.{name}")
    macros = con.execute(
        "SELECT function_name, array_to_string(parameters, ', '),"
        " CASE function_type WHEN 'table_macro' THEN 'TABLE ' ELSE '' END || macro_definition"
        f" FROM duckdb_functions() WHERE {OF_MAIN} AND function_type IN ('macro', 'table_macro')"
    ).fetchall()
    for name, parameters, definition in macros:
        con.execute(f"CREATE MACRO report_source.{name}({parameters}) AS {definition}")
    con.execute("CREATE OR REPLACE MACRO report_source.as_time(said) AS (said::TIMESTAMP)")


def _make_view(con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Create a view with its query as text. DuckDB would load parsed queries with the file, which doubles that time."""
    con.execute(f"CREATE VIEW {name} AS FROM query({_quoted(query)})")


def _moved(times: Sequence[str]) -> str:
    """Return a REPLACE clause that removes the zone of times that have one, and adds UTC to times that have none."""
    moved = ", ".join(f"{time} AT TIME ZONE 'UTC' AS {time}" for time in times)
    return f" REPLACE ({moved})" if moved else ""


def _comments(name: str, about: Mapping[str, Any]) -> Iterator[str]:
    yield f"COMMENT ON VIEW report.{name} IS {_quoted('{title}. A row: {rows}'.format(**about))}"
    for column, about_column in about["columns"].items():
        yield f"COMMENT ON COLUMN report.{name}.{column} IS {_quoted('{means} ({unit})'.format(**about_column))}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _folders() -> list[Traversable]:
    folders = (resources.files("data") / "reports").iterdir()
    return sorted((folder for folder in folders if folder.is_dir()), key=lambda folder: folder.name)
