"""Rows of Python in DuckDB: as parameters where they are few, as an Arrow table where they are many."""

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from data.warehouse import rows
from data.warehouse.rows import records, relation

COLUMNS = {
    "row": "BIGINT",
    "found": "BOOLEAN",
    "name": "VARCHAR",
    "blobs": "VARCHAR[]",
    "at": "TIMESTAMPTZ",
}
ROWS: list[list[Any]] = [
    [1, True, 'it\'s "x" \u20ac', ["a", "b"], datetime(2026, 11, 30, 12, 0, 0, 5, tzinfo=UTC)],
    [2**40, None, None, None, None],
    [3, False, "", [], datetime(1970, 1, 1, tzinfo=UTC)],
]


@pytest.mark.parametrize("few", [1_000, -1])
@pytest.mark.parametrize("given", [ROWS, ROWS[1:2], []], ids=["some", "only NULL", "none"])
def test_few_and_many_rows_are_the_same_relation(few: int, given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By either way the relation has the same types and the same values, and is gone afterwards."""
    monkeypatch.setattr(rows, "FEW", few)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        with relation(con, "loaded", COLUMNS, given):
            found = [[*one.values()] for one in records(con, "SELECT * FROM loaded")]
            types = con.execute("SELECT column_name, column_type FROM (DESCRIBE loaded)").fetchall()
        assert found == given
        assert [kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for _, kind in types] == [*COLUMNS.values()]
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM loaded")


def test_records_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that is longer than a part comes whole, and leaves the connection free."""
    monkeypatch.setattr(rows, "FETCHED", 7)
    with duckdb.connect() as con:
        found = [one["range"] for one in records(con, "SELECT * FROM range($n)", {"n": 50})]
        assert found == list(range(50))
        assert con.execute("SELECT 1").fetchall() == [(1,)]
