"""Carries out orders and is killed before its first, its second, its third step; after each the next process settles.

A step is whatever changes a folder or opens a file to write. Takes an empty folder to work in; prints
how often it was killed, and fails where that left a trace.
"""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from domain.cloud import Bytes, CopyBytes, ExportFile, FolderFile, Order, Release
from flows.clouds.local.cloud import LocalCloud
from support.clouds.given_orders import ELSEWHERE, REGION, files_in, stored, taken_in, used
from support.disk_files import qcow2

STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate"}
DISK = qcow2(length=70_000)


def kill_before(step: int) -> None:
    """Count steps from now on, and end before the given one."""
    steps = count()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in STEPS or writes) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def work(cloud: LocalCloud, folder: Path, kept: Bytes) -> None:
    """Give one order of each kind, and settle as if none had been recorded."""
    file = folder / "disk.qcow2"
    plain, sealed = taken_in(cloud, file), taken_in(cloud, file, kms_key="acme-key")
    orders: list[Order] = [
        CopyBytes(1, plain, ELSEWHERE, None),
        CopyBytes(2, sealed, ELSEWHERE, "other-key"),
        CopyBytes(3, kept, REGION, None),
        ExportFile(4, sealed, FolderFile(folder, "out/disk.qcow2")),
        Release(5, REGION, kept.blob),
    ]
    for order in orders:
        stored(cloud, order)
    cloud.clean_up(lambda _, blobs: {kept.blob} & set(blobs))


def killed(folder: Path, step: int) -> tuple[Bytes, bool]:
    """The bytes that were stored before; and whether a process that worked on was killed before the step."""
    (folder / "kept.qcow2").write_bytes(qcow2(length=5000))
    (folder / "disk.qcow2").write_bytes(DISK)
    cloud = LocalCloud(folder / "store", folder / "keys")
    kept = taken_in(cloud, folder / "kept.qcow2")
    cloud.clean_up(used)
    child = os.fork()
    if child == 0:
        kill_before(step)
        work(LocalCloud(folder / "store", folder / "keys"), folder, kept)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in {0, -signal.SIGKILL}
    return kept, ended != 0


def flaws(folder: Path, kept: Bytes) -> Iterator[str]:
    """What is not as it must be once the next process has cleaned up."""
    cloud = LocalCloud(folder / "store", folder / "keys")
    cloud.clean_up(lambda _, blobs: {kept.blob} & set(blobs))
    if files_in(folder / "store") != {f"{REGION}/blobs/{kept.blob[:2]}/{kept.blob}"}:
        yield f"in the store: {files_in(folder / 'store')}"
    if files_in(folder / "out") - {"disk.qcow2"} or files_in(folder / "keys") - {"acme-key.key", "other-key.key"}:
        yield f"left behind: {files_in(folder / 'out')} {files_in(folder / 'keys')}"
    exported = folder / "out" / "disk.qcow2"
    if exported.exists() and exported.read_bytes() != DISK:
        yield "half a file was exported"


def main(folder: Path) -> None:
    """Kill before every step there is, until one life ends by itself."""
    os.fsync = lambda _: None  # a kill takes nothing that the system has taken over; only a power cut does
    for step in count():
        folder.mkdir()
        kept, was_killed = killed(folder, step)
        found = list(flaws(folder, kept))
        if step % 10 == 0:
            work(LocalCloud(folder / "store", folder / "keys"), folder, kept)
            found += flaws(folder, kept)
        shutil.rmtree(folder)
        if found:
            sys.exit(f"killed before step {step}: {'; '.join(found)}")
        if not was_killed:
            print(step)  # noqa: T201 - what a script says
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
