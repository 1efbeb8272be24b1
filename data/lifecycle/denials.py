"""Denials that no rule of the policy states: by a cloud, or by a person."""

from collections.abc import Sequence
from dataclasses import asdict

import duckdb
import pyarrow as pa

from data.lifecycle.approval import Approval
from domain.cloud import Refused
from domain.policy import verdicts
from domain.policy.denials import APPROVAL_REFUSED, Denial

_REFUSED = pa.schema({"row": pa.int64(), "rule": pa.string(), "because": pa.string()})


def refuse(con: duckdb.DuckDBPyConnection, refused: Approval) -> None:
    """Let all that was gathered count as denied, because a person refused it."""
    deny_all(con, APPROVAL_REFUSED, f"{refused.by} refused it: {refused.reason}")


def deny(con: duckdb.DuckDBPyConnection, refused: Sequence[Refused], remedy: str) -> None:
    """Let requests that our own rules allowed count as denied, each for a reason of its own."""
    if not refused:
        return
    con.register("refused", pa.Table.from_pylist([asdict(one) for one in refused], schema=_REFUSED))
    verdicts.deny_rows(con, "refused", remedy)
    con.unregister("refused")


def deny_in(con: duckdb.DuckDBPyConnection, region: str, denial: Denial, because: str) -> None:
    """Let all that was gathered of a region count as denied, for one reason."""
    verdicts.deny_region(con, region, denial.id, because, denial.remedy)


def deny_all(con: duckdb.DuckDBPyConnection, denial: Denial, because: str) -> None:
    """Let all that was gathered count as denied, for one reason."""
    verdicts.deny_all(con, denial.id, because, denial.remedy)


def regions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The regions that what was gathered is about."""
    return [region for (region,) in con.execute("SELECT DISTINCT region FROM request ORDER BY region").fetchall()]
