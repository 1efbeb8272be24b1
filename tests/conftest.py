"""What most tests start from: a context with a cloud that only remembers, and a way to hand it a batch."""

import atexit
import gc
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from data.lifecycle import action_log
from data.warehouse.connection import Warehouse
from domain.actions import Batch
from flows.lifecycle.planning import plan
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, apply
from flows.server.access import Connection
from flows.server.prefect_server import serving
from support.disk_files import MIB, partitioned, raw
from support.effort import FULL
from support.fakes import Clock, FakeCloud, StandingWarehouse

# tests that are written once for every cloud
pytest.register_assert_rewrite("support.clouds", "support.transcripts")

SLOW = [HealthCheck.too_slow]
settings.register_profile("steady", max_examples=50, derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("soak", max_examples=2000, deadline=None, suppress_health_check=SLOW)
settings.load_profile("soak" if FULL else "steady")

# no server outlives its test
os.environ["IMAGEKEEPER_SERVER_IDLE_MINUTES"] = "0"

Step = dict[str, Any]
Lines = list[dict[str, Any]]


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the garbage collector need not look through it time and again."""
    gc.collect()
    gc.freeze()


def _close_stderr() -> None:
    """Discard what is written to stderr from now on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


# DuckDB's Python module (nanobind) prints 30 lines of "leaked" where its objects outlive the interpreter. Here they do:
# frozen objects are never freed, and caches of pytest and Hypothesis refer to fixtures and their modules. All
# connections are closed; the operating system frees the rest. Handlers run in reverse order: this one late.
atexit.register(_close_stderr)


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the Prefect server that all tests of a process share."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_server(prefect_home: Path) -> Iterator[Connection]:
    """A Prefect server that all tests of a process share, so that each need not start one."""
    with serving(prefect_home) as server:
        with (
            closing(sqlite3.connect(prefect_home / "prefect.db")) as made,
            closing(sqlite3.connect(prefect_home / "new.db")) as copy,
        ):
            made.backup(copy)
        yield server


@pytest.fixture(scope="session")
def prefect_database(prefect_home: Path, prefect_server: Connection) -> Path:
    """A database as Prefect makes it: a home that begins with a copy of it comes up in half the time."""
    return prefect_home / "new.db"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A partitioned disk of more than one piece, and of no round number of bytes."""
    file = tmp_path / "disk.raw"
    file.write_bytes(partitioned(raw(5 * MIB + 77)))
    return file


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until it is moved."""
    return Clock()


@pytest.fixture
def cloud() -> FakeCloud:
    """A cloud that remembers its orders."""
    return FakeCloud()


@pytest.fixture
def context(tmp_path: Path, cloud: FakeCloud, clock: Clock) -> ExecutionContext:
    """A context with a warehouse file of its own."""
    return ExecutionContext(Warehouse(tmp_path / "var" / "warehouse.duckdb"), cloud, clock)


@pytest.fixture(scope="session")
def standing_warehouse() -> Iterator[StandingWarehouse]:
    """One warehouse in memory for all tests that need no file; ``quick_context`` empties it."""
    warehouse = StandingWarehouse()
    yield warehouse
    warehouse.close()


@pytest.fixture
def quick_context(standing_warehouse: StandingWarehouse, cloud: FakeCloud, clock: Clock) -> Iterator[ExecutionContext]:
    """A context with a warehouse in memory."""
    standing_warehouse.recall()
    return ExecutionContext(standing_warehouse, cloud, clock)


@pytest.fixture
def work(tmp_path: Path) -> Callable[..., ActionBatch]:
    """Makes the work of a batch; who acts where is said once for all its steps."""

    def made(steps: Sequence[Step], **said: Any) -> ActionBatch:
        batch = Batch.model_validate({"actor": "acme", "region": "eu-west-0", "actions": list(steps)} | said)
        return ActionBatch(batch, "test", tmp_path)

    return made


@pytest.fixture
def applied(quick_context: ExecutionContext, work: Callable[..., ActionBatch]) -> Callable[..., Lines]:
    """Applies steps as a batch, and gives the lines of it."""

    def made(steps: Sequence[Step], **said: Any) -> Lines:
        batch = work(steps, **said)
        apply(batch, quick_context)
        with quick_context.warehouse.reading() as con:
            return list(action_log.lines(con, batch.batch_id))

    return made


@pytest.fixture
def planned(quick_context: ExecutionContext, work: Callable[..., ActionBatch]) -> Callable[..., Lines]:
    """Plans steps as a batch, and gives the lines of the plan."""
    return lambda steps, **said: plan(work(steps, **said), quick_context)
