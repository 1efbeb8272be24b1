"""The temporary tables ``verdict`` and ``denial``. Only this module creates and changes them.

- ``verdict``: ``row`` of a request, and ``objections``: one bit for each rule that denies it. 0 is allowed. It is 1
  if a cloud or a person denied a request that the rules allow.
- ``denial``: one row for each denied request that was explained: ``row``, and ``denied_by`` (rule ids), ``because`` and
  ``remedy``, which are lists of the same length.
"""

from collections.abc import Mapping
from typing import Any

import duckdb

_ONE_DENIAL = "[?] AS denied_by, [?] AS because, [?] AS remedy"


def replace(con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any] | None = None) -> None:
    """Replace ``verdict`` by the rows of a query (``row``, ``objections``), which may read ``verdict``."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE verdict AS {query}", dict(values or {}))


def replace_denials(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Replace ``denial`` by the rows of a query (``row``, ``denied_by``, ``because``, ``remedy``)."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE denial AS {query}")


def copy(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Copy ``verdict`` into the temporary table ``name``."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM verdict")


def deny_rows(con: duckdb.DuckDBPyConnection, table: str, remedy: str) -> None:
    """Deny the requests of a table (``row``, ``rule``, ``because``) that are allowed so far."""
    con.execute(
        "INSERT INTO denial BY NAME SELECT row, [rule] AS denied_by, [because] AS because, [?] AS remedy"
        f" FROM {table} SEMI JOIN (SELECT row FROM verdict WHERE objections = 0) AS allowed USING (row)",
        [remedy],
    )
    con.execute(f"UPDATE verdict SET objections = 1 WHERE row IN (SELECT row FROM {table}) AND objections = 0")


def deny_region(con: duckdb.DuckDBPyConnection, region: str, rule: str, because: str, remedy: str) -> None:
    """Deny all requests of a region for this reason; it replaces earlier reasons."""
    of_region = "row IN (SELECT row FROM request WHERE region = ?)"
    con.execute(f"DELETE FROM denial WHERE {of_region}", [region])
    con.execute(
        f"INSERT INTO denial BY NAME SELECT row, {_ONE_DENIAL} FROM request WHERE region = ?",
        [rule, because, remedy, region],
    )
    con.execute(f"UPDATE verdict SET objections = 1 WHERE {of_region}", [region])


def deny_all(con: duckdb.DuckDBPyConnection, rule: str, because: str, remedy: str) -> None:
    """Deny all requests for this reason; it replaces earlier reasons."""
    replace(con, "SELECT row, 1 AS objections FROM request")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE denial AS SELECT row, {_ONE_DENIAL} FROM request", [rule, because, remedy]
    )
