"""What the guides to the warehouse show works, in tools of other people, and so do the example queries."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data.warehouse.connection import Warehouse
from data.warehouse.snapshot import publish
from support.worlds import small_world

PROJECT = Path(__file__).parents[1]
GUIDES = [PROJECT / "docs" / "how-to" / name for name in ("share-the-warehouse.md", "query-the-warehouse.md")]
PAGE = "".join(guide.read_text(encoding="utf-8") for guide in GUIDES)
EXAMPLES = re.split(r"\n\n(?=--)", (PROJECT / "examples" / "queries.sql").read_text(encoding="utf-8"))[1:]
NO_ROWS = {"-- Which rules deny most, and of whom?"}
"""What the small world has no answer to."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small world and its published copy under ``var``."""
    home = tmp_path_factory.mktemp("home")
    warehouse = Warehouse(home / "var" / "warehouse.duckdb")
    with warehouse.writing() as con:
        small_world.build(con)
        small_world.metered(con, small_world.AS_OF)
    publish(warehouse, home / "var" / "snapshot.duckdb")
    return home


@pytest.fixture
def there(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """We are in that folder."""
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def tool(there: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A tool that knows nothing of ours, in a time zone of its own."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Asia/Tokyo'")
        yield con


def blocks(language: str) -> list[str]:
    """The blocks of the guides in a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found


def test_the_example_queries_answer(tool: duckdb.DuckDBPyConnection) -> None:
    """Each has a comment that asks what it answers; all but those that cannot have rows."""
    tool.execute("ATTACH 'var/snapshot.duckdb' AS cloud (READ_ONLY); USE cloud")
    first, *asked = (example.split("\n", 1) for example in EXAMPLES)
    tool.execute(first[1])
    assert len(asked) > 12
    for question, query in asked:
        assert re.fullmatch(r"-- [A-Z].*\?", question)
        (_,) = duckdb.extract_statements(query)
        assert bool(tool.execute(query).fetchall()) is (question not in NO_ROWS), question


def test_what_the_page_asks_in_sql_is_answered(tool: duckdb.DuckDBPyConnection) -> None:
    """All its SQL, one statement after the other, in a tool that had nothing open."""
    statements = [statement for block in blocks("sql") for statement in duckdb.extract_statements(block)]
    assert len(statements) > 8
    for statement in statements:
        tool.execute(statement).fetchall()


def test_what_the_page_does_in_python_works(there: Path) -> None:
    """The copy is opened and asked."""
    for block in blocks("python"):
        found: dict[str, object] = {}
        exec(block, found)  # noqa: S102 - our own page
        assert found["images"].num_rows == 23  # type: ignore[attr-defined]


def test_what_the_page_does_with_the_command_works(there: Path) -> None:
    """Each command answers; what it prints there is what it prints, but for place, size and time."""
    for block in blocks("console"):
        for step in re.split(r"^\$ imagekeeper ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            said = subprocess.run(
                [Path(sys.executable).parent / "imagekeeper", *shlex.split(command)],
                env=os.environ | {"IMAGEKEEPER_HOME": str(there / "var")},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            if expected:
                assert like(said) == like(expected)
            else:
                assert "Tenant it is shared with." in said


def like(text: str) -> str:
    """The text with places, sizes and times of one kind."""
    text = re.sub(r"^/\S*/var/", "var/", text, flags=re.MULTILINE)
    return re.sub(r"\d[\d.,:-]*", "0", text).strip()


def test_every_table_view_and_macro_is_in_the_guides(there: Path) -> None:
    """The guides name every table, view and macro."""
    with duckdb.connect("var/snapshot.duckdb", read_only=True) as con:
        names = con.execute(
            "SELECT table_name FROM duckdb_tables() UNION"
            " SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal UNION"
            " SELECT function_name FROM duckdb_functions() WHERE schema_name = 'main' AND NOT internal"
        ).fetchall()
    assert [name for (name,) in names if f"`{name}" not in PAGE] == []
