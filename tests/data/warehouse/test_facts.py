"""The project's SQL fits the models: facts, effects, orders and the log, on a warehouse in which nothing is."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import get_args

import duckdb
import pytest
from pydantic import BaseModel

from data.lifecycle import action_log, batches, orders, outcomes
from data.lifecycle.gather import gather, running_counts_of
from data.lifecycle.requests import columns, load
from data.warehouse.sql_files import statement, statements
from domain.actions import MODELS
from domain.cloud import FileFacts
from domain.image import Contract, Credit, Holding, Image, Member, Offer, PriceVersion
from domain.policy import profiles
from domain.policy.engine import Policy
from domain.policy.facts import ShareImageCounts, facts_of
from domain.policy.rules import rules_of
from domain.server import Backup, Server, ServerSpan, Volume
from support.fakes import BEGINNING, StandingWarehouse

SQL = Path(str(resources.files("data"))) / "lifecycle" / "sql"
FITTING = {
    int: {"BIGINT", "INTEGER"},
    str: {"VARCHAR"},
    bool: {"BOOLEAN"},
    datetime: {"TIMESTAMP WITH TIME ZONE"},
    Decimal: {"DECIMAL(18,9)", "DECIMAL(38,18)"},
}
TABLES: dict[str, type[Holding]] = {
    "image": Image,
    "image_member": Member,
    "offer": Offer,
    "price": PriceVersion,
    "contract": Contract,
    "credit": Credit,
    "server": Server,
    "server_span": ServerSpan,
    "volume": Volume,
    "backup": Backup,
}


@pytest.fixture
def con(standing_warehouse: StandingWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A migrated warehouse in which nothing is."""
    standing_warehouse.recall()
    with standing_warehouse.writing() as con:
        yield con


def gathered(con: duckdb.DuckDBPyConnection, action: str) -> Policy:
    """Gather the facts of no requests of an action; its policy."""
    load(con, action, [])
    gather(con, action, lambda _: FileFacts(found=False), "b")
    return Policy(rules_of(action), profiles.limits("seed"))


def described(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table and their types."""
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}


def misfits(table: dict[str, str], model: type[BaseModel]) -> list[str]:
    """The columns that a model does not have, or has of another type, and the reverse."""
    plain = {
        name: get_args(field.annotation)[0] if isinstance(field.annotation, UnionType) else field.annotation
        for name, field in model.model_fields.items()
    }
    types = {name: FITTING[python] for name, python in plain.items()}
    return sorted(name for name in table.keys() | types.keys() if table.get(name) not in types.get(name, ()))


@pytest.mark.parametrize("action", MODELS)
def test_every_action_has_all_it_takes(action: str) -> None:
    """A model, rules, facts and effects: without any of them an action could not be carried out."""
    assert MODELS[action].__doc__
    assert rules_of(action)
    assert facts_of(action)
    assert len(statements("lifecycle/sql/facts", action)) == 1
    assert statements("lifecycle/sql/effects", action)


@pytest.mark.parametrize("action", MODELS)
def test_what_is_gathered_is_what_the_rules_are_asked_about(con: duckdb.DuckDBPyConnection, action: str) -> None:
    """The columns of ``facts/<action>.sql`` are the fields of the action's facts, with their types."""
    gathered(con, action)
    assert misfits(described(con, "fact"), facts_of(action)) == []


def test_what_is_counted_is_what_the_rules_are_asked_about(con: duckdb.DuckDBPyConnection) -> None:
    """The columns of ``counts/share_image.sql`` are the fields of its model; no other action counts."""
    policy = gathered(con, "share_image")
    policy.judge(con, running_counts_of("share_image"))
    assert misfits(described(con, "running_counts"), ShareImageCounts) == []
    assert [action for action in MODELS if running_counts_of(action)] == ["share_image"]


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


def test_every_file_of_statements_belongs_to_an_action_or_a_thing(con: duckdb.DuckDBPyConnection) -> None:
    """No statement lies about that nothing uses, and each looks for what is meant even when nothing is asked."""
    folders = ("facts", "effects", "orders", "counts", "conflicts")
    stray = [file for folder in folders for file in (SQL / folder).glob("*.sql") if file.stem not in MODELS]
    assert [file.name for file in stray] == ["asked_image.sql"]
    things = {thing for model in MODELS.values() for thing in model.references}
    assert {file.stem for file in (SQL / "resolve").glob("*.sql")} == things
    for action, model in MODELS.items():
        load(con, action, [])
        for thing in model.references:
            for query in statements("lifecycle/sql/resolve", thing):
                con.execute(query)


def test_the_log_can_be_asked_of_a_batch_that_is_not_there(con: duckdb.DuckDBPyConnection) -> None:
    """Lines and counts of an unknown batch are none."""
    assert list(action_log.lines(con, "none")) == []
    assert action_log.counts(con, "none") == {}
    assert batches.find(con, "none") is None
    assert all(statement("lifecycle/sql/log", file.stem) for file in (SQL / "log").glob("*.sql"))


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_as_its_model(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """The columns of what the clouds hold are the fields of the model, in order; what may be missing may be NULL."""
    rows = con.execute(f"DESCRIBE {table}").fetchall()
    assert [name for name, *_ in rows] == list(TABLES[table].model_fields)
    missing = {name for name, field in TABLES[table].model_fields.items() if type(None) in get_args(field.annotation)}
    # these were added to a table with rows, and are filled for all of them, without a constraint
    assert {name for name, _, null, *_ in rows if null == "YES"} - {"terms", "cloud"} == missing
