"""Reference tables: flavors and prices, price models, FOCUS's services, ends of life, the policy, explained changes."""

import hashlib
from functools import cache
from importlib import resources

import duckdb

from data.access.private_copy import PrivateCopy
from data.warehouse.sql_files import statement
from domain.actions import MODELS
from domain.policy import profiles
from domain.policy.engine import as_rows
from domain.policy.rules import every_rule
from domain.pricing import PRICE_FACTS

PLAIN = {
    "flavors.csv": "flavor",
    "focus_subcategories.csv": "focus_subcategory",
    "os_end_of_life.csv": "os_end_of_life",
}
"""Files that are loaded without changes: file name to table."""
FILES = (*PLAIN, "flavor_prices.csv")


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Replace the rows of the reference tables, unless they have the data of this version already.

    The table ``reference_version`` has a hash of the data. Flavors that a sync recorded for a real cloud stay.
    """
    sha, rows = _from_code()
    if con.execute("SELECT sha FROM reference_version").fetchall() == [(sha,)]:
        return
    con.execute("DELETE FROM flavor WHERE cloud = embedded_cloud()")  # syncs record the flavors of real clouds
    for table in {*PLAIN.values(), *rows, "flavor_price", "reference_version"} - {"flavor"}:
        con.execute(f"DELETE FROM {table}")
    # Load copies of the files: DuckDB reads '[' and '*' in the name of the installation folder as a pattern.
    copies = {file: _copied(file) for file in FILES}
    for file, table in PLAIN.items():
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM read_csv(?, header = true)", [copies[file].name])
    con.execute(statement("reference", "flavor_prices"), {"file": copies["flavor_prices.csv"].name})
    for table, values in rows.items():
        con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
    con.execute("INSERT INTO reference_version VALUES (?)", [sha])


def _copied(name: str) -> PrivateCopy:
    with (resources.files("data.reference") / name).open("rb") as file:
        return PrivateCopy(file)


@cache
def _from_code() -> tuple[str, dict[str, list[list[object]]]]:
    """Return a hash of all reference data, and the rows that come from the code: table name to rows."""
    rules: list[list[object]] = [list(row.values()) for row in as_rows(every_rule())]
    limits: list[list[object]] = [
        [profile, limit.name, str(limit.value).lower(), limit.since, limit.source]
        for profile in profiles.names()
        for limit in profiles.limits(profile).values()
    ]
    explained: list[list[object]] = [
        [action, change.value, field, None if value is None else str(value)]
        for action, model in MODELS.items()
        for change, field, value in model.explains()
    ]
    price_models: list[list[object]] = [[*facts.as_row(model)] for model, facts in PRICE_FACTS.items()]
    rows = {"rule": rules, "rule_limit": limits, "explained_change": explained, "price_model": price_models}
    files = [(resources.files("data.reference") / name).read_bytes() for name in FILES]
    return hashlib.sha256(repr((rows, files)).encode()).hexdigest(), rows
