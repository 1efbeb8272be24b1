"""The SQL fits the models of actions: facts, effects, orders and the log, on an empty warehouse."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import duckdb
import pytest

from data.lifecycle import action_log, action_steps, batches, orders, outcomes
from data.lifecycle.gather import RESOLVE, running_counts_of
from data.lifecycle.requests import columns, load
from data.warehouse.pipeline import run, step
from domain.actions import MODELS
from domain.policy.rules import rules_of
from support.fact_columns import counted_columns, described, gathered
from support.fakes import BEGINNING, StandingWarehouse

SQL = Path(str(resources.files("data"))) / "lifecycle" / "sql"
TABLES = ("image", "image_member", "offer", "price", "contract", "credit", "server", "server_span", "volume", "backup")


@pytest.fixture
def con(standing_warehouse: StandingWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A migrated warehouse in which nothing is."""
    standing_warehouse.recall()
    with standing_warehouse.writing() as con:
        yield con


@pytest.mark.parametrize("action", MODELS)
def test_every_action_has_all_it_takes(action: str) -> None:
    """A model, rules, facts and effects: without any of them an action could not be carried out."""
    assert MODELS[action].__doc__
    assert rules_of(action)
    assert action_steps.facts(action).creates == "fact"
    assert action_steps.effects(action)


def test_only_a_share_counts_what_earlier_requests_did() -> None:
    """The rules of a share ask for facts that other requests of the batch change; those of no other action do."""
    assert {action: [*counted_columns(action)] for action in MODELS if counted_columns(action)} == {
        "share_image": ["already_member", "member_count"]
    }


KIND = re.compile(r"'(\w+)' AS kind$", re.MULTILINE)
KINDS = {"import", "copy_bytes", "copy_image", "export", "release", "call", "launch", "make_disk", "capture"}


@pytest.mark.parametrize("manages_images", [False, True])
@pytest.mark.parametrize("action", MODELS)
def test_an_order_states_its_kind(con: duckdb.DuckDBPyConnection, action: str, *, manages_images: bool) -> None:
    """The query for orders has a kind, which is one that the program knows how to read."""
    gathered(con, action).judge(con, running_counts_of(action))
    assert orders.order_rows(con, action, manages_images=manages_images) == []
    if orders.needs_cloud(action, manages_images=manages_images):
        query = orders._orders(action, manages_images)  # noqa: SLF001 - the SQL itself
        assert query is not None
        (kind,) = KIND.findall(query.query)
        assert kind in KINDS


@pytest.mark.parametrize("action", MODELS)
def test_a_request_is_a_row_of_the_fields_of_its_action(con: duckdb.DuckDBPyConnection, action: str) -> None:
    """Every field that an action has of its own is a column of ``request``; of a nested one each of its own."""
    load(con, action, [])
    own = {field.split("_")[0] for field in MODELS[action].model_fields} - {"action", "as", "when", "tenants"}
    assert own <= {column.split("_")[0] for column in described(con, "request")}
    assert {column.name for column in columns(action)} <= described(con, "request").keys()


@pytest.mark.parametrize("action", MODELS)
def test_an_action_on_nothing_changes_nothing(con: duckdb.DuckDBPyConnection, action: str) -> None:
    """Every statement of an action runs on an empty warehouse with no requests, and leaves it empty."""
    policy = gathered(con, action)
    policy.judge(con, running_counts_of(action))
    policy.explain(con)
    assert policy.verdicts(con) == []
    assert orders.order_rows(con, action) == []
    outcomes.take_outcomes(con, [], [])
    outcomes.take_as_done(con)
    action_log.record(con, action, batch_id="b", flow_run_id=None, finished_at=BEGINNING)
    assert {table: con.execute(f"FROM {table}").fetchall() for table in (*TABLES, "action_log")} == {
        table: [] for table in (*TABLES, "action_log")
    }


ENDS = re.compile(r"\b(?:deleted_at|removed_at|withdrawn_at) = |REPLACE \(\s*i\.image_id AS image_id")
"""What a statement does that no other action takes back: it ends a thing, or replaces a server's disk."""


@pytest.mark.parametrize("action", MODELS)
def test_what_ends_something_needs_approval(action: str) -> None:
    """An action whose effects end an image, a share, an offer or a server, or replace a disk, is irreversible."""
    ends = any(ENDS.search(one.query) for one in action_steps.effects(action))
    assert ends == (MODELS[action].irreversible is not None)


def test_every_file_of_statements_belongs_to_an_action_or_a_thing(con: duckdb.DuckDBPyConnection) -> None:
    """Every file is a step of an action or of a thing that actions refer to; and each resolves no requests too."""
    things = {thing for model in MODELS.values() for thing in model.references}
    resolve = {thing: [f"lifecycle/sql/resolve/{name}" for name in RESOLVE.get(thing, (thing,))] for thing in things}
    used = {
        found.path
        for action in (*MODELS, "act")
        for found in (
            action_steps.conflicts(action),
            action_steps.counts(action),
            action_steps.orders(action, remote=False),
            action_steps.orders(action, remote=True),
            *((action_steps.facts(action), *action_steps.effects(action)) if action in MODELS else ()),
        )
        if found is not None
    }
    used |= {path for paths in resolve.values() for path in paths}
    used |= {
        "lifecycle/sql/facts/asked_image",
        "lifecycle/sql/orders/wanted",
    }
    assert used == {
        f"lifecycle/sql/{file.relative_to(SQL).with_suffix('').as_posix()}"
        for file in SQL.rglob("*.sql")
        if file.relative_to(SQL).parts[0] != "log"
    }
    for action, model in MODELS.items():
        load(con, action, [])
        for thing in model.references:
            run(con, *(step(path) for path in resolve[thing]))


def test_the_log_knows_the_image_of_every_thing() -> None:
    """For each thing that an action refers to first there is a step that says which image a line is about."""
    meant = {model.references[0] if model.references else "nothing" for model in MODELS.values()}
    assert meant == {file.stem for file in (SQL / "log" / "line_image").glob("*.sql")}


def test_the_log_can_be_asked_of_a_batch_that_is_not_there(con: duckdb.DuckDBPyConnection) -> None:
    """Lines and counts of an unknown batch are none."""
    assert list(action_log.lines(con, "none")) == []
    assert action_log.counts(con, "none") == {}
    assert batches.find(con, "none") is None
    assert all(
        step(f"lifecycle/sql/log/{file.relative_to(SQL / 'log').with_suffix('')}")
        for file in (SQL / "log").rglob("*.sql")
    )
