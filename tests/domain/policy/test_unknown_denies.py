"""What is not known denies: a missing fact never lets anything pass."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest

from domain.actions import MODELS
from domain.policy import profiles
from domain.policy.engine import Policy
from domain.policy.rules import rules_of
from support.fact_columns import fact_columns

ROWS = 6_000
NOTHING_IS_MEANT = {
    "said_format": "the request does not say what the file is",
    "wanted_format": "the request does not say which format it wants",
    "file_unsafe": "nothing speaks against the file",
    "backup_service": "the image was not made by way of a backup",
    "origin_publisher": "nobody sells what it was made of",
    "member_status": "the image is not shared with the actor",
    "cause": "the image is to be had",
    "volume_matches": "no data disk is asked for",
    "currency": "all prices so far are free",
    "new_currency": "the new price is free",
    "min_disk_gb": "an update leaves the size as it is",
    "virtual_size_bytes": "nobody ever looked into the image",
    "last_price_from": "the offer has no price",
    "offer": "the credit is for no offer in particular",
    "refund_of": "the credit is no refund",
}
"""Facts whose absence says something, and what it says: their rules ask for it by name."""
WORDS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(
        ("actor", "image_owner", "publisher", "seller", "origin_publisher", "tenant"), ("a", "b", "platform")
    ),
    **dict.fromkeys(("region", "image_region", "to_region", "server_region"), ("here", "there")),
    **dict.fromkeys(("target", "image_target", "wanted_target", "server_target"), ("ecs", "bms")),
    **dict.fromkeys(("file_format", "said_format", "image_format", "wanted_format"), ("raw", "iso")),
    **dict.fromkeys(
        ("image_matches", "server_matches", "volume_matches", "offer_matches", "backup_matches"), (1, 1, 1, 0, 2)
    ),
    **dict.fromkeys(
        ("image_type", "wanted_type", "server_image_type"), ("system_disk", "data_disk", "full_ecs", "iso")
    ),
    **dict.fromkeys(
        ("valid_from", "happened_at", "last_price_from", "starts_at"), ("2026-01-01", "2026-01-02", "2026-01-03")
    ),
    **dict.fromkeys(("refund_of", "this_month"), ("2026-01", "2026-02")),
    "pricing_model": ("hourly", "contract"),
    "flavor_target": ("ecs", "bms", None),
    "status": ("active", "deactivated"),
    "visibility": ("private", "public", "marketplace"),
    "server_state": ("running", "stopped"),
    "member_status": ("accepted", "pending"),
    "backup_service": ("cbr", "csbs"),
    "cause": ("region", "account"),
    "member_count": (0, 127, 128),
    "min_disk_gb": (1, 10, 1024, 1025, 2049),
    "virtual_size_bytes": (1 << 30, 10 << 30, 11 << 30),
}
"""Values for facts; others are told by their type."""
BY_TYPE = {
    "BOOLEAN": (True, False),
    "BIGINT": (0, 1, 2),
    "INTEGER": (0, 1, 2),
    "DECIMAL(18,9)": (0, 1, 2),
    "DECIMAL(38,18)": (0, 1, 2),
    "VARCHAR": ("x", "y"),
    "TIMESTAMP WITH TIME ZONE": ("2026-01-01",),
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database."""
    with duckdb.connect() as con:
        yield con


@pytest.fixture(params=MODELS)
def policy(request: pytest.FixtureRequest, con: duckdb.DuckDBPyConnection) -> Policy:
    """The policy of each action; the table ``known`` has random facts, nothing missing but what means something."""
    action = request.param
    columns = ["range AS row"]
    for name, kind in fact_columns(action).items():
        if name != "row":
            values = list(WORDS.get(name, BY_TYPE[kind])) + [None] * (name in NOTHING_IS_MEANT)
            columns.append(f"{_list(values)}[1 + (random() * 1e6)::INTEGER % {len(values)}]::{kind} AS {name}")
    con.execute("SET threads = 1; SELECT setseed(0.5)")
    con.execute(f"CREATE TABLE known AS SELECT {', '.join(columns)} FROM range({ROWS})")
    return Policy(rules_of(action), profiles.limits("huawei"))


def _list(values: Sequence[Any]) -> str:
    return "[" + ", ".join("NULL" if one is None else repr(one) for one in values) + "]"


def judge(con: duckdb.DuckDBPyConnection, policy: Policy, missing: str = "") -> duckdb.DuckDBPyConnection:
    """Judge what is known as if some facts were missing; counted facts are taken as they are."""
    counted = [rule for rule in policy.rules if rule.counts] and ["member_count", "already_member"]
    con.execute(f"CREATE OR REPLACE TEMP TABLE rest AS SELECT * {missing} FROM known")
    apart = f"EXCLUDE ({', '.join(counted)})" if counted else ""
    con.execute(f"CREATE OR REPLACE TEMP TABLE fact AS SELECT * {apart} FROM rest")
    policy.judge(con, f"SELECT row, {', '.join(counted)} FROM rest" if counted else None)
    return con


def columns(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The facts there are."""
    return [name for name, *_ in con.execute("DESCRIBE known").fetchall() if name != "row"]


def test_what_is_not_known_denies(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """A fact that is missing turns no denial into an allowance; and more rules object if any asks for it."""
    judge(con, policy).execute("CREATE TABLE before AS FROM verdict")
    rules = " ".join(rule.when for rule in policy.rules)
    for missing in set(columns(con)) - set(NOTHING_IS_MEANT):
        judge(con, policy, f"REPLACE (NULL AS {missing})")
        allowed, changed = con.execute(
            "SELECT count(*) FILTER (verdict.objections = 0 AND before.objections <> 0),"
            " count(*) FILTER (verdict.objections <> before.objections) FROM before JOIN verdict USING (row)"
        ).fetchall()[0]
        assert allowed == 0, missing
        assert (changed > 0) == bool(re.search(rf"\b{missing}\b", rules)), missing


def test_when_nothing_is_known_all_is_denied(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """A request of which no fact is known is denied."""
    nothing = ", ".join(f"NULL AS {column}" for column in columns(con))
    judge(con, policy, f"REPLACE ({nothing})")
    assert con.execute("SELECT count(*) FROM verdict WHERE objections = 0").fetchall() == [(0,)]


def test_no_rule_is_always_of_one_mind(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Among random facts, each rule objects to some and not to others."""
    judge(con, policy)
    for bit, rule in enumerate(policy.rules):
        said = con.execute(f"SELECT DISTINCT objections & {1 << bit} <> 0 FROM verdict").fetchall()
        assert sorted(said) == [(False,), (True,)], rule.id


def test_where_a_rule_speaks_alone_no_other_does(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """What is not there, or not to be seen, is all that is said."""
    judge(con, policy)
    alone = sum(1 << bit for bit, rule in enumerate(policy.rules) if rule.alone)
    mixed = f"SELECT count(*) FROM verdict WHERE objections & {alone} <> 0 AND objections & ~{alone} <> 0"
    assert con.execute(mixed).fetchall() == [(0,)]
