"""Files of an import folder through planning and applying, and text files: nothing outside, and nobody waits."""

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.lifecycle import action_log
from domain.batch import BatchError
from domain.cloud import CloudError, FileFacts, FolderFile
from flows.batches.named_files import text_of
from flows.batches.yaml_files import read_batch
from flows.clouds.inside_folder import inside, location_inside, opened_inside
from flows.clouds.local.cloud import LocalCloud
from flows.enforce_retention import read_policy
from flows.lifecycle.planning import plan
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, apply
from flows.resources import import_folder
from support.clouds.given_orders import as_it_is

DISK = bytes(2**20)
SECRET = b"\1" * 2**20
WEB = {"name": "web", "image_type": "system_disk", "min_disk_gb": 10}
IMPORT = {"action": "import_image", "file": "sub/disk.raw"} | WEB
EXPORT = {"action": "export_image", "image": "web", "file": "out/disk.raw"}
PreparedBatch = Callable[..., ActionBatch]


class Swapping(LocalCloud):
    """Lets something happen once, right after a file was looked at for a judgement."""

    after_look: Callable[[], None] | None = None

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Look, and let it happen."""
        facts = super().inspect_file(file)
        happens, self.after_look = self.after_look, None
        if happens is not None:
            happens()
        return facts


@pytest.fixture
def outside(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside the import folder, ``tmp_path``, with a file as large as the one that may be imported."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "disk.raw").write_bytes(DISK)
    outside = tmp_path_factory.mktemp("outside")
    (outside / "disk.raw").write_bytes(SECRET)
    return outside


@pytest.fixture
def swapping(quick_context: ExecutionContext, tmp_path: Path) -> ExecutionContext:
    """A context with real bytes."""
    return replace(quick_context, cloud=Swapping(tmp_path / "home" / "images", tmp_path / "home" / "keys"))


def lines(context: ExecutionContext, work: ActionBatch) -> list[dict[str, Any]]:
    """What became of each line of a batch."""
    with context.warehouse.reading() as con:
        return list(action_log.lines(con, work.batch_id))


def checksums(context: ExecutionContext) -> list[str]:
    """The checksums of all images."""
    with context.warehouse.reading() as con:
        return [checksum for (checksum,) in con.execute("SELECT checksum FROM image").fetchall()]


@pytest.mark.parametrize("part", ["sub/disk.raw", "sub"])
def test_a_swap_between_judgement_and_import_makes_no_image(
    swapping: ExecutionContext, work: PreparedBatch, tmp_path: Path, outside: Path, part: str
) -> None:
    """A file or folder that becomes a link once it was judged: the line is not done, and nothing is stored."""

    def swap() -> None:
        (tmp_path / part).rename(tmp_path / "before")
        (tmp_path / part).symlink_to(outside / "disk.raw" if part.endswith("raw") else outside)

    assert isinstance(swapping.cloud, Swapping)
    swapping.cloud.after_look = swap
    batch = work([IMPORT])
    assert apply(batch, swapping).done == 0
    assert checksums(swapping) == []
    assert list((tmp_path / "home" / "images").glob("*/blobs/*/*")) == []


def test_a_link_that_leads_out_is_denied_in_a_plan_and_when_applied(
    swapping: ExecutionContext, work: PreparedBatch, tmp_path: Path, outside: Path
) -> None:
    """For the policy there is no such file, also where one of that name was imported before."""
    apply(work([IMPORT]), swapping)
    (tmp_path / "sub" / "disk.raw").unlink()
    (tmp_path / "sub" / "disk.raw").symlink_to(outside / "disk.raw")
    again = work([IMPORT | {"name": "again"}])
    (line,) = plan(again, swapping)
    assert line["denied_by"] == ["import.file-missing"]
    assert apply(again, swapping).denied == 1
    assert len(checksums(swapping)) == 1


def test_an_export_into_a_folder_that_leads_out_fails(
    swapping: ExecutionContext, work: PreparedBatch, tmp_path: Path, outside: Path
) -> None:
    """The line says so in words, and nothing is written where the folder leads."""
    (tmp_path / "out").symlink_to(outside)
    (outside / "disk.raw").unlink()
    batch = work([IMPORT, EXPORT])
    assert apply(batch, swapping).failed == 1
    assert f"outside the folder {tmp_path}" in lines(swapping, batch)[1]["error"]
    assert list(outside.iterdir()) == []


def test_a_name_that_leads_out_is_refused_when_the_batch_is_read(tmp_path: Path, outside: Path) -> None:
    """With line and field, before anything is judged; a link that goes round in circles is no file."""
    (tmp_path / "link.raw").symlink_to(outside / "disk.raw")
    (tmp_path / "round.raw").symlink_to("round.raw")
    text = "actor: acme\nregion: eu-west-0\nactions:\n  - {action: import_image, name: web, file: NAME, %s}\n"
    file = tmp_path / "batch.yaml"
    for name, says in (("link.raw", r"actions\[1\]\.file: 'link\.raw' is outside"), ("round.raw", "there is no file")):
        file.write_text((text % "image_type: system_disk, min_disk_gb: 10").replace("NAME", name))
        with pytest.raises(BatchError, match=says):
            read_batch(file)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    """The folder itself, what lies above it, a name with a NUL, and a file that is taken for a folder."""
    (tmp_path / "disk.raw").write_bytes(DISK)
    assert inside(tmp_path, "a\0b") is None
    for name in (".", "..", "", "sub/../..", "a\0b", "disk.raw/x"):
        for way in (opened_inside, location_inside):
            with pytest.raises(CloudError), way(FolderFile(tmp_path, name)):
                pass


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """It is trusted: whoever sets things up may have it lie on another disk."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "disk.raw").write_bytes(DISK)
    (tmp_path / "import").symlink_to("real")
    with opened_inside(FolderFile(tmp_path / "import", "disk.raw")) as handle:
        assert os.pread(handle, 2**21, 0) == DISK
    assert import_folder(tmp_path / "import" / "batch.yaml", None) == tmp_path / "real"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may list every folder")
