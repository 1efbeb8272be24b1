"""An import that finds its image in Glance already: the file is read once more, and judged by what is read."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.cloud import CloudError, FolderFile, ImportFile, Stored
from flows.clouds import streams
from flows.clouds.formats import inspect_file
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.tenants import Tenants
from flows.clouds.openstack.transfers import Transfers
from flows.clouds.pending_blobs import PendingBlobs
from flows.clouds.temporary_files import TemporaryFiles
from support.clouds.given_orders import REGION, in_folder, new_image

Import = Callable[[ImportFile], object]


class FullGlance:
    """Has an active image under every id, with the bytes of one file."""

    def __init__(self, file: Path) -> None:
        value = hashlib.sha512(file.read_bytes()).hexdigest()
        self.image_ = {"status": "active", "owner": "p", "os_hash_algo": "sha512", "os_hash_value": value}
        self.image_["size"] = str(file.stat().st_size)

    def create(self, said: dict[str, Any]) -> None:
        """Nothing: that id is taken."""

    def image(self, image_id: str) -> dict[str, Any]:
        """The image, which has every id."""
        return self.image_ | {"id": image_id}

    wait_until_idle = image


@pytest.fixture
def importing(disk: Path, tmp_path: Path) -> Import:
    """Imports a file where Glance has its image already."""
    glance = cast("Glance", FullGlance(disk))
    tenants = cast("Tenants", SimpleNamespace(glance=lambda *_: glance, project_of=lambda _: "p"))
    pending_blobs = PendingBlobs(tmp_path / "state")
    moves = Transfers(tenants, pending_blobs, TemporaryFiles(tmp_path / "state", pending_blobs), lambda *_: None)
    return lambda order: moves.import_(order, lambda _: None)


@pytest.fixture
def order(disk: Path) -> ImportFile:
    """The order to import the disk as what it is."""
    return ImportFile(1, in_folder(disk), inspect_file(in_folder(disk)), REGION, None, new_image(disk))


def test_the_image_of_the_same_bytes_is_the_answer(
    importing: Import, order: ImportFile, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hash and facts are found in one pass over one open file."""
    asked: list[str] = []

    def noted(call: str) -> Callable[..., Any]:
        def real(*said: Any, **more: Any) -> Any:
            asked.append(call)
            return vars(streams)[call](*said, **more)

        return real

    for call in ("open_source", "read"):
        monkeypatch.setattr(f"flows.clouds.openstack.transfers.{call}", noted(call))
    assert order.image is not None
    size, checksum = disk.stat().st_size, "sha512:" + hashlib.sha512(disk.read_bytes()).hexdigest()
    assert importing(order) == Stored(1, order.image.image_id, checksum, size, size, "raw")
    assert asked == ["open_source", "read"]


@pytest.mark.parametrize(("field", "other"), [("disk_format", "iso"), ("virtual_size_bytes", 5)])
def test_it_is_judged_by_the_bytes_all_the_same(
    importing: Import, order: ImportFile, field: str, other: object
) -> None:
    """A file that is not what was judged is refused, although its bytes are stored already."""
    with pytest.raises(CloudError, match=field):
        importing(replace(order, expected=replace(order.expected, **{field: other})))


def test_a_file_that_changes_meanwhile_is_refused(
    importing: Import, order: ImportFile, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any change of the open file counts, also one that leaves size and mtime as they were."""
    real = streams.digest_of

    def touched(*said: Any) -> str:
        found = real(*said)
        before = disk.stat()
        disk.chmod(0o640)
        os.utime(disk, ns=(before.st_atime_ns, before.st_mtime_ns))
        return found

    monkeypatch.setattr("flows.clouds.openstack.transfers.digest_of", touched)
    with pytest.raises(CloudError, match="changed while it was read"):
        importing(order)


def test_a_file_that_became_a_link_is_refused(importing: Import, order: ImportFile, disk: Path, tmp_path: Path) -> None:
    """Although what it leads to has the very bytes that are stored."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "disk.raw").symlink_to(disk)
    with pytest.raises(CloudError, match="outside the folder"):
        importing(replace(order, file=FolderFile(tmp_path / "folder", "disk.raw")))
