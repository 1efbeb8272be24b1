"""Everything in the warehouse says what it is, to whoever opens it with a tool of their own."""

from pathlib import Path

import pytest

from data.warehouse.connection import Warehouse

SAID = """
SELECT schema_name, table_name AS name, comment FROM duckdb_tables() WHERE database_name = 'wh'
UNION ALL
SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = 'wh' AND NOT internal
UNION ALL
SELECT schema_name, concat(table_name, '.', column_name), comment
FROM duckdb_columns() WHERE database_name = 'wh' AND NOT internal
UNION ALL
SELECT schema_name, function_name, comment FROM duckdb_functions() WHERE database_name = 'wh' AND NOT internal
"""
LONGEST = 200


@pytest.fixture(scope="module")
def said(empty: Path) -> list[tuple[str, str, str | None]]:
    """Schema, name and comment of each table, view, macro and column."""
    with Warehouse(empty).reading() as con:
        return con.execute(SAID).fetchall()


def test_nothing_is_without_a_comment(said: list[tuple[str, str, str | None]]) -> None:
    """Tables, views, macros and all columns have one; a migration that adds something comments it too."""
    assert {"charge", "charge.x_kind", "focus_1_4.InvoiceId", "image_use_at", "os_end_of_life.ends_on"} <= {
        name for _, name, _ in said
    }
    assert [name for _, name, comment in said if not comment] == []


def test_comments_are_short_sentences(said: list[tuple[str, str, str | None]]) -> None:
    """They fit where tools show them. Those of reports are as long as about.yaml has them."""
    comments = {name: comment or "" for schema, name, comment in said if schema == "main"}
    assert {name: comment for name, comment in comments.items() if len(comment) > LONGEST} == {}
    assert [name for name, comment in comments.items() if comment[-1:] not in (".", ")", ";")] == []
