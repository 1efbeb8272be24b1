"""Who may enter and read what the embedded cloud keeps, and where its paths may lead."""

import gc
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.cloud import Bytes, CloudError, ExportFile, FolderFile, Release, Stored
from flows.clouds.local.cloud import LocalCloud
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.clouds.local.transfers import Transfers
from flows.clouds.pending_blobs import PendingBlobs
from flows.clouds.temporary_files import TemporaryFiles
from support.clouds.given_orders import (
    ELSEWHERE,
    REGION,
    answers,
    as_it_is,
    copy_of,
    failure,
    stored,
    taken_in,
    unused,
    used,
)

NO_NAMES = ["", ".", "..", "a/b", "/etc", "../x", "a\0b"]


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The umask of the process, while the test runs."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def moves(tmp_path: Path) -> Transfers:
    """What moves the bytes of ``local``, on the test's own thread, so that progress is told amid an order."""
    store = Store(tmp_path / "store")
    return Transfers(store, Keys(store, tmp_path / "keys"))


def mode(path: Path) -> int:
    """The permission bits of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def modes(folder: Path) -> dict[str, int]:
    """The mode of a folder, as ``.``, and of all that lies below it."""
    return {str(path.relative_to(folder)): mode(path) for path in [folder, *folder.rglob("*")]}


def private(folder: Path) -> set[str]:
    """What in a folder is as it must be: for nobody but its owner, and blobs for reading only."""
    wanted = {path: 0o700 if path.is_dir() else 0o400 if "blobs" in path.parts else 0o600 for path in folder.rglob("*")}
    assert {path: mode(path) for path in wanted} == wanted
    assert mode(folder) == 0o700
    return {path.name for path in wanted}


def test_all_that_is_made_is_private_from_the_first_byte(disk: Path, tmp_path: Path, umask: int) -> None:
    """Whatever the umask: blobs, drafts, journals, locks and keys, while an order is carried out and afterwards."""
    home = tmp_path / "home"
    cloud = LocalCloud(home / "images", home / "keys")
    plain, sealed = taken_in(cloud, disk), taken_in(cloud, disk, kms_key="acme-key")
    store = Store(home / "images")
    moves = Transfers(store, Keys(store, home / "keys"))
    seen: set[str] = set()

    def moved(_: int) -> None:
        seen.update(private(home / "images") | private(home / "keys"))

    orders = [
        as_it_is(cloud, disk, kms_key="new-key"),
        copy_of(2, plain, ELSEWHERE, "other-key"),
        copy_of(3, sealed, ELSEWHERE, None),
    ]
    for order in orders:
        moves.move(order, moved)
    assert {"journal", "lock", ".lock", "acme-key.key", "other-key.key", plain.blob} <= seen
    assert any(name.endswith(".part") for name in seen)
    store.clean_up(used)
    cloud.clean_up(used)
    assert plain.blob in private(home / "images")
    private(home / "keys")
    assert mode(home) == 0o700


def test_an_exported_file_has_the_mode_that_the_umask_gives(
    local: LocalCloud, moves: Transfers, disk: Path, tmp_path: Path, umask: int
) -> None:
    """Once it has its name; while it is written it is its owner's alone. So have the folders that are made for it."""
    source = taken_in(local, disk)
    meanwhile: set[int] = set()

    def moved(_: int) -> None:
        meanwhile.update(mode(file) for file in (tmp_path / "out").rglob("*.part"))

    moves.move(ExportFile(1, source, FolderFile(tmp_path, "out/new/disk.raw")), moved)
    assert meanwhile == {0o600}
    folder = 0o777 & ~umask
    assert modes(tmp_path / "out") == {".": folder, "new": folder, "new/disk.raw": 0o666 & ~umask}


def test_the_users_umask_counts_where_the_process_has_a_stricter_one(tmp_path: Path) -> None:
    """``keep_private`` makes all private but what is exported; a second call, and a child, remember the first umask."""
    told = (
        "import os, subprocess, sys\n"
        "from data.access.umask import keep_private, users_umask\n"
        "before = users_umask()\n"
        "keep_private(); keep_private()\n"
        "print(f'{before:o} {users_umask():o} {os.umask(0o77):o}', flush=True)\n"
        "if sys.argv[1:]: subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)\n"
    )
    root = Path(__file__).parents[3]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IMAGEKEEPER_")}
    command = [sys.executable, "-c", told, told]
    said = subprocess.run(
        command, umask=0o027, env=environment, cwd=root, check=True, capture_output=True, text=True
    ).stdout
    assert said.splitlines() == ["27 27 77", "77 27 77"]


def test_a_store_of_an_earlier_version_is_closed_to_others(disk: Path, tmp_path: Path) -> None:
    """Its blobs, which all may read, are used as they are; the folder on top, and that of the keys, let nobody in."""
    source = taken_in(LocalCloud(tmp_path / "store", tmp_path / "keys"), disk, kms_key="acme-key")
    LocalCloud(tmp_path / "store", tmp_path / "keys").clean_up(used)
    blob = tmp_path / "store" / REGION / "blobs" / source.blob[:2] / source.blob
    for path in (tmp_path / "store", tmp_path / "keys", *blob.parents[:3]):
        path.chmod(0o755)
    blob.chmod(0o444)
    cloud = LocalCloud(tmp_path / "store", tmp_path / "keys")
    stored(cloud, ExportFile(1, source, FolderFile(tmp_path, "out.raw")), copy_of(2, source, ELSEWHERE, "new-key"))
    assert (tmp_path / "out.raw").read_bytes() == disk.read_bytes()
    assert (mode(tmp_path / "store"), mode(tmp_path / "keys")) == (0o700, 0o700)
    assert mode(blob) == 0o444


