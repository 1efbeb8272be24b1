"""What the warehouse knows beforehand: flavors with prices, and the policy as tables."""

import hashlib
from functools import cache
from importlib import resources

import duckdb

from domain import profiles
from domain.policy import as_rows
from domain.rules import every_rule


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the tables ``flavor``, ``rule`` and ``rule_limit`` up to date with this version's data."""
    sha, rules, limits = _policy()
    if con.execute("SELECT sha FROM reference_version").fetchall() == [(sha,)]:
        return
    for table in ("flavor", "rule", "rule_limit", "reference_version"):
        con.execute(f"DELETE FROM {table}")
    flavors = resources.files("data.reference") / "flavors.csv"
    con.execute("INSERT INTO flavor SELECT * FROM read_csv(?, header = true)", [str(flavors)])
    con.executemany("INSERT INTO rule VALUES (?, ?, ?, ?, ?, ?)", rules)
    con.executemany("INSERT INTO rule_limit VALUES (?, ?, ?, ?, ?)", limits)
    con.execute("INSERT INTO reference_version VALUES (?)", [sha])


@cache
def _policy() -> tuple[str, list[list[object]], list[list[object]]]:
    rules = [list(row.values()) for row in as_rows(every_rule())]
    limits: list[list[object]] = [
        [profile, limit.name, str(limit.value).lower(), limit.since, limit.source]
        for profile in profiles.names()
        for limit in profiles.limits(profile).values()
    ]
    flavors = (resources.files("data.reference") / "flavors.csv").read_bytes()
    return hashlib.sha256(repr((rules, limits)).encode() + flavors).hexdigest(), rules, limits
