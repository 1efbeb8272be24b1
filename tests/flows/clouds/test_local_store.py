"""The embedded cloud's own: where blobs are, what a kill leaves, and who may delete what."""

import errno
import gc
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.cloud import Bytes, CloudError, CopyBytes, ExportFile, FolderFile, ImportFile, Release
from flows.clouds.formats import inspect_file
from flows.clouds.local.cloud import LocalCloud
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.clouds.local.transfers import Transfers
from flows.clouds.pending_blobs import Journal
from flows.clouds.streams import PIECE
from support.clouds.given_orders import (
    ELSEWHERE,
    REGION,
    as_it_is,
    failure,
    files_in,
    in_folder,
    no_progress,
    stored,
    taken_in,
    unused,
    used,
)
from support.disk_files import MIB, partitioned, qcow2, raw

PROJECT = Path(__file__).parents[3]


def script(name: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script of ``support.clouds``, as a process of its own."""
    command = [sys.executable, "-m", f"support.clouds.{name}", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'tests'}"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT, env=environment
    )


def blob_of(tmp_path: Path, source: Bytes) -> Path:
    """Where bytes are stored."""
    return tmp_path / "store" / source.region / "blobs" / source.blob[:2] / source.blob


def test_a_blob_is_named_by_its_bytes(local: LocalCloud, disk: Path, tmp_path: Path) -> None:
    """The name is the SHA-256 of what is stored, encrypted or not; the checksum always that of the image."""
    checksum = hashlib.sha256(disk.read_bytes()).hexdigest()
    for key in (None, "acme-key"):
        source = taken_in(local, disk, kms_key=key)
        content = blob_of(tmp_path, source).read_bytes()
        assert hashlib.sha256(content).hexdigest() == source.blob
        assert source.checksum == checksum
        assert (content == disk.read_bytes()) is (key is None)


def test_the_same_bytes_are_stored_once(local: LocalCloud, disk: Path, tmp_path: Path) -> None:
    """Importing again, and copying within the region, moves nothing new into the store."""
    source = taken_in(local, disk)
    before = blob_of(tmp_path, source).stat()
    assert taken_in(local, disk) == source
    told: list[int] = []
    assert list(local.carry_out([CopyBytes(1, source, REGION, None)], told.append))
    local.clean_up(used)
    assert told == []
    assert blob_of(tmp_path, source).stat().st_mtime_ns == before.st_mtime_ns
    assert len(files_in(tmp_path / "store")) == 1


def test_settling_waits_for_the_disk(
    local: LocalCloud, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is on the disk when ``clean_up`` returns, its name too: then a power cut takes neither."""
    waited: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda handle: waited.add(os.fstat(handle).st_ino))
    blob = blob_of(tmp_path, taken_in(local, disk))
    local.clean_up(used)
    assert {blob.stat().st_ino, blob.parent.stat().st_ino} <= waited
    waited.clear()
    local.clean_up(used)
    assert waited == set()


def test_holes_stay_holes(local: LocalCloud, tmp_path: Path) -> None:
    """A sparse disk takes no more room in the store, nor where it is exported to, than it took before."""
    file = tmp_path / "sparse.raw"
    with file.open("wb") as sparse:
        sparse.write(partitioned(raw(4096)))
        sparse.seek(40 * MIB)
        sparse.write(b"data")
        sparse.truncate(64 * MIB)
    source = taken_in(local, file)
    stored(local, ExportFile(1, source, FolderFile(tmp_path, "out.raw")))
    assert source.checksum == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (tmp_path / "out.raw").read_bytes() == file.read_bytes()
    for copy in (blob_of(tmp_path, source), tmp_path / "out.raw"):
        assert copy.stat().st_blocks * 512 <= 3 * PIECE


@pytest.mark.parametrize("key", [None, "acme-key"])
def test_damaged_bytes_go_nowhere(local: LocalCloud, disk: Path, tmp_path: Path, key: str | None) -> None:
    """A blob that was changed is neither copied nor exported; the answer names it, and nothing is left behind."""
    source = taken_in(local, disk, kms_key=key)
    local.clean_up(used)
    blob = blob_of(tmp_path, source)
    blob.chmod(0o600)
    with blob.open("r+b") as content:
        content.seek(4 * MIB + 5000)
        content.write(b"changed")
    before = files_in(tmp_path)
    for order in (ExportFile(1, source, FolderFile(tmp_path, "out.raw")), CopyBytes(1, source, ELSEWHERE, "other-key")):
        why = failure(local, order)
        assert source.blob in why
        assert "import the image again" in why
    local.clean_up(unused)
    assert files_in(tmp_path) - {"keys/other-key.key"} == before


def test_a_blob_that_lost_its_end_is_made_anew(local: LocalCloud, disk: Path, tmp_path: Path) -> None:
    """What a power cut did to a blob, the next import of the same bytes mends."""
    source = taken_in(local, disk)
    blob_of(tmp_path, source).chmod(0o600)
    os.truncate(blob_of(tmp_path, source), 100)
    assert taken_in(local, disk) == source
    assert blob_of(tmp_path, source).read_bytes() == disk.read_bytes()


def growing(file: Path) -> None:
    """Add a byte."""
    with file.open("ab") as content:
        content.write(b"x")


def rewritten(file: Path) -> None:
    """Change a byte, and nothing else."""
    with file.open("r+b") as content:
        content.write(b"\xff")


