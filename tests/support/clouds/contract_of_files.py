"""What every cloud promises of the files that it reads and writes: it never leaves their folder, nor waits for a pipe.

Part of the contract, and imported by each adapter's test with it; somebody else replaces files and folders by links.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.cloud import Cloud, ExportFile, FileFacts, FolderFile, ImportFile
from flows.clouds import inside_folder
from support.clouds.given_orders import as_it_is, failure, stored, taken_in, unused

Swap = Callable[[Path, Path], None]
"""Replaces something in a folder; what it puts there leads to the other one."""


def test_links_that_stay_in_the_folder_lead_to_their_files(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """A file may be named by a link to it, and lie behind a link to a folder, as long as both stay inside."""
    (tmp_path / "2026").mkdir()
    disk.rename(tmp_path / "2026" / "disk.raw")
    (tmp_path / "latest").symlink_to("2026")
    (tmp_path / "latest.raw").symlink_to("latest/disk.raw")
    for name in ("latest.raw", "latest/disk.raw"):
        taken_in(cloud, tmp_path / name)
    source = taken_in(cloud, tmp_path / "latest.raw")
    stored(cloud, ExportFile(1, source, FolderFile(tmp_path, "latest/out.raw")))
    assert (tmp_path / "2026" / "out.raw").read_bytes() == (tmp_path / "2026" / "disk.raw").read_bytes()


@pytest.mark.parametrize("name", ["secret.raw", "sub/secret.raw", "../outside/secret.raw"])
def test_a_name_that_leads_out_is_refused(cloud: Cloud, disk: Path, tmp_path: Path, name: str) -> None:
    """By a link to a file, by a link to a folder, or by dots: nothing outside the folder is judged, read or written."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    secret = outside / "secret.raw"
    disk.rename(secret)
    (folder / "secret.raw").symlink_to(secret)
    (folder / "sub").symlink_to(outside)
    file = FolderFile(folder, name)
    assert cloud.inspect_file(file) == FileFacts(found=False)
    order = replace(as_it_is(cloud, secret), file=file)
    assert "outside the folder" in failure(cloud, order)
    source = taken_in(cloud, secret)
    secret.unlink()
    assert failure(cloud, ExportFile(1, source, file))
    assert list(outside.iterdir()) == []


def swapped_file(folder: Path, outside: Path) -> None:
    """Replace the file by a link to another file of the same size and format."""
    (folder / "sub" / "disk.raw").unlink()
    (folder / "sub" / "disk.raw").symlink_to(outside / "disk.raw")


def swapped_folder(folder: Path, outside: Path) -> None:
    """Replace the folder on the way by a link."""
    (folder / "sub").rename(folder / "before")
    (folder / "sub").symlink_to(outside)


def swapped_for_a_pipe(folder: Path, outside: Path) -> None:
    """Replace the file by a pipe to which nobody writes."""
    assert outside
    (folder / "sub" / "disk.raw").unlink()
    os.mkfifo(folder / "sub" / "disk.raw")


@pytest.fixture
def judged(cloud: Cloud, disk: Path, tmp_path: Path) -> ImportFile:
    """The order to import ``folder/sub/disk.raw`` as what it is; ``outside/disk.raw`` has the same bytes."""
    for one in (tmp_path / "folder" / "sub", tmp_path / "outside"):
        one.mkdir(parents=True)
        (one / "disk.raw").write_bytes(disk.read_bytes())
    file = FolderFile(tmp_path / "folder", "sub/disk.raw")
    return replace(as_it_is(cloud, tmp_path / "folder" / "sub" / "disk.raw"), file=file)


@pytest.mark.parametrize("swap", [swapped_file, swapped_folder])
def test_a_link_that_is_put_there_after_the_judgement_is_refused(
    cloud: Cloud, judged: ImportFile, tmp_path: Path, swap: Swap
) -> None:
    """What was judged is no link; what is a link when it is imported leads to no image, however alike its file is."""
    swap(tmp_path / "folder", tmp_path / "outside")
    assert "outside the folder" in failure(cloud, judged)
    assert list(cloud.clean_up(unused)) == []


@pytest.mark.parametrize("swap", [swapped_file, swapped_folder])
def test_a_link_that_is_put_there_while_a_file_is_opened_is_refused(
    cloud: Cloud, judged: ImportFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: Swap
) -> None:
    """After its name was resolved, no link is followed any more."""
    swap_after_resolving(monkeypatch, lambda: swap(tmp_path / "folder", tmp_path / "outside"))
    why = failure(cloud, judged)
    assert "is a symbolic link or not a folder" in why
    assert str(judged.file) in why
    assert list(cloud.clean_up(unused)) == []


def test_an_export_through_a_link_that_is_put_there_meanwhile_is_refused(
    cloud: Cloud, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder on the way that becomes a link, before or while it is entered: nothing is written where it leads."""
    source = taken_in(cloud, disk)
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()
    order = ExportFile(1, source, FolderFile(folder, "sub/new/out.raw"))
    with monkeypatch.context() as patched:
        swap_after_resolving(patched, lambda: swapped_folder(folder, outside))
        assert "is a symbolic link or not a folder" in failure(cloud, order)
    assert "outside the folder" in failure(cloud, order)
    cloud.clean_up(unused)
    assert list(outside.rglob("*")) == []
    assert [file for file in folder.rglob("*") if file.is_file()] == []


def test_an_export_writes_where_it_began(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """A folder that becomes a link while bytes are written to it: they stay in the folder that it was."""
    source = taken_in(cloud, disk)
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()

    def moved(_: int) -> None:
        if not (folder / "sub").is_symlink():
            swapped_folder(folder, outside)

    assert list(cloud.carry_out([ExportFile(1, source, FolderFile(folder, "sub/out.raw"))], moved))
    assert list(outside.iterdir()) == []
    assert [file.name for file in (folder / "before").iterdir()] == ["out.raw"]


def test_a_pipe_is_no_file_and_nobody_waits_for_it(cloud: Cloud, judged: ImportFile, tmp_path: Path) -> None:
    """A pipe is ``found=False``; one that takes the place of a file is refused at once, as is an export to it."""
    folder = tmp_path / "folder"
    source = taken_in(cloud, folder / "sub" / "disk.raw")
    swapped_for_a_pipe(folder, tmp_path / "outside")
    assert cloud.inspect_file(judged.file) == FileFacts(found=False)
    assert "not a file" in failure(cloud, judged)
    assert "not a file" in failure(cloud, ExportFile(1, source, judged.file))


def swap_after_resolving(monkeypatch: pytest.MonkeyPatch, swap: Callable[[], None]) -> None:
    """Let the swap happen once, after the next name was resolved and before its file is opened."""
    real = inside_folder.inside
    waiting = [swap]

    def inside(folder: Path, name: str) -> Path | None:
        found = real(folder, name)
        if waiting and found != folder:
            waiting.pop()()
        return found

    monkeypatch.setattr(inside_folder, "inside", inside)
