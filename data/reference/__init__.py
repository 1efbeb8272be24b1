"""What the warehouse knows beforehand: flavors, their prices, FOCUS's services, and the policy as tables."""

import hashlib
from functools import cache
from importlib import resources

import duckdb

from data.statements import statement
from domain import profiles
from domain.policy import as_rows
from domain.rules import every_rule

FILES = ("flavors.csv", "flavor_prices.csv", "focus_subcategories.csv")


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Bring those tables up to date with this version's data."""
    sha, rules, limits = _policy()
    if con.execute("SELECT sha FROM reference_version").fetchall() == [(sha,)]:
        return
    for table in ("flavor", "flavor_price", "focus_subcategory", "rule", "rule_limit", "reference_version"):
        con.execute(f"DELETE FROM {table}")
    files = resources.files("data.reference")
    con.execute("INSERT INTO flavor SELECT * FROM read_csv(?, header = true)", [str(files / "flavors.csv")])
    con.execute(statement("reference", "flavor_prices") or "", {"file": str(files / "flavor_prices.csv")})
    subcategories = str(files / "focus_subcategories.csv")
    con.execute("INSERT INTO focus_subcategory SELECT * FROM read_csv(?, header = true)", [subcategories])
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
    files = [(resources.files("data.reference") / name).read_bytes() for name in FILES]
    return hashlib.sha256(repr((rules, limits, files)).encode()).hexdigest(), rules, limits
