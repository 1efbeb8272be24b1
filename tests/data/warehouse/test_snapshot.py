"""The published copy: whole, in the place of the one before, and in nobody's way."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from data.warehouse import snapshot
from data.warehouse.connection import Warehouse, WarehouseError
from data.warehouse.snapshot import publish

KILLED = """
import os, sys
import duckdb
con = duckdb.connect(sys.argv[1])
con.execute("INSERT INTO batch VALUES ('late', 'test', 'seed', NULL, 1, now())")
os._exit(9)
"""
HOLD = """
import sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "to read")
print("holds", flush=True)
sys.stdin.readline()
print(con.execute("SELECT count(*) FROM batch").fetchall(), flush=True)
"""
IN_TURN = """
import sys
from pathlib import Path
from data.warehouse.connection import Warehouse, WarehouseError
for mode in ("reading", "writing"):
    try:
        with getattr(Warehouse(Path(sys.argv[1]), timeout_s=0.2), mode)():
            print(mode)
    except WarehouseError:
        print("no", mode)
"""
OF_MAIN = """
FROM (SELECT schema_name, table_name AS name, estimated_size::VARCHAR AS size, comment FROM duckdb_tables()
UNION ALL SELECT schema_name, view_name, sql, comment FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT schema_name, concat(table_name, '.', column_name), data_type, comment
FROM duckdb_columns() WHERE NOT internal
UNION ALL SELECT schema_name, function_name, macro_definition, comment
FROM duckdb_functions() WHERE NOT internal)
WHERE schema_name NOT IN ('report', 'report_source')
ORDER BY ALL
"""


@pytest.fixture
def warehouse(small: Path, tmp_path: Path) -> Warehouse:
    """The small world, to write to."""
    path = tmp_path / "var" / "warehouse.duckdb"
    path.parent.mkdir()
    shutil.copy(small, path)
    return Warehouse(path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the copy goes."""
    return tmp_path / "it's a copy.duckdb"


@pytest.fixture
def holding() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts a tool that has a file open."""
    with ExitStack() as running:

        def started(*args: object) -> "subprocess.Popen[str]":
            command = [sys.executable, "-c", HOLD, *map(str, args)]
            other = running.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            running.callback(other.kill)
            assert other.stdout is not None
            assert other.stdout.readline()
            return other

        yield started


def asked(path: Path, query: str) -> list[tuple[object, ...]]:
    """What a tool that knows nothing of ours is answered."""
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(query).fetchall()


def test_the_copy_has_all_that_the_warehouse_has(warehouse: Warehouse, target: Path) -> None:
    """Tables with their rows, views, macros and comments; it says where it is, how big, and when it was taken."""
    before = datetime.now(UTC)
    done = publish(warehouse, target)
    assert (done.path, done.size_bytes) == (target, target.stat().st_size)
    assert before <= done.taken_at <= datetime.now(UTC)
    with duckdb.connect(warehouse.path, read_only=True) as con:
        con.execute("FROM current_image LIMIT 0")  # DuckDB lists a column added since only once the view is bound again
        listed = con.execute(OF_MAIN).fetchall()
    assert asked(target, OF_MAIN) == listed
    for table in ("image", "image_member", "charge", "rule"):
        assert asked(target, f"FROM {table} ORDER BY ALL") == asked(warehouse.path, f"FROM {table} ORDER BY ALL")
    assert asked(target, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal") == [("v1.5.0+",)]
    assert {path.name for path in target.parent.iterdir()} == {"var", target.name}


def test_what_was_written_last_is_in_it(warehouse: Warehouse, target: Path) -> None:
    """What a killed process left beside the file is in the copy, which has nothing beside it."""
    subprocess.run([sys.executable, "-c", KILLED, str(warehouse.path)], check=False)
    assert Path(f"{warehouse.path}.wal").stat().st_size > 0
    publish(warehouse, target)
    assert asked(target, "SELECT batch_id FROM batch") == [("late",)]
    assert not Path(f"{target}.wal").exists()


@pytest.mark.parametrize("how", ["to read", "to write"])
def test_who_has_the_copy_before_open_keeps_it(
    warehouse: Warehouse, target: Path, holding: Callable[..., "subprocess.Popen[str]"], how: str
) -> None:
    """A tool that has it open, even to write to it, hinders nothing and notices nothing; the next one sees the new."""
    publish(warehouse, target)
    tool = holding(target, how)
    with warehouse.writing() as con:
        con.execute("INSERT INTO batch VALUES ('more', 'test', 'seed', NULL, 1, now())")
    publish(warehouse, target)
    assert tool.communicate("\n")[0] == "[(0,)]\n"
    assert asked(target, "SELECT batch_id FROM batch") == [("more",)]


def test_what_a_tool_wrote_into_the_copy_before_does_not_spoil_the_new_one(warehouse: Warehouse, target: Path) -> None:
    """What lies beside the one before goes with it."""
    publish(warehouse, target)
    subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert Path(f"{target}.wal").exists()
    publish(warehouse, target)
    assert asked(target, "SELECT count(*) FROM batch") == [(0,)]


def test_meanwhile_others_read_and_nobody_writes(
    warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the copy is made, another process may read; who wants to write waits."""
    copy, said = snapshot._copy, []  # noqa: SLF001

    def watched(source: Path, to: Path) -> None:
        other = [sys.executable, "-c", IN_TURN, str(warehouse.path)]
        said.append(subprocess.run(other, capture_output=True, text=True, check=True).stdout.split("\n"))
        copy(source, to)

    monkeypatch.setattr(snapshot, "_copy", watched)
    publish(warehouse, target)
    assert said == [["reading", "no writing", ""]]


