"""What is held after some days of random work: one thing at a time, without gap, overlap or contradiction."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from data.lifecycle.blobs import blobs_in_use
from domain.actions import Batch
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, apply
from support.fakes import Clock, FakeCloud, StandingWarehouse
from support.worlds.invariants import NEVER, WORDS
from support.worlds.random_scripts import script


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse after a long random script, some of whose steps were back-dated."""
    warehouse, cloud, clock, by = StandingWarehouse(), FakeCloud(), Clock(), Random(7)
    for number, steps in enumerate(script(3, 36).rendered()):
        for step in steps:
            if number and by.random() < 0.2:
                step["when"] = clock.now - timedelta(minutes=by.randint(0, 180))
        batch = Batch.model_validate({"batch_id": f"batch-{number}", "actions": steps})
        apply(ActionBatch(batch, "test", Path("/nowhere")), ExecutionContext(warehouse, cloud, clock))
        clock.pass_by(hours=1)
    with warehouse.reading() as con:
        yield con
    warehouse.close()


@pytest.mark.parametrize(("table", "column"), WORDS)
def test_a_column_has_words_of_its_vocabulary(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Whatever actions did, each value is one that the domain defines; and there are some."""
    values = {value for (value,) in con.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()} - {None}
    assert values
    assert values <= set(WORDS[table, column])


@pytest.mark.parametrize("table", ["volume", "contract", "credit"])
def test_there_are_some(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """What the following tests say holds of tables that have rows."""
    assert con.execute(f"SELECT count(*) > 0 FROM {table}").fetchall() == [(True,)]


@pytest.mark.parametrize("never", NEVER, ids=str)
def test_what_must_never_be(con: duckdb.DuckDBPyConnection, never: str) -> None:
    """However tenants got in each other's way, what is held does not contradict itself."""
    assert con.execute(NEVER[never]).fetchall() == []


def test_blobs_in_use_are_those_that_something_living_needs(con: duckdb.DuckDBPyConnection) -> None:
    """An image, a server, a disk or a backup of the region needs its blob; what is deleted needs none."""
    for region in ("eu-west-0", "eu-west-1"):
        needed = {
            blob
            for table, condition in (
                ("image", "deleted_at IS NULL"),
                ("server", "deleted_at IS NULL"),
                ("volume", "deleted_at IS NULL"),
                ("backup", "TRUE"),
            )
            for (blob,) in con.execute(
                f"SELECT blob FROM {table} WHERE {condition} AND region = ?", [region]
            ).fetchall()
        }
        every = {blob for (blob,) in con.execute("SELECT blob FROM image").fetchall()} | {"nobody's"}
        assert blobs_in_use(con, region, every | needed) == needed
        assert blobs_in_use(con, region, []) == set()
