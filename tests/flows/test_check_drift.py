"""Drift: what the store has lost, what it has too much of, and what is proposed for it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data.inventory.drift import Counts
from domain.cloud import FolderFile, Held, ImportFile, Release
from flows.batches.yaml_files import read_batch
from flows.check_drift import check, page_of
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle import steps
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext
from support.fakes import FakeCloud

Made = Callable[..., ActionBatch]
SYSTEM = {"action": "import_image", "file": "system.raw", "image_type": "system_disk", "min_disk_gb": 10}
DATA = {"action": "import_image", "file": "data.raw", "image_type": "data_disk", "min_disk_gb": 10}
WORLD = (
    SYSTEM | {"name": "plain", "as": "plain", "os": {"type": "linux"}},
    SYSTEM | {"name": "sealed", "as": "sealed", "os": {"type": "linux"}, "encrypted": True},
    DATA | {"name": "data", "as": "data"},
    {"action": "copy_image", "image": "$plain", "name": "there", "to_region": "eu-west-1"},
    {"action": "copy_image", "image": "$plain", "name": "locked", "encrypted": True},
    {"action": "launch_server", "image": "$plain", "name": "one", "flavor": "s3.large.2", "as": "one"},
    {"action": "launch_server", "image": "$sealed", "name": "two", "flavor": "s3.large.2", "as": "two"},
    {"action": "create_volume", "image": "$data", "name": "disk", "size_gb": 20},
    {"action": "backup_server", "server": "$one", "service": "cbr", "as": "saved"},
    {"action": "capture_backup", "backup": "$saved", "name": "full"},
    {"action": "capture_server", "server": "$two", "name": "again", "image_type": "system_disk"},
)
NEEDED = 11
"""What WORLD comes to: seven images, two servers, a disk and a backup."""


@pytest.fixture
def context(tmp_path: Path, quick_context: ExecutionContext) -> ExecutionContext:
    """A context with the embedded cloud, and two small disks to import."""
    (tmp_path / "system.raw").write_bytes(bytes(range(256)) * 4096)
    (tmp_path / "data.raw").write_bytes(bytes(range(255, -1, -1)) * 8192)
    return replace(quick_context, cloud=LocalCloud(tmp_path / "store", tmp_path / "keys"))


def blob_of(context: ExecutionContext, tmp_path: Path, name: str) -> Path:
    """The file of an image's bytes."""
    with context.warehouse.reading() as con:
        ((region, blob),) = con.execute("SELECT region, blob FROM image WHERE name = ?", [name]).fetchall()
    return tmp_path / "store" / region / "blobs" / blob[:2] / blob


def test_what_was_just_done_does_not_drift(context: ExecutionContext, work: Made, tmp_path: Path) -> None:
    """Images, copies, servers, disks and backups, encrypted or not, have the bytes that are recorded of them."""
    steps.apply(work(WORLD), context)
    checked = check(context, tmp_path / "proposed")
    assert checked.found.findings == []
    assert checked.found.counts == Counts(NEEDED, 5, 0, 0, 0, 0, 0, 0)
    assert checked.proposed is None
    assert not (tmp_path / "proposed").exists()
    assert "stray: in the store, but nothing uses them; 0 bytes | 0 |" in page_of(checked)


def test_what_is_missing_is_named_with_all_that_needs_it(context: ExecutionContext, work: Made, tmp_path: Path) -> None:
    """Whatever needs a lost blob is missing; the images of it are proposed to be deactivated, and that does it."""
    steps.apply(work(WORLD), context)
    blob_of(context, tmp_path, "plain").unlink()
    checked = check(context, tmp_path / "proposed")
    named = {(one.problem, one.kind, one.name) for one in checked.found.findings}
    assert named == {("missing", "image", name) for name in ("plain", "full")} | {
        ("missing", "server", "one"),
        ("missing", "backup", None),
    }
    assert checked.proposed == tmp_path / "proposed" / "drift-20260601T080000Z.yaml"
    assert str(checked.proposed) in page_of(checked)
    batch = read_batch(checked.proposed)
    assert steps.apply(ActionBatch(batch, "test", tmp_path), context).done == 2
    again = check(context, tmp_path / "proposed")
    assert (again.found.counts.missing, again.found.counts.usable, again.proposed) == (4, 0, None)


