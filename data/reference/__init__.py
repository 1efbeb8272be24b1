"""What the warehouse knows beforehand: flavors and prices, FOCUS's services, ends of life, and the policy as tables."""

import hashlib
from functools import cache
from importlib import resources

import duckdb

from data.access.private_copy import PrivateCopy
from data.warehouse.sql_files import statement
from domain.policy import profiles
from domain.policy.engine import as_rows
from domain.policy.rules import every_rule

PLAIN = {
    "flavors.csv": "flavor",
    "focus_subcategories.csv": "focus_subcategory",
    "os_end_of_life.csv": "os_end_of_life",
}
"""Files that are loaded as they are, and the tables they go to."""
FILES = (*PLAIN, "flavor_prices.csv")


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Bring those tables up to date with this version's data."""
    sha, rules, limits = _policy()
    if con.execute("SELECT sha FROM reference_version").fetchall() == [(sha,)]:
        return
    con.execute("DELETE FROM flavor WHERE cloud = 'local'")  # real clouds say themselves which they have
    for table in {*PLAIN.values(), "flavor_price", "rule", "rule_limit", "reference_version"} - {"flavor"}:
        con.execute(f"DELETE FROM {table}")
    # by copies: in the name of the folder that this is installed in, DuckDB would read '[' and '*' as a pattern
    copies = {file: _copied(file) for file in FILES}
    for file, table in PLAIN.items():
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM read_csv(?, header = true)", [copies[file].name])
    con.execute(statement("reference", "flavor_prices"), {"file": copies["flavor_prices.csv"].name})
    con.executemany("INSERT INTO rule VALUES (?, ?, ?, ?, ?, ?)", rules)
    con.executemany("INSERT INTO rule_limit VALUES (?, ?, ?, ?, ?)", limits)
    con.execute("INSERT INTO reference_version VALUES (?)", [sha])


def _copied(name: str) -> PrivateCopy:
    with (resources.files("data.reference") / name).open("rb") as file:
        return PrivateCopy(file)


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
