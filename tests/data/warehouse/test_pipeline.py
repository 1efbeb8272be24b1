"""SQL files are steps: each is one statement, and declares the temporary tables that it reads."""

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import duckdb
import pytest

from data.warehouse.pipeline import MissingInputError, Step, execute, optional_step, run, step
from data.warehouse.sql_files import MissingSqlError
from support.fakes import StandingWarehouse

DATA = Path(str(resources.files("data")))
LISTS = {"checks", "macros"}
"""Names of files that are lists of statements: the checks of a report, and definitions of macros."""
LEFT_ALONE = ("warehouse/migrations",)
"""Folders that have other rules: migrations are scripts."""
SELECT = duckdb.StatementType.SELECT
PATHS = sorted(
    path
    for file in DATA.rglob("*.sql")
    if not (path := file.relative_to(DATA).with_suffix("").as_posix()).startswith(LEFT_ALONE) and file.stem not in LISTS
)
FROM_PYTHON = {
    "lifecycle": {"request", "file_fact", "verdict", "denial", "running_counts", "done", "failure"},
    "billing": {"request", "resolved_image", "verdict", "done", "priced_line", "metered_charge", "exported_charge"},
    "inventory": {
        *("seen_image", "seen_member", "seen_flavor", "seen_tenant"),
        *("held", "needed_before", "retention_rule"),
        *("verdict_now", "verdict_then", "denial"),
    },
    "reports": {"number_asked", "ruled", "spoken"},
}
"""By part of the code: the temporary relations that are not made by a SQL file."""


@pytest.fixture
def con(standing_warehouse: StandingWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A migrated warehouse in which nothing is."""
    standing_warehouse.recall()
    with standing_warehouse.writing() as con:
        yield con


def part(path: str) -> str:
    """The part of the code that a step belongs to: steps of one part see the temporary relations of each other."""
    return path.split("/", maxsplit=1)[0]


def created(of: str) -> set[str]:
    """The temporary relations that the steps of a part can read."""
    return {step(path).creates for path in PATHS if part(path) == of} - {None} | FROM_PYTHON.get(of, set())


def tables_of(query: str) -> set[str]:
    """The tables that a query reads, without its own CTEs; of a write statement those after FROM and JOIN."""
    found = json.loads(duckdb.sql("SELECT json_serialize_sql($q)", params={"q": query}).fetchall()[0][0])
    if not found["error"]:
        nodes = list(_nodes(found))
        ctes = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", [])}
        return {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"} - ctes
    words = re.sub(r"--.*|'(?:[^']|'')*'", "", query)
    ctes = set(re.findall(r"\b(\w+) AS (?:NOT )?(?:MATERIALIZED )?\(", words))
    return set(re.findall(r"\b(?:FROM|JOIN)\s+\(*(\w+)", words)) - ctes


def _nodes(tree: object) -> Iterator[dict[str, object]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(child)


@pytest.mark.parametrize("path", PATHS)
def test_a_step_declares_what_it_reads(path: str) -> None:
    """A file is one statement, and its declared inputs are the temporary relations that its query reads."""
    assert tables_of(step(path).query) & created(part(path)) == set(step(path).inputs)


def test_a_temporary_relation_has_no_name_of_the_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    """A step cannot read a table of the warehouse in place of an input that is not there; the demo world is apart."""
    stored = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary UNION ALL"
        " SELECT view_name FROM duckdb_views() WHERE NOT temporary AND NOT internal"
    ).fetchall()
    names = {name for of in {part(path) for path in PATHS} - {"demo"} for name in created(of)}
    assert names & {name for (name,) in stored} == set()


def test_a_step_reads_nothing_that_nobody_made(con: duckdb.DuckDBPyConnection) -> None:
    """Each table of a SELECT is an input, or a table or view of the warehouse: there are no undeclared names."""
    stored = {
        name
        for (name,) in con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT temporary UNION ALL"
            " SELECT view_name FROM duckdb_views() WHERE NOT temporary AND NOT internal"
        ).fetchall()
    }
    selects = [path for path in PATHS if duckdb.extract_statements(step(path).query)[0].type == SELECT]
    strange = {path: tables_of(step(path).query) - stored - set(step(path).inputs) for path in selects}
    assert {path: names for path, names in strange.items() if names} == {}


def test_a_missing_file_is_named() -> None:
    """A file that is not there is an error that says which, unless it is asked for as optional."""
    with pytest.raises(MissingSqlError, match=r"there is no file data/lifecycle/sql/facts/fly\.sql"):
        step("lifecycle/sql/facts/fly")
    assert optional_step("lifecycle/sql/facts/fly") is None


def test_a_file_of_several_statements_is_no_step() -> None:
    """What is more than one relation has no name of its own."""
    with pytest.raises(MissingSqlError, match=r"ledger/checks\.sql has 13 statements; a step is exactly one"):
        step("reports/ledger/checks")


def test_a_missing_input_is_named() -> None:
    """A step that comes before the step that makes its input says what it lacks."""
    with duckdb.connect() as con:
        with pytest.raises(
            MissingInputError, match=r"log/line_image/image\.sql reads resolved_image, which no earlier"
        ):
            run(con, step("lifecycle/sql/log/line_image/image"))
        con.execute("CREATE TEMP TABLE resolved_image AS SELECT 1 AS row, 'i' AS image_id")
        run(con, step("lifecycle/sql/log/line_image/image"))
        assert con.execute("FROM line_image").fetchall() == [(1, "i")]


def test_a_table_of_the_warehouse_that_is_not_there_is_duckdbs_error() -> None:
    """Only declared inputs are explained."""
    with duckdb.connect() as con, pytest.raises(duckdb.CatalogException, match="resolved_image"):
        execute(con, _made("SELECT * FROM resolved_image"))


def test_a_parameter_needs_a_value() -> None:
    """A step gets those of the values that it names; one that it names and does not get is an error."""
    with duckdb.connect() as con:
        one = _made("SELECT $a + 1 AS b, 'a$size' AS c", "a")
        assert execute(con, one, a=1, size=2).fetchall() == [(2, "a$size")]
        with pytest.raises(TypeError, match=r"data/made\.sql needs a value for a"):
            execute(con, one, size=2)


def _made(query: str, *parameters: str) -> Step:
    return Step("made", query, query, (), None, frozenset(parameters))