@pytest.mark.parametrize("change", [growing, rewritten, lambda file: os.truncate(file, 100)])
def test_a_file_that_changes_meanwhile_is_refused(disk: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    """Whoever writes to a file while it is imported is told so, instead of getting an image of two halves."""
    os.utime(disk, (0, 0))  # a change in the same tick of the clock would not show
    store = Store(tmp_path / "store")
    order = ImportFile(1, in_folder(disk), inspect_file(in_folder(disk)), REGION, None)
    with pytest.raises(CloudError, match="changed while it was read"):
        Transfers(store, Keys(store, tmp_path / "keys")).move(order, lambda _: change(disk))
    store.clean_up(unused)
    assert files_in(tmp_path / "store") == set()


@pytest.mark.parametrize(
    ("call", "number", "says"),
    [
        ("pwrite", errno.ENOSPC, "the disk is full"),
        ("ftruncate", errno.EDQUOT, "the disk is full"),
        ("preadv", errno.EIO, "Input/output error"),
        ("open", errno.EACCES, "no permission"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(
    local: LocalCloud, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, says: str
) -> None:
    """A full disk or a missing right fails the order with a reason and a remedy, and leaves nothing behind."""
    order = as_it_is(local, disk)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, call, refuse)
        why = failure(local, order)
    assert says in why
    assert str(disk) in why
    assert not any("part" in file for file in files_in(tmp_path / "store"))
    local.clean_up(unused)
    assert files_in(tmp_path / "store") == set()


def test_an_export_needs_hard_links(
    local: LocalCloud, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file system has none, the order says so, rather than write half a file under its name."""
    source = taken_in(local, disk)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    assert "hard links" in failure(local, ExportFile(1, source, FolderFile(tmp_path, "out/out.raw")))
    assert files_in(tmp_path / "out") == set()


def test_keys_lie_outside_the_store(tmp_path: Path) -> None:
    """Who copies the store away has not the keys with it."""
    with pytest.raises(ValueError, match="is inside the image store"):
        LocalCloud(tmp_path / "store", tmp_path / "store" / "keys")


def test_a_store_may_be_moved(disk: Path, tmp_path: Path) -> None:
    """PendingBlobs are still found, and dropped, when the folder of the store has another name."""
    cloud = LocalCloud(tmp_path / "store", tmp_path / "keys")
    taken_in(cloud, disk)
    del cloud
    gc.collect()
    (tmp_path / "store").rename(tmp_path / "moved")
    LocalCloud(tmp_path / "moved", tmp_path / "keys").clean_up(unused)
    assert files_in(tmp_path / "moved") == set()


def test_a_torn_journal_spoils_no_other_line(tmp_path: Path) -> None:
    """What a kill or a full disk cut off is passed over; what was written before and after counts."""
    journal = Journal(tmp_path)
    journal.add([{"region": REGION, "blob": "a"}])
    with (tmp_path / "journal").open("ab") as lines:
        lines.write(b'\n{"region": "eu')
    journal.add([{"region": REGION, "blob": "b"}, {"file": "c"}])
    assert journal.blobs() == {(REGION, "a"), (REGION, "b")}
    assert journal.files() == {"c"}


def test_what_moves_no_bytes_is_done_at_once(local: LocalCloud) -> None:
    """Orders that move no bytes cost next to nothing each: they are put in doubt together."""
    orders = [Release(row, REGION, f"{row:064x}") for row in range(20_000)]
    begun = time.perf_counter()
    assert len(list(local.carry_out(orders, no_progress))) == len(orders)
    assert local.clean_up(unused) == []
    assert time.perf_counter() - begun < 10


def test_a_kill_leaves_nothing_whenever_it_comes(tmp_path: Path) -> None:
    """Killed before each step of every kind of order, and of settling: after the next settling there is no trace."""
    running = script("killed_at_every_step", tmp_path / "work")
    said, errors = running.communicate(timeout=120)
    assert (running.returncode, errors) == (0, "")
    assert int(said) > 50


def test_a_kill_amid_the_bytes_leaves_nothing(tmp_path: Path) -> None:
    """Killed at any time while bytes move, a process leaves no half blob, no half file and no journal."""
    (tmp_path / "disk.qcow2").write_bytes(qcow2(length=64 * MIB))
    for pieces in (1, 4, 9):
        running = script("imports_for_ever", tmp_path)
        assert running.stdout
        assert len(running.stdout.read(pieces)) == pieces
        running.kill()
        running.communicate()
        LocalCloud(tmp_path / "store", tmp_path / "keys").clean_up(unused)
        assert files_in(tmp_path / "store") == set()
        assert files_in(tmp_path / "out") <= {"disk.qcow2"}


def test_two_processes_take_turns(disk: Path, tmp_path: Path) -> None:
    """While two import, release and drop the same bytes, neither loses bytes that it uses; in the end none are left."""
    (tmp_path / "uses").mkdir()
    disk.write_bytes(raw(5000))
    both = [script("two_at_once", tmp_path, name, 60) for name in ("one", "other")]
    for running in both:
        _, errors = running.communicate(timeout=120)
        assert (running.returncode, errors) == (0, "")
    LocalCloud(tmp_path / "store", tmp_path / "keys").clean_up(unused)
    assert files_in(tmp_path / "store") == set()