def test_there_is_a_copy_of_a_warehouse_in_which_nothing_happened(tmp_path: Path) -> None:
    """Where there is no warehouse yet, it is made first; the usual place of the copy is beside it."""
    home = tmp_path / "not there yet"
    publish(Warehouse(home / "warehouse.duckdb"), home / "snapshot.duckdb")
    assert asked(home / "snapshot.duckdb", "SELECT count(*) FROM image") == [(0,)]


class TestWhereItCannotBe:
    """What is wrong is said in a sentence, and what is there stays."""

    def test_the_warehouse_itself(self, warehouse: Warehouse, tmp_path: Path) -> None:
        """Also by another name of it."""
        also = tmp_path / "also.duckdb"
        also.symlink_to(warehouse.path)
        for path in (warehouse.path, also):
            with pytest.raises(WarehouseError, match="is the warehouse itself"):
                publish(warehouse, path)

    def test_a_folder_that_is_not_there(self, warehouse: Warehouse, tmp_path: Path) -> None:
        """None is made."""
        with pytest.raises(WarehouseError, match=r"there is no folder .*nowhere for copy\.duckdb"):
            publish(warehouse, tmp_path / "nowhere" / "copy.duckdb")
        assert not (tmp_path / "nowhere").exists()

    def test_a_name_that_no_file_can_have(self, warehouse: Warehouse, tmp_path: Path) -> None:
        """The message names it, and what the system says of it."""
        with pytest.raises(WarehouseError, match="File name too long"):
            publish(warehouse, tmp_path / f"{'x' * 300}.duckdb")

    def test_a_folder(self, warehouse: Warehouse, tmp_path: Path) -> None:
        """A name is asked for."""
        with pytest.raises(WarehouseError, match="is a folder; name a file in it"):
            publish(warehouse, tmp_path)

    def test_a_file_of_something_else(self, warehouse: Warehouse, target: Path) -> None:
        """A letter is no copy of a warehouse."""
        target.write_text("a letter to a friend")
        with pytest.raises(WarehouseError, match="is no copy of a warehouse, and is left as it is"):
            publish(warehouse, target)
        assert target.read_text() == "a letter to a friend"

    def test_a_database_of_somebody_else(self, warehouse: Warehouse, target: Path) -> None:
        """Neither is a DuckDB file with other tables."""
        with duckdb.connect(target) as con:
            con.execute("CREATE TABLE mine AS SELECT 1 AS one")
        with pytest.raises(WarehouseError, match="is no copy of a warehouse, and is left as it is"):
            publish(warehouse, target)
        assert asked(target, "FROM mine") == [(1,)]

    def test_a_warehouse_that_is_not_given_up(self, warehouse: Warehouse, target: Path) -> None:
        """Who holds it is named, as always."""
        with warehouse.writing(), pytest.raises(WarehouseError, match=r"has been in use for 0\.1 s by process"):
            publish(Warehouse(warehouse.path, timeout_s=0.1), target)
        assert not target.exists()

    def test_no_room(self, warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A copy that failed half-way leaves nothing, and the one before as it was."""
        publish(warehouse, target)
        was = (target.stat().st_ino, target.read_bytes())
        monkeypatch.setattr(snapshot, "COPY", "raise OSError(28, 'No space left on device')")
        with pytest.raises(WarehouseError, match=r"cannot be copied: OSError: .* No space left on device"):
            publish(warehouse, target)
        assert (target.stat().st_ino, target.read_bytes()) == was
        assert {path.name for path in target.parent.iterdir()} == {"var", target.name}
