"""The numbers of a profile are bound as values: what they are does not change what a rule says."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from domain.policy import verdicts
from domain.policy.engine import Limit, Policy, Rule, Value

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three requests, of which a name, a size and a switch are known."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TEMP TABLE fact AS SELECT * FROM (VALUES"
            " (1, 'a$size-x', 10, true), (2, 'abc', 20, false), (3, 'it''s $text', 30, true))"
            " AS t (row, name, size, on_)"
        )
        yield con


def denied(con: duckdb.DuckDBPyConnection, when: str, counts: str | None = None, **values: Value) -> set[int]:
    """The rows that one rule denies under a profile of these numbers."""
    limits = {name: Limit(name, value, date(2026, 1, 1), "test") for name, value in values.items()}
    rule = Rule("test.rule", when, "because", "remedy", "test", counts=counts is not None)
    policy = Policy([rule], limits)
    policy.judge(con, counts)
    return {verdict.row for verdict in policy.verdicts(con) if not verdict.allowed}


@pytest.mark.parametrize(
    ("when", "rows"),
    [
        ("name LIKE 'a$size%'", {1}),
        ("name LIKE 'a$nothing%'", set()),
        ("name = 'it''s $text'", {3}),
        ("name LIKE 'a$size%' OR size > $size", {1, 3}),
    ],
)
def test_a_dollar_in_a_string_is_no_number(con: duckdb.DuckDBPyConnection, when: str, rows: set[int]) -> None:
    """A string keeps its text, even where it has the name of a number in it."""
    assert denied(con, when, size=20) == rows


def test_values_of_every_kind(con: duckdb.DuckDBPyConnection) -> None:
    """A whole number, a switch and a text are compared as such; a text is never read as SQL."""
    assert denied(con, "size >= $size", size=20) == {2, 3}
    assert denied(con, "size >= $size AND size < $size + 5", size=20) == {2}
    assert denied(con, "$switch AND on_", switch=True) == {1, 3}
    assert denied(con, "$switch AND on_", switch=False) == set()
    assert denied(con, "name = $name", name="it's $text") == {3}
    assert denied(con, "name = $name", name="' OR TRUE --") == set()
    assert denied(con, "size > CASE WHEN on_ THEN $big ELSE $small END", big=1 << 40, small=15) == {2}


def test_numbers_in_counts(con: duckdb.DuckDBPyConnection) -> None:
    """The query for counted facts gets the numbers too."""
    assert denied(con, "counted > $most", "SELECT row, size + $more AS counted FROM fact", most=25, more=10) == {2, 3}


def test_a_number_that_is_not_there_is_named(con: duckdb.DuckDBPyConnection) -> None:
    """The message names the number, the rule that asks for it, and the numbers there are; nothing is judged."""
    with pytest.raises(ValueError, match=r"no number 'most' \(asked for by test\.rule\); it has least, size"):
        denied(con, "size > $most", size=1, least=2)
    with pytest.raises(ValueError, match=r"no number 'most' \(asked for by a count\); it has none"):
        denied(con, "counted > 1", "SELECT row, size + $most AS counted FROM fact")


def test_verdict_and_denial_have_one_owner() -> None:
    """No other module and no SQL file creates or changes the tables ``verdict`` and ``denial``."""
    writes = re.compile(
        r"\b(?:TABLE|VIEW|INTO|UPDATE|DELETE FROM|creates: table|creates: view)\s+(?:verdict|denial)\b", re.IGNORECASE
    )
    files = [file for part in ("domain", "data", "flows") for file in (PROJECT / part).rglob("*.*")]
    owners = [file.name for file in files if file.suffix in (".py", ".sql") and writes.search(file.read_text())]
    assert owners == [Path(verdicts.__file__).name]