@pytest.mark.parametrize("name", ["plain", "sealed"])
def test_a_blob_of_another_size_is_damaged(context: ExecutionContext, work: Made, tmp_path: Path, name: str) -> None:
    """A byte less is found out, also of what is encrypted and so longer than the image in it."""
    steps.apply(work(WORLD[:2]), context)
    blob = blob_of(context, tmp_path, name)
    whole = blob.read_bytes()
    blob.unlink()
    blob.write_bytes(whole[:-1])
    checked = check(context, tmp_path / "proposed")
    assert {one.problem for one in checked.found.findings} == {"damaged"}
    assert {(one.expected_bytes, one.found_bytes) for one in checked.found.findings} == {(2**20, 2**20 - 1)}
    assert checked.proposed is not None


def test_a_blob_that_nothing_uses_is_stray(context: ExecutionContext, work: Made, tmp_path: Path) -> None:
    """Unless it is in doubt: then somebody has just made it, and may be about to use it."""
    steps.apply(work(WORLD[:2]), context)
    stray = tmp_path / "store" / "eu-west-0" / "blobs" / "ab" / ("ab" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"lost")
    (tmp_path / "new.raw").write_bytes(bytes(2**20))
    new = FolderFile(tmp_path, "new.raw")
    maker = LocalCloud(tmp_path / "store", tmp_path / "keys")
    order = ImportFile(1, new, maker.inspect_file(new), "eu-west-0", None)
    assert list(maker.carry_out([order], lambda moved: None))
    found = check(context, tmp_path / "proposed").found
    assert [(one.problem, one.blob, one.found_bytes) for one in found.findings] == [("stray", "ab" * 32, 4)]
    assert (found.counts.in_doubt, found.counts.stray_bytes) == (1, 4)
    maker.clean_up(lambda region, blobs: set())
    assert check(context, tmp_path / "proposed").found.counts.in_doubt == 0


def test_what_is_released_is_in_doubt_and_not_missing(context: ExecutionContext, work: Made, tmp_path: Path) -> None:
    """A blob that is used counts as stored, whoever has it in doubt."""
    steps.apply(work(WORLD[:2]), context)
    other = LocalCloud(tmp_path / "store", tmp_path / "keys")
    blob = blob_of(context, tmp_path, "plain").name
    assert list(other.carry_out([Release(1, "eu-west-0", blob)], lambda moved: None))
    counts = check(context, tmp_path / "proposed").found.counts
    assert (counts.in_doubt, counts.missing, counts.stray) == (1, 0, 0)


def test_what_is_made_or_deleted_meanwhile_is_no_drift(
    quick_context: ExecutionContext, work: Made, tmp_path: Path
) -> None:
    """An image recorded after the listing is not missing, and one deleted after it leaves nothing stray."""
    cloud = quick_context.cloud
    assert isinstance(cloud, FakeCloud)
    steps.apply(work([SYSTEM | {"name": "old", "file": "disk.qcow2"}]), quick_context)
    with quick_context.warehouse.reading() as con:
        ((blob,),) = con.execute("SELECT blob FROM image").fetchall()

    def listing() -> list[Held]:
        steps.apply(
            work([{"action": "delete_image", "image": "old"}, SYSTEM | {"name": "new", "file": "disk.raw"}]),
            quick_context,
        )
        return [Held("eu-west-0", blob, 2**30)]

    cloud.listing = listing  # type: ignore[method-assign,assignment]
    assert check(quick_context, tmp_path).found.findings == []


def test_images_without_bytes_are_not_checked(quick_context: ExecutionContext, work: Made, tmp_path: Path) -> None:
    """A world that was made up has no files behind it."""
    steps.apply(work([SYSTEM | {"name": "made-up", "file": "disk.qcow2"}]), quick_context)
    assert check(quick_context, tmp_path).found.counts.missing == 1
    with quick_context.warehouse.writing() as con:
        con.execute("UPDATE image SET blob = NULL")
    assert check(quick_context, tmp_path).found.counts == Counts(0, 0, 0, 0, 0, 0, 0, 0)


def test_where_nothing_is_stored_a_person_should_look_first(
    quick_context: ExecutionContext, work: Made, tmp_path: Path
) -> None:
    """A store that is not there loses everything; the page asks about its disk."""
    steps.apply(work([SYSTEM | {"name": "a", "file": "disk.qcow2"}]), quick_context)
    assert "Check first that its disk is mounted." in page_of(check(quick_context, tmp_path))
    assert list(LocalCloud(tmp_path / "nowhere", tmp_path / "keys").listing()) == []
    assert not (tmp_path / "nowhere").exists()
