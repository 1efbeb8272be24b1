"""Denials that no rule of the policy states: by a cloud, or by a person."""

from collections.abc import Sequence

import duckdb

from data.lifecycle.approval import Approval
from data.warehouse.rows import fields_of, relation
from domain.cloud import Refused
from domain.policy import verdicts
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
        verdicts.deny_rows(con, "refused", remedy)


def deny_in(con: duckdb.DuckDBPyConnection, region: str, denial: Denial, because: str) -> None:
    """Let all that was gathered of a region count as denied, for one reason."""
    verdicts.deny_region(con, region, denial.id, because, denial.remedy)


def deny_all(con: duckdb.DuckDBPyConnection, denial: Denial, because: str) -> None:
    """Let all that was gathered count as denied, for one reason."""
    verdicts.deny_all(con, denial.id, because, denial.remedy)


def regions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The regions that what was gathered is about."""
    return [region for (region,) in con.execute("SELECT DISTINCT region FROM request ORDER BY region").fetchall()]