def test_a_folder_that_a_link_leads_to_keeps_its_mode(disk: Path, tmp_path: Path) -> None:
    """A store on another disk, by a link, lies in a folder that this program did not make."""
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "store").symlink_to("elsewhere")
    taken_in(LocalCloud(tmp_path / "store", tmp_path / "keys"), disk)
    assert mode(tmp_path / "elsewhere") == 0o755
    assert mode(tmp_path / "elsewhere" / REGION) == 0o700


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_path_is_built_of_plain_names_only(tmp_path: Path, name: str) -> None:
    """Neither a region nor a blob can lead out of its folder, nor be no name at all."""
    store = Store(tmp_path / "store")
    for ask in (lambda: store.blob(name, "abc"), lambda: store.blob(REGION, name), lambda: store.incoming(name)):
        with pytest.raises(CloudError, match="cannot be part of a path"):
            ask()
    assert not (tmp_path / "store").exists()


def test_a_blob_whose_first_letters_lead_up_is_refused(tmp_path: Path) -> None:
    """Its first two letters are a folder of their own."""
    with pytest.raises(CloudError, match="cannot be part of a path"):
        Store(tmp_path).blob(REGION, "..abc")


@pytest.mark.parametrize("region", NO_NAMES)
def test_orders_for_no_region_fail_alone(local: LocalCloud, disk: Path, tmp_path: Path, region: str) -> None:
    """Each says why; a release has nothing to let go of; other orders, and settling, go on."""
    source = taken_in(local, disk)
    nowhere = Bytes(region, source.blob, None, source.checksum)
    for order in (
        copy_of(1, source, region, None),
        copy_of(1, nowhere, REGION, "key"),
        copy_of(1, nowhere, region, None),
    ):
        assert "cannot be part of a path" in failure(local, order)
    came = answers(local, Release(1, region, source.blob), Release(2, REGION, source.blob))
    assert [type(answer) for answer in came] == [Stored, Stored]
    assert local.clean_up(unused) == [f"{REGION}/{source.blob}"]


def journal_of_a_killed_process(root: Path, *files: Path | str) -> None:
    """Leave a journal with these temporary files, as a process that was killed leaves it."""
    pending_blobs = PendingBlobs(root)
    for file in files:
        pending_blobs.add_file(str(file))
    del pending_blobs
    gc.collect()


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A draft that a killed process left in ``tmp_path/out``."""
    draft = tmp_path / "out" / f".{'a' * 32}.part"
    draft.parent.mkdir()
    draft.touch()
    return draft


def test_drafts_of_earlier_journals_are_deleted(tmp_path: Path, left: Path) -> None:
    """Those beside exported files by their whole path, those of the store by their path in it, keys by the home's."""
    home = tmp_path / "link to home"
    (tmp_path / "home" / "keys").mkdir(parents=True)
    home.symlink_to("home")
    name = left.name
    (home / "images" / REGION / "incoming").mkdir(parents=True)
    files = [left, home / "keys" / name, home / "images" / REGION / "incoming" / name]
    for file in files:
        file.touch()
    journal_of_a_killed_process(home / "images", left, home / "keys" / name, f"{REGION}/incoming/{name}")
    assert len(LocalCloud(home / "images", home / "keys").clean_up(unused)) == 3
    assert [file for file in files if file.exists()] == []


def test_a_journal_deletes_nothing_through_a_link(tmp_path: Path, left: Path) -> None:
    """A folder that became a link since the draft was written down: what lies where it leads stays."""
    store = tmp_path / "home" / "images"
    journal_of_a_killed_process(store, left)
    left.parent.rename(tmp_path / "outside")
    (tmp_path / "out").symlink_to("outside")
    assert LocalCloud(store, tmp_path / "home" / "keys").clean_up(unused) == []
    assert (tmp_path / "outside" / left.name).exists()


def test_a_journal_deletes_drafts_only(tmp_path: Path) -> None:
    """A line that names any other file deletes nothing."""
    mine = tmp_path / "mine.raw"
    mine.touch()
    store = tmp_path / "home" / "images"
    journal_of_a_killed_process(store, mine)
    assert LocalCloud(store, tmp_path / "home" / "keys").clean_up(unused) == []
    assert mine.exists()


def test_a_draft_that_was_replaced_gets_no_name(
    local: LocalCloud, moves: Transfers, disk: Path, tmp_path: Path
) -> None:
    """Whoever puts another file, or a link, in the place of a draft does not get it named as the exported image."""
    source = taken_in(local, disk)
    (tmp_path / "out").mkdir()
    (tmp_path / "secret").write_text("secret")

    def moved(_: int) -> None:
        for draft in (tmp_path / "out").glob(".*.part"):
            draft.unlink()
            draft.symlink_to(tmp_path / "secret")

    with pytest.raises(CloudError, match="replaced its temporary file"):
        moves.move(ExportFile(1, source, FolderFile(tmp_path, "out/disk.raw")), moved)
    assert list((tmp_path / "out").iterdir()) == []
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_draft_lies_in_its_folder_by_descriptor(tmp_path: Path) -> None:
    """Where the folder is replaced meanwhile, the draft is still deleted where it is, and nothing else is."""
    folder = tmp_path / "out"
    drafts = TemporaryFiles(tmp_path / "store", PendingBlobs(tmp_path / "store"))
    with drafts.export(FolderFile(folder, "disk.raw")) as draft:
        folder.rename(tmp_path / "before")
        folder.mkdir()
        (folder / draft.name).touch()
        assert [file.name for file in (tmp_path / "before").iterdir()] == [draft.name]
    assert list((tmp_path / "before").iterdir()) == []
    assert [file.name for file in folder.iterdir()] == [draft.name]
