"""The facts of each action: the columns of the SQL that gathers them, and of the SQL that counts, with their types."""

from functools import cache

import duckdb

from data.lifecycle.gather import gather, running_counts_of
from data.lifecycle.requests import load
from domain.actions import MODELS
from domain.cloud import FileFacts
from domain.policy import profiles
from domain.policy.engine import Policy
from domain.policy.rules import rules_of
from support.fakes import StandingWarehouse


def gathered(con: duckdb.DuckDBPyConnection, action: str) -> Policy:
    """Gather the facts of no requests of an action; its policy."""
    load(con, action, [])
    gather(con, action, lambda _: FileFacts(found=False), "b", "local")
    return Policy(rules_of(action), profiles.limits("seed"))


def described(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table and their types."""
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}


def fact_columns(action: str) -> dict[str, str]:
    """The facts of an action by name, with their DuckDB types; counted facts are the last."""
    return _columns()[action][0] | counted_columns(action)


def counted_columns(action: str) -> dict[str, str]:
    """The facts that earlier requests of the same batch change; most actions have none."""
    return _columns()[action][1]


@cache
def _columns() -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    found = {}
    warehouse = StandingWarehouse()
    with warehouse.writing() as con:
        for action in MODELS:
            policy, counts = gathered(con, action), running_counts_of(action)
            policy.judge(con, counts)
            counted = described(con, "running_counts") if counts else {}
            found[action] = (described(con, "fact"), {name: kind for name, kind in counted.items() if name != "row"})
    warehouse.close()
    return found
