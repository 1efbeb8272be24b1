"""The warehouse: one at a time writes, many read, who dies leaves nothing, and what was begun is done or undone."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.warehouse import connection
from data.warehouse.connection import Warehouse, WarehouseError, migrate, migrations
from domain.ids import MADE_ID_SQL, made_id
from domain.policy import profiles
from domain.policy.rules import every_rule
from support.effort import either

HOLD = """
import sys
from pathlib import Path
from data.warehouse.connection import Warehouse
with getattr(Warehouse(Path(sys.argv[1])), sys.argv[2])() as con:
    if sys.argv[2] == "writing":
        con.execute("INSERT INTO batch VALUES ('half', 'test', 'seed', NULL, 1, now())")
    print("holds", flush=True)
    sys.stdin.readline()
"""
WORK = """
import sys
from pathlib import Path
from data.warehouse.connection import Warehouse
for number in range(1_000_000):
    with Warehouse(Path(sys.argv[1])).writing() as con:
        con.execute("INSERT INTO batch VALUES (?, 'test', 'seed', NULL, 1, now())", [str(number)])
        con.execute("INSERT INTO flavor VALUES (?, 'ecs', 1, 1, 'local', NULL)", [f"flavor-{number}"])
    print(number, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A warehouse in which nothing is."""
    file = tmp_path / "var" / "warehouse.duckdb"
    with Warehouse(file).writing():
        pass
    return file


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts another process; it is ended with the test."""
    with ExitStack() as running:

        def started(name: str, program: str, *args: object) -> "subprocess.Popen[str]":
            script = tmp_path / name
            script.write_text(program)
            command = [sys.executable, str(script), *map(str, args)]
            other = running.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            running.callback(other.kill)
            assert other.stdout is not None
            assert other.stdout.readline()
            return other

        yield started


def kill(other: "subprocess.Popen[str]") -> None:
    """End a process as a power cut would."""
    other.send_signal(signal.SIGKILL)
    other.wait()


def batches(path: Path) -> list[str]:
    """The batches written down."""
    with Warehouse(path, timeout_s=10).reading() as con:
        return [one for (one,) in con.execute("SELECT batch_id FROM batch ORDER BY 1").fetchall()]


Process = Callable[..., "subprocess.Popen[str]"]


@pytest.mark.parametrize("mode", ["writing", "reading"])
def test_while_one_writes_nobody_else_does_anything(path: Path, process: Process, mode: str) -> None:
    """Who waits in vain for the warehouse is told which process has it, what it runs and what for."""
    writer = process("hold.py", HOLD, path, "writing")
    said = rf"in use for 0\.2 s by process {writer.pid} \(.*hold\.py .*, to write since .*\); wait until that is done"
    with pytest.raises(WarehouseError, match=said), getattr(Warehouse(path, timeout_s=0.2), mode)():
        pass


def test_readers_do_not_wait_for_one_another(path: Path, process: Process) -> None:
    """Several processes read at once; who wants to write is told of all of them."""
    readers = [process("hold.py", HOLD, path, "reading") for _ in range(2)]
    assert batches(path) == []
    with pytest.raises(WarehouseError) as error, Warehouse(path, timeout_s=0.2).writing():
        pass
    assert all(f"process {reader.pid} " in str(error.value) for reader in readers)


def test_who_waits_gets_its_turn(path: Path, process: Process) -> None:
    """A short wait is no error: when the other is done, the work goes on, and sees what the other did."""
    writer = process("hold.py", HOLD, path, "writing")
    assert writer.stdin is not None
    Timer(0.3, writer.stdin.close).start()
    assert batches(path) == ["half"]


def test_a_killed_process_leaves_nothing_locked_and_nothing_half_written(path: Path, process: Process) -> None:
    """After kill -9 in the midst of a transaction the next one has the warehouse at once, without that transaction."""
    kill(process("hold.py", HOLD, path, "writing"))
    with Warehouse(path, timeout_s=1).writing() as con:
        assert con.execute("SELECT count(*) FROM batch").fetchall() == [(0,)]


def test_the_dead_are_not_blamed(path: Path, process: Process) -> None:
    """Who holds the warehouse is named, who died holding it is not."""
    dead = process("hold.py", HOLD, path, "writing")
    kill(dead)
    living = process("hold.py", HOLD, path, "writing")
    with pytest.raises(WarehouseError) as error, Warehouse(path, timeout_s=0.2).writing():
        pass
    assert f"process {living.pid} " in str(error.value)
    assert f"process {dead.pid} " not in str(error.value)


@pytest.mark.parametrize("after_s", [0.05, 0.11, 0.2])
def test_what_was_told_done_is_there_and_nothing_by_half(path: Path, process: Process, after_s: float) -> None:
    """A process killed at any moment: all it said it did is there, and both of the rows it writes, or none."""
    worker = process("work.py", WORK, path)
    time.sleep(after_s)
    kill(worker)
    assert worker.stdout is not None
    told = len(worker.stdout.readlines()) + 1
    with Warehouse(path, timeout_s=5).reading() as con:
        written, also = con.execute(
            "SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM flavor WHERE flavor LIKE 'flavor-%')"
        ).fetchall()[0]
    assert written == also
    assert written in (told, told + 1)


@pytest.mark.parametrize("fault", ["SELECT no_such_column FROM batch", "INSERT INTO batch VALUES (1)", None])
def test_an_error_undoes_all_of_the_transaction(path: Path, fault: str | None) -> None:
    """Whatever leaves a transaction by an error, nothing of it stays, and the next one works."""

    def fails() -> None:
        with Warehouse(path).writing() as con:
            con.execute("INSERT INTO batch VALUES ('half', 'test', 'seed', NULL, 1, now())")
            con.execute(fault or str(1 / 0))

    with pytest.raises((duckdb.Error, ZeroDivisionError)):
        fails()
    assert batches(path) == []
    with Warehouse(path, timeout_s=1).writing() as con:
        con.execute("INSERT INTO batch VALUES ('whole', 'test', 'seed', NULL, 1, now())")
    assert batches(path) == ["whole"]


def test_reading_cannot_write(path: Path) -> None:
    """A connection for reading refuses every change; it may have temporary tables of its own."""
    with Warehouse(path).reading() as con:
        con.execute("CREATE TEMP TABLE mine AS SELECT 1 AS one")
        for change in ("DELETE FROM flavor", "CREATE TABLE more (one INTEGER)", "DROP TABLE image"):
            with pytest.raises(duckdb.Error, match="read-only"):
                con.execute(change)


def test_a_connection_keeps_nothing_from_the_one_before(path: Path) -> None:
    """Temporary tables end with their connection, though one object serves many."""
    same = Warehouse(path)
    with same.writing() as con:
        con.execute("CREATE TEMP TABLE mine AS SELECT 1 AS one")
    for mode in (same.reading, same.writing):
        with mode() as con:
            assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchall() == [(0,)]
            assert con.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_an_engine_that_has_spilled_serves_the_next(path: Path) -> None:
    """What does not fit into memory goes to disk, and the connection after it is as any other."""
    small = Warehouse(path, memory_limit="64MiB")
    for _ in range(2):
        with small.reading() as con:
            con.execute("CREATE TEMP TABLE much AS SELECT uuid()::VARCHAR AS word FROM range(1_500_000) ORDER BY word")


def test_a_file_that_is_no_warehouse_is_told_of(tmp_path: Path) -> None:
    """What is in the warehouse's place is named and left as it is, and nothing stays locked."""
    path = tmp_path / "warehouse.duckdb"
    path.write_text("a letter to a friend\n" * 1000)
    for _ in range(2):
        with pytest.raises(WarehouseError, match="cannot be opened as a DuckDB warehouse"), Warehouse(path).reading():
            pass
    assert path.read_text().startswith("a letter to a friend")


def test_two_objects_of_one_process_share_a_warehouse(path: Path) -> None:
    """In one process too, readers go side by side, and a writer after them sees the same file."""
    with Warehouse(path).reading() as one, Warehouse(path).reading() as other:
        assert (
            one.execute("SELECT count(*) FROM image").fetchall()
            == other.execute("SELECT count(*) FROM image").fetchall()
        )
    with pytest.raises(WarehouseError), Warehouse(path).reading(), Warehouse(path, timeout_s=0.1).writing():
        pass


@contextmanager
def migrations_are(*those: tuple[int, str, str]) -> Iterator[None]:
    """Within this, the migrations are others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "migrations", lambda: those)
        yield


def applied(path: Path) -> list[tuple[int, str, datetime]]:
    """The migrations that the warehouse has been through."""
    with Warehouse(path).reading() as con:
        return con.execute("SELECT version, name, applied_at FROM schema_version ORDER BY 1").fetchall()


def test_migrations_are_applied_once_and_in_order(path: Path) -> None:
    """Opening a warehouse again applies nothing again; the numbers of the files have no gap."""
    before = applied(path)
    with Warehouse(path).writing() as con:
        migrate(con)
    assert applied(path) == before
    assert [version for version, *_ in before] == list(range(1, len(migrations()) + 1))


def test_a_newer_version_brings_an_old_warehouse_up_to_date(path: Path) -> None:
    """What a migration adds is there after opening, for readers too, and what was there stays."""
    with Warehouse(path).writing() as con:
        con.execute("INSERT INTO batch VALUES ('old', 'test', 'seed', NULL, 1, now())")
    added = (len(migrations()) + 1, "9999_more.sql", "CREATE TABLE more (one INTEGER); INSERT INTO more VALUES (7)")
    with migrations_are(*migrations(), added), Warehouse(path).reading() as con:
        assert con.execute("SELECT one, batch_id FROM more, batch").fetchall() == [(7, "old")]


def test_a_migration_that_fails_leaves_nothing(path: Path) -> None:
    """A migration is applied whole or not at all."""
    added = (len(migrations()) + 1, "9999_more.sql", "CREATE TABLE more (one INTEGER); SELECT no_such_column")
    with migrations_are(*migrations(), added), pytest.raises(duckdb.Error), Warehouse(path).writing():
        pass
    with Warehouse(path).reading() as con:
        assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'more'").fetchall() == [(0,)]


def test_an_edited_migration_is_refused(path: Path) -> None:
    """What was applied is not what the file says now: nothing more is applied."""
    (version, name, sql), *rest = migrations()
    refused = pytest.raises(WarehouseError, match=f"migration {name} was edited after it was applied")
    with migrations_are((version, name, sql + "\n-- edited"), *rest), Warehouse(path).writing() as con, refused:
        migrate(con)


@pytest.mark.parametrize("mode", ["writing", "reading"])
def test_a_newer_warehouse_is_refused(path: Path, mode: str) -> None:
    """An old program does not touch what a newer one made, and says what to do."""
    refused = pytest.raises(WarehouseError, match="update Imagekeeper to use it")
    with migrations_are(*migrations()[:-1]), refused, getattr(Warehouse(path), mode)():
        pass


def test_the_policy_is_there_as_tables(path: Path) -> None:
    """Each rule of each action is a row of ``rule``, each number of each profile one of ``rule_limit``."""
    with Warehouse(path).reading() as con:
        rules = con.execute("SELECT action, rule_id FROM rule").fetchall()
        limits = con.execute("SELECT profile, name, value FROM rule_limit").fetchall()
    assert sorted(rules) == sorted((action, rule.id) for action, those in every_rule().items() for rule in those)
    assert sorted(limits) == sorted(
        (profile, name, str(limit.value).lower())
        for profile in profiles.names()
        for name, limit in profiles.limits(profile).items()
    )


moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside


things = st.tuples(st.text("abc:0-é'", max_size=9), moments, st.integers(0, 2**40), st.integers(1, 2000))


@settings(max_examples=either(short=15, full=500))
@given(st.lists(things, min_size=1, max_size=20))
def test_ids_are_made_alike_one_by_one_and_many_at_once(of: list[tuple[str, datetime, int, int]]) -> None:
    """The SQL that makes ids and the Python that does make the same, in the form of a UUID of version 7."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(MADE_ID_SQL)
        con.execute("CREATE TABLE thing (batch VARCHAR, begun_at TIMESTAMPTZ, seq BIGINT, ordinal BIGINT)")
        con.executemany("INSERT INTO thing VALUES (?, ?, ?, ?)", of)
        made = con.execute("SELECT made_id(batch, begun_at, seq, ordinal) FROM thing ORDER BY rowid").fetchall()
    assert made == [(made_id(*one),) for one in of]
    assert all(UUID(one).version == 7 and str(UUID(one)) == one for (one,) in made)


@given(moments, moments)
def test_ids_sort_by_time(one: datetime, other: datetime) -> None:
    """Of two batches begun a millisecond apart, what the later one makes sorts later."""
    if abs((one - other).total_seconds()) > 0.001:
        assert (made_id("batch", one, 1) < made_id("batch", other, 1)) == (one < other)
