"""Denials that no rule of the policy states: by a cloud, or by a person. They go to ``verdict`` and ``denial``."""

from collections.abc import Sequence

import duckdb

from data.lifecycle.approval import Approval
from data.warehouse.rows import fields_of, relation
from domain.cloud import Refused
from domain.policy.denials import APPROVAL_REFUSED, Denial

_REFUSED = {"row": "BIGINT", "rule": "VARCHAR", "because": "VARCHAR"}


def refuse(con: duckdb.DuckDBPyConnection, refused: Approval) -> None:
    """Let all that was gathered count as denied, because a person refused it."""
    deny_all(con, APPROVAL_REFUSED, f"{refused.by} refused it: {refused.reason}")


def deny(con: duckdb.DuckDBPyConnection, refused: Sequence[Refused], remedy: str) -> None:
    """Let requests that our own rules allowed count as denied, each for a reason of its own."""
    if not refused:
        return
    with relation(con, "refused", _REFUSED, fields_of(refused, _REFUSED)):
        con.execute(
            "INSERT INTO denial BY NAME SELECT row, [rule] AS denied_by, [because] AS because, [?] AS remedy"
            " FROM refused SEMI JOIN (SELECT row FROM verdict WHERE objections = 0) AS allowed USING (row)",
            [remedy],
        )
        con.execute("UPDATE verdict SET objections = 1 WHERE row IN (SELECT row FROM refused) AND objections = 0")


def deny_in(con: duckdb.DuckDBPyConnection, region: str, denial: Denial, because: str) -> None:
    """Let all that was gathered of a region count as denied, for one reason."""
    of_region = "row IN (SELECT row FROM request WHERE region = ?)"
    con.execute(f"DELETE FROM denial WHERE {of_region}", [region])
    con.execute(
        "INSERT INTO denial BY NAME SELECT row, [?] AS denied_by, [?] AS because, [?] AS remedy"
        " FROM request WHERE region = ?",
        [denial.id, because, denial.remedy, region],
    )
    con.execute(f"UPDATE verdict SET objections = 1 WHERE {of_region}", [region])


def deny_all(con: duckdb.DuckDBPyConnection, denial: Denial, because: str) -> None:
    """Let all that was gathered count as denied, for one reason."""
    con.execute("CREATE OR REPLACE TEMP TABLE verdict AS SELECT row, 1 AS objections FROM request")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE denial AS"
        " SELECT row, [?] AS denied_by, [?] AS because, [?] AS remedy FROM request",
        [denial.id, because, denial.remedy],
    )


def regions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The regions that what was gathered is about."""
    return [region for (region,) in con.execute("SELECT DISTINCT region FROM request ORDER BY region").fetchall()]
