"""Who may read the files of a warehouse: its owner, and a group only where it is named."""

import grp
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.access import readers
from data.access.private_folders import private_folder
from data.warehouse import snapshot
from data.warehouse.connection import Warehouse, WarehouseError

AS_ANOTHER = """
import os, pwd, sys
from pathlib import Path
from data.read import report

pytestmark = pytest.mark.slow

file, groups = Path(sys.argv[1]), [int(one) for one in sys.argv[2:]]
report("inventory", warehouse=file)  # imports what is imported late: others may not reach the folder of this Python
nobody = pwd.getpwnam("nobody")
os.setgroups(groups)
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
for act in (lambda: report("inventory", warehouse=file), lambda: file.open("r+b"), lambda: file.open("rb")):
    try:
        act()
        print("done")
    except Exception as error:
        print(type(error).__name__)
"""
"""Reads a report, then opens the file for writing and for reading, as another account in some groups."""


@pytest.fixture(autouse=True)
def loose_umask() -> Iterator[None]:
    """The umask of most machines, under which what is created can be read by all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse that is not there yet, nor its folder's folder."""
    return Warehouse(tmp_path / "srv" / "home" / "warehouse.duckdb")


@pytest.fixture
def group() -> str:
    """A group that this account may give its files to."""
    ours = {os.getegid(), *os.getgroups()}
    return grp.getgrgid(max(ours)).gr_name if os.geteuid() else "games"


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.lstat().st_mode) for file in folder.iterdir()}


def test_all_of_it_is_private(warehouse: Warehouse, tmp_path: Path) -> None:
    """Under umask 022 too, the folders, the file, the lock, and what DuckDB puts beside the file meanwhile."""
    meanwhile = {}
    with warehouse.writing() as con:
        con.execute("CREATE TABLE big AS SELECT range AS one FROM range(100000)")
        meanwhile = _modes(warehouse.path.parent)
    for modes in (_modes(tmp_path), _modes(tmp_path / "srv"), meanwhile, _modes(warehouse.path.parent)):
        assert not [name for name, mode in modes.items() if mode & 0o077]
    with warehouse.reading():
        notes = _modes(readers.folder_of(warehouse.path))
        assert len(notes) == 1
    assert os.umask(0o022) == 0o022


def test_a_commit_that_leaves_a_wal(warehouse: Warehouse) -> None:
    """What a killed process leaves beside the file is as private as the file."""
    script = """
import os, sys
from pathlib import Path
from data.warehouse.connection import Warehouse
os.umask(0o022)
with Warehouse(Path(sys.argv[1])).writing() as con:
    con.execute("CREATE TABLE t AS SELECT 1 AS one; COMMIT; BEGIN")
    os._exit(0)
"""
    with warehouse.writing():
        pass
    subprocess.run([sys.executable, "-c", script, warehouse.path], check=True)
    modes = _modes(warehouse.path.parent)
    assert modes["warehouse.duckdb.wal"] == 0o600
    with warehouse.writing() as con:
        assert con.execute("SELECT one FROM t").fetchall() == [(1,)]


def test_one_of_an_earlier_version_is_made_private(warehouse: Warehouse) -> None:
    """The next process that writes to it closes it; its folder, which may be anybody's, stays as it is."""
    with warehouse.writing():
        pass
    warehouse.path.chmod(0o644)
    warehouse.path.parent.chmod(0o755)
    with warehouse.writing():
        pass
    assert _modes(warehouse.path.parent)["warehouse.duckdb"] == 0o600
    assert stat.S_IMODE(warehouse.path.parent.stat().st_mode) == 0o755


def test_a_group_may_read_it(warehouse: Warehouse, group: str) -> None:
    """The group reads the file and reaches it; it sees no list of the folder, and nothing else there is its."""
    shared = Warehouse(warehouse.path, readers_group=group)
    with shared.writing():
        pass
    group_id = grp.getgrnam(group).gr_gid
    folder = shared.path.parent
    assert (stat.S_IMODE(folder.stat().st_mode), folder.stat().st_gid) == (0o710, group_id)
    assert (stat.S_IMODE(shared.path.stat().st_mode), shared.path.stat().st_gid) == (0o640, group_id)
    assert stat.S_IMODE(readers.folder_of(shared.path).stat().st_mode) == 0o3770
    # a process that does not know the setting finds the same lock, and changes no mode
    with warehouse.writing():
        pass
    assert stat.S_IMODE(shared.path.stat().st_mode) == 0o640
    with Warehouse(warehouse.path, readers_group="").writing():
        pass
    assert stat.S_IMODE(shared.path.stat().st_mode) == 0o600
    assert not readers.is_shared(warehouse.path)


def test_a_group_that_does_not_exist(warehouse: Warehouse) -> None:
    """The message names it and the setting."""
    with (
        pytest.raises(WarehouseError, match=r"no group 'nobodies' .*IMAGEKEEPER_READERS_GROUP"),
        Warehouse(warehouse.path, readers_group="nobodies").writing(),
    ):
        pass


def test_a_snapshot_is_as_private_as_the_warehouse(warehouse: Warehouse, group: str, tmp_path: Path) -> None:
    """A new one is for the owner, or for the group; one that somebody has opened to others stays so."""
    with warehouse.writing():
        pass
    target = tmp_path / "copy.duckdb"
    snapshot.publish(warehouse, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.chmod(0o644)
    snapshot.publish(warehouse, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    with Warehouse(warehouse.path, readers_group=group).writing():
        pass
    snapshot.publish(warehouse, tmp_path / "other.duckdb")
    assert stat.S_IMODE((tmp_path / "other.duckdb").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other accounts")
def test_other_accounts(warehouse: Warehouse, tmp_path: Path) -> None:
    """A member of the group reads reports and writes nothing; others reach nothing, and learn how they could."""
    private_folder(warehouse.path.parent)
    for folder in warehouse.path.parent.parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(0o711)
    with Warehouse(warehouse.path, readers_group="games").writing():
        pass

    def told(*groups: int) -> list[str]:
        words = [sys.executable, "-c", AS_ANOTHER, warehouse.path, *map(str, groups)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()

    assert told(grp.getgrnam("games").gr_gid) == ["done", "PermissionError", "done"]
    assert told() == ["WarehouseError", "PermissionError", "PermissionError"]
    with warehouse.writing() as con:
        assert con.execute("SELECT count(*) FROM image").fetchall() == [(0,)]
