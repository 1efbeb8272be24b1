"""Denials that do not come from a rule of the policy: a cloud or a person refused the request."""

from collections.abc import Sequence

import duckdb

from data.lifecycle.approval import Approval
from data.warehouse.rows import fields_of, relation
from domain.cloud import Refused
from domain.policy import verdicts
from domain.policy.denials import APPROVAL_REFUSED, Denial

_REFUSED = {"row": "BIGINT", "rule": "VARCHAR", "because": "VARCHAR"}


def refuse(con: duckdb.DuckDBPyConnection, refused: Approval) -> None:
    """Deny all gathered requests because a person refused the batch."""
    deny_all(con, APPROVAL_REFUSED, f"{refused.by} refused it: {refused.reason}")


def deny(con: duckdb.DuckDBPyConnection, refused: Sequence[Refused], remedy: str) -> None:
    """Deny requests that the policy allowed and the cloud refused, each with its own reason and the same remedy."""
    if not refused:
        return
    with relation(con, "refused", _REFUSED, fields_of(refused, _REFUSED)):
        verdicts.deny_rows(con, "refused", remedy)


def deny_in(con: duckdb.DuckDBPyConnection, region: str, denial: Denial, because: str) -> None:
    """Deny all gathered requests in a region, for one reason."""
    verdicts.deny_region(con, region, denial.id, because, denial.remedy)


def deny_all(con: duckdb.DuckDBPyConnection, denial: Denial, because: str) -> None:
    """Deny all gathered requests, for one reason."""
    verdicts.deny_all(con, denial.id, because, denial.remedy)


def regions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the regions of all gathered requests, in alphabetical order."""
    return [region for (region,) in con.execute("SELECT DISTINCT region FROM request ORDER BY region").fetchall()]
