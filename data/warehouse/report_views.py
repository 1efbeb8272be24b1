"""Each report as a view of the schema ``report``, with its parameters left out: in the copy for people's own tools.

A tool may have the file under any name, beside other files, and in any time zone. So a view says of every table that
it is in ``main``, has the macros it asks written out, and reckons in UTC with times that have no zone: those of the
tables lose theirs first, and those of the report get it back last.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import duckdb
import yaml

from data.warehouse.sql_files import statement

LEFT_OUT = {
    "as_of": "(now() AT TIME ZONE 'UTC')",
    "profile": "'seed'",
    "percent": "10",
    "from_percent": "80",
    "unused_days": "90",
}
"""What stands for a parameter: what ``data.read`` takes where it is left out; NULL for all others."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast as ``safe_load``, where it is there."""
OF_MAIN = "database_name = current_database() AND schema_name = 'main'"


def make(con: duckdb.DuckDBPyConnection) -> None:
    """Make the views of all reports, with comments from about.yaml."""
    con.execute("DROP SCHEMA IF EXISTS report CASCADE")
    con.execute("CREATE SCHEMA report")
    main = _main(con)
    for folder in _folders():
        about = yaml.load((folder / "about.yaml").read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe one
        if "judges" in about:  # it asks tables that are made for it and gone afterwards
            continue
        query = statement(f"reports/{folder.name}", "query") or ""
        times = [column for column, said in about["columns"].items() if said["unit"] == "UTC time"]
        # As text: parsed queries would be loaded whenever the file is opened, and take as long as all the rest of it.
        con.execute(f"CREATE VIEW report.{folder.name} AS FROM query({_quoted(view_of(query, times, main))})")
        for comment in _comments(folder.name, about):
            con.execute(comment)


@dataclass(frozen=True, slots=True)
class Main:
    """What queries may ask: the tables and views of ``main`` with their columns of times, and the macros' queries.

    ``scalars`` are the macros that give a value: the name of their parameter, and their expression.
    """

    tables: Mapping[str, Sequence[str]]
    macros: Mapping[str, str]
    scalars: Mapping[str, tuple[str, str]]


def view_of(query: str, times: Sequence[str], main: Main) -> str:
    """A report's query with its parameters left out, as true in one file and time zone as in another.

    Args:
        query: the report's query.
        times: the columns of its rows that are times.
        main: what there is to ask.
    """
    query = _written_out(_without_zone(query), main.scalars)
    macros = {name: asked for name, asked in main.macros.items() if f"{name}($as_of)" in query}
    for name in macros:
        query = query.replace(f"{name}($as_of)", name)
    named = re.findall(r'\b(?:FROM|JOIN)\s+\(*"?(\w+)', " ".join([query, *macros.values()]))
    tables = {
        name: f"SELECT *{_moved(main.tables[name])} FROM main.{name}"
        for name in sorted(set(named) & main.tables.keys())
    }
    first = ",\n".join(f"{name} AS NOT MATERIALIZED ({asked})" for name, asked in (tables | macros).items())
    view = f"WITH {first}\nSELECT *{_moved(times)} FROM (\n{query.rstrip().rstrip(';')}\n)"
    return re.sub(r"\$(\w+)", lambda found: LEFT_OUT.get(found[1], "NULL"), view)


def _main(con: duckdb.DuckDBPyConnection) -> Main:
    tables = con.execute(
        "SELECT table_name, list(column_name) FILTER (data_type = 'TIMESTAMP WITH TIME ZONE')"
        f" FROM duckdb_columns() WHERE {OF_MAIN} GROUP BY table_name"
    ).fetchall()
    table_macros, scalar_macros = (
        con.execute(
            "SELECT function_name, parameters[1], macro_definition FROM duckdb_functions()"
            f" WHERE {OF_MAIN} AND function_type = ? AND len(parameters) = 1",
            [kind],
        ).fetchall()
        for kind in ("table_macro", "macro")
    )
    return Main(
        {name: times or () for name, times in tables},
        {name: re.sub(rf"\b{moment}\b", "$as_of", _without_zone(asked)) for name, moment, asked in table_macros},
        {name: (parameter, _without_zone(asked)) for name, parameter, asked in scalar_macros},
    )


def _written_out(query: str, scalars: Mapping[str, tuple[str, str]]) -> str:
    """A query with the expressions of macros in place of their calls, each of which names a column."""
    for name, (parameter, asked) in scalars.items():
        for called, column in set(re.findall(rf"\b({name}\(([\w.]+)\))", query)):
            query = query.replace(called, re.sub(rf"\b{parameter}\b", column, f"({asked})"))
    return query


def _without_zone(query: str) -> str:
    """The same about times that are UTC without saying so."""
    query = re.sub(r"\s+AT TIME ZONE 'UTC'", "", query).replace("timezone('UTC', ", "(")
    return re.sub(r"\bTIMESTAMPTZ\b|\bTIMESTAMP WITH TIME ZONE\b", "TIMESTAMP", query, flags=re.IGNORECASE)


def _moved(times: Sequence[str]) -> str:
    """Takes their zone from times that have one, and gives one to those that have none."""
    moved = ", ".join(f"{time} AT TIME ZONE 'UTC' AS {time}" for time in times)
    return f" REPLACE ({moved})" if moved else ""


def _comments(name: str, about: Mapping[str, Any]) -> Iterator[str]:
    yield f"COMMENT ON VIEW report.{name} IS {_quoted('{title}. A row: {rows}'.format(**about))}"
    for column, said in about["columns"].items():
        yield f"COMMENT ON COLUMN report.{name}.{column} IS {_quoted('{means} ({unit})'.format(**said))}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _folders() -> list[Traversable]:
    folders = (resources.files("data") / "reports").iterdir()
    return sorted((folder for folder in folders if folder.is_dir()), key=lambda folder: folder.name)