def test_a_folder_that_one_may_only_pass_through(tmp_path: Path) -> None:
    """The right to list a folder on the way is not needed."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "disk.raw").write_bytes(DISK)
    (tmp_path / "sub").chmod(0o100)
    try:
        with opened_inside(FolderFile(tmp_path, "sub/disk.raw")) as handle:
            assert os.pread(handle, 2**21, 0) == DISK
    finally:
        (tmp_path / "sub").chmod(0o700)


def test_an_order_reaches_another_process_as_it_is(tmp_path: Path, disk: Path) -> None:
    """Dask sends orders pickled; the file is still one of its folder, and the order the same."""
    order = as_it_is(LocalCloud(tmp_path / "store", tmp_path / "keys"), disk)
    sent = pickle.loads(pickle.dumps(order))  # noqa: S301 - our own
    assert sent == order
    assert hash(sent) == hash(order)
    assert str(sent.file) == str(disk)


@pytest.mark.parametrize("read", [read_batch, read_policy])
def test_nobody_waits_for_a_pipe(tmp_path: Path, read: Callable[[Path], object]) -> None:
    """A named pipe in the place of a batch or a policy is refused at once."""
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(BatchError, match="no regular file"):
        read(tmp_path / "pipe.yaml")


def test_what_the_command_line_hands_over_is_read(tmp_path: Path) -> None:
    """A pipe of the shell, as in ``imagekeeper plan <(generate)``, has somebody who writes to it."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(b"a: 1\r\nb: 2\r")
        assert text_of(Path(f"/dev/fd/{reading}"), 100, "too large") == "a: 1\nb: 2\n"
    finally:
        os.close(reading)


def test_a_text_is_read_only_as_far_as_it_may_go(tmp_path: Path) -> None:
    """One byte more than allowed is refused, whatever the file said of its size before."""
    file = tmp_path / "batch.yaml"
    file.write_bytes(b"12345")
    assert text_of(file, 5, "is too large") == "12345"
    with pytest.raises(BatchError, match="is too large"):
        text_of(file, 4, "is too large")
    with pytest.raises(BatchError, match="is too large"):
        text_of(Path("/dev/zero"), 4, "is too large")
