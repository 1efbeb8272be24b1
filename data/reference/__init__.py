"""Reference tables: flavors and their prices, price models, FOCUS's services, ends of life, and the policy."""

import hashlib
from functools import cache
from importlib import resources

import duckdb

from data.access.private_copy import PrivateCopy
from data.warehouse.sql_files import statement
from domain.policy import profiles
from domain.policy.engine import as_rows
from domain.policy.rules import every_rule
from domain.pricing import PRICE_FACTS

PLAIN = {
    "flavors.csv": "flavor",
    "focus_subcategories.csv": "focus_subcategory",
    "os_end_of_life.csv": "os_end_of_life",
}
"""Files that are loaded as they are, and the tables they go to."""
FILES = (*PLAIN, "flavor_prices.csv")


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Bring those tables up to date with this version's data."""
    sha, rules, limits, price_models = _from_domain()
    if con.execute("SELECT sha FROM reference_version").fetchall() == [(sha,)]:
        return
    con.execute("DELETE FROM flavor WHERE cloud = 'local'")  # real clouds say themselves which they have
    for table in {*PLAIN.values(), "flavor_price", "price_model", "rule", "rule_limit", "reference_version"} - {
        "flavor"
    }:
        con.execute(f"DELETE FROM {table}")
    # by copies: in the name of the folder that this is installed in, DuckDB would read '[' and '*' as a pattern
    copies = {file: _copied(file) for file in FILES}
    for file, table in PLAIN.items():
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM read_csv(?, header = true)", [copies[file].name])
    con.execute(statement("reference", "flavor_prices") or "", {"file": copies["flavor_prices.csv"].name})
    con.executemany(f"INSERT INTO price_model VALUES ({', '.join('?' * len(price_models[0]))})", price_models)
    con.executemany("INSERT INTO rule VALUES (?, ?, ?, ?, ?, ?)", rules)
    con.executemany("INSERT INTO rule_limit VALUES (?, ?, ?, ?, ?)", limits)
    con.execute("INSERT INTO reference_version VALUES (?)", [sha])


def _copied(name: str) -> PrivateCopy:
    with (resources.files("data.reference") / name).open("rb") as file:
        return PrivateCopy(file)


@cache
def _from_domain() -> tuple[str, list[list[object]], list[list[object]], list[tuple[object, ...]]]:
    """The hash of all reference data, and the rows of rules, limits and price models."""
    rules = [list(row.values()) for row in as_rows(every_rule())]
    limits: list[list[object]] = [
        [profile, limit.name, str(limit.value).lower(), limit.since, limit.source]
        for profile in profiles.names()
        for limit in profiles.limits(profile).values()
    ]
    files = [(resources.files("data.reference") / name).read_bytes() for name in FILES]
    price_models = [facts.as_row(model) for model, facts in PRICE_FACTS.items()]
    sha = hashlib.sha256(repr((rules, limits, price_models, files)).encode()).hexdigest()
    return sha, rules, limits, price_models
