"""What a file is, by its bytes: every format, every trap, and the same answer however the bytes come by."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.cloud import FileFacts
from domain.vocabulary import DiskFormat
from flows.clouds.formats import HEAD, TAIL, Sample, inspect_file
from support.clouds.given_orders import in_folder
from support.disk_files import MIB, fixed_vhd, iso, partitioned, qcow2, raw, vdi, vhd, vhd_footer, vhdx, vmdk

STREAM = vmdk(footer=True, kind="streamOptimized")
TEXT = b'# Disk DescriptorFile\nversion=1\ncreateType="monolithicSparse"\nRW 63 SPARSE "other.vmdk"\n'
GPT = partitioned(raw(), kind=0xEE, start=1, boot=0)

SAFE = {
    "qcow2": (qcow2(7 * MIB), "qcow2", 7 * MIB),
    "qcow2 of version 2": (qcow2(7 * MIB, version=2), "qcow2", 7 * MIB),
    "qcow2 that was not closed": (qcow2(incompatible=1), "qcow2", MIB),
    "growing VHD": (vhd(32 * MIB), "vhd", 32 * MIB),
    "fixed VHD, which oslo.utils takes for raw": (fixed_vhd(raw()), "vhd", MIB),
    "fixed VHD of a partitioned disk": (fixed_vhd(partitioned(raw())), "vhd", MIB),
    "VHDX": (vhdx(64 * MIB), "vhdx", 64 * MIB),
    "VMDK": (vmdk(3 * MIB), "vmdk", 3 * MIB),
    "VMDK as a stream": (STREAM, "vmdk", MIB),
    "VMDK as a stream, longer than a head": (STREAM[:-TAIL].ljust(HEAD + 12345, b"\0") + STREAM[-TAIL:], "vmdk", MIB),
    "VDI": (vdi(2 * MIB), "vdi", 2 * MIB),
    "ISO": (iso(), "iso", 131072),
    "ISO that starts from a USB stick, too": (partitioned(iso()), "iso", 131072),
    "partitioned disk": (partitioned(raw()), "raw", MIB),
    "disk with a GPT": (GPT, "raw", MIB),
    "LUKS container": (b"LUKS\xba\xbe\0\x01".ljust(65536, b"\0"), "raw", 65536),
    "text": (b"plain text\n" * 100, "raw", 1100),
    "text with an umlaut behind its first sector": (b"plain text\n" * 100 + "ü".encode(), "raw", 1102),
    "one byte": (b"x", "raw", 1),
    "zeros": (bytes(MIB), "raw", MIB),
}

UNSAFE = {
    "empty": (b"", "is empty"),
    "backing file": (qcow2(backing=b"/etc/passwd"), "backing file"),
    "backing file in version 2": (qcow2(backing=b"/etc/passwd", version=2), "backing file"),
    "external data file": (qcow2(incompatible=4), "another file"),
    "unknown feature": (qcow2(incompatible=1 << 10), "features"),
    "qcow of version 1": (qcow2(version=1), "version"),
    "no disk": (qcow2(0), "0 bytes"),
    "disk that no number holds": (qcow2(2**64 - 1), "impossible disk size"),
    "header cut off": (qcow2()[:100], "cut short"),
    "QED": (b"QED\0".ljust(1024, b"\0"), "not allowed"),
    "VMDK descriptor": (TEXT, "other files"),
    "VMDK descriptor after many remarks": (b"# nothing\n" * 800 + TEXT, "other files"),
    "VMDK extent elsewhere": (vmdk(extra='RW 63 FLAT "/etc/passwd" 0'), "other files"),
    "VMDK of several files": (vmdk(kind="twoGbMaxExtentFlat"), "other files"),
    "VMDK with a parent": (vmdk(extra='parentFileNameHint="/etc/passwd"'), "parent"),
    "VMDK whose end is cut off": (STREAM[:-512] + b"x" * 512, "contradicts"),
    "VHD with a parent": (vhd(kind=4), "parent"),
    "growing VHD without its beginning": (raw() + vhd_footer(MIB, 3), "but not the header"),
    "VHDX with a parent": (vhdx(parent=True), "parent"),
    "VHDX cut off": (vhdx()[: 300 * 1024], "cut off"),
    "VHDX with its metadata far away": (vhdx(metadata_at=HEAD), "too far"),
    "VDI with a parent": (vdi(kind=4), "parent"),
    "GPT that begins elsewhere": (partitioned(raw(), kind=0xEE, start=7, boot=0), "partition table"),
    "partition table without partitions": (partitioned(raw(), kind=0), "partition table"),
    "LUKS of version 2": (b"LUKS\xba\xbe\0\x02".ljust(65536, b"\0"), "encrypted"),
    "qcow2 and ISO": (qcow2()[:32768] + iso()[32768:], "iso, qcow2"),
    "qcow2 and fixed VHD": (fixed_vhd(qcow2()), "qcow2, vhd"),
    "growing VHD with a partition table": (partitioned(vhd()), "gpt, vhd"),
}


def in_pieces(content: bytes, sizes: Iterator[int]) -> Iterator[memoryview]:
    """The content, cut as the sizes say."""
    at = 0
    while at < len(content):
        size = next(sizes)
        yield memoryview(content)[at : at + size]
        at += size


def passed(content: bytes, sizes: Iterator[int]) -> FileFacts:
    """What passing pieces tell."""
    sample = Sample()
    for _ in sample.of(in_pieces(content, sizes)):
        pass
    return sample.facts(len(content))


@pytest.mark.parametrize("name", SAFE)
def test_every_format_is_known(tmp_path: Path, name: str) -> None:
    """Format, in the domain's word, and virtual size are those of the disk in the file; nothing speaks against it."""
    content, disk_format, virtual = SAFE[name]
    file = tmp_path / "file"
    file.write_bytes(content)
    assert inspect_file(in_folder(file)) == FileFacts(True, len(content), disk_format, virtual, None)
    assert disk_format in set(DiskFormat)


@pytest.mark.parametrize("name", UNSAFE)
def test_every_trap_is_seen(tmp_path: Path, name: str) -> None:
    """A file that reaches for others, that two programs would read differently, or that is broken, is unsafe."""
    content, reason = UNSAFE[name]
    file = tmp_path / "file"
    file.write_bytes(content)
    facts = inspect_file(in_folder(file))
    assert reason in str(facts.unsafe)
    assert (facts.found, facts.size_bytes, facts.virtual_size_bytes) == (True, len(content), None)


@pytest.mark.parametrize("name", [*SAFE, *UNSAFE])
def test_looking_and_passing_agree(tmp_path: Path, name: str) -> None:
    """What a look at the file says, the passing bytes say too, however they are cut."""
    content = (SAFE.get(name) or UNSAFE[name])[0]
    file = tmp_path / "file"
    file.write_bytes(content)
    chance = random.Random(name)
    for most in (3000, 100_000, 5 * MIB):
        assert passed(content, iter(lambda most=most: chance.randint(1, most), 0)) == inspect_file(in_folder(file))


def test_formats_survive_damage(tmp_path: Path) -> None:
    """Whatever bytes are changed, there is an answer; and looking and passing agree on it."""
    chance = random.Random(7)
    file = tmp_path / "file"
    for content, *_ in list(SAFE.values()) * 3:
        damaged = bytearray(content[: chance.choice([len(content), 1024, 40_000])])
        for _ in range(8):
            damaged[chance.randrange(min(len(damaged), 600))] = chance.randrange(256)
        file.write_bytes(damaged)
        facts = inspect_file(in_folder(file))
        assert facts.found
        assert passed(bytes(damaged), iter(lambda: 4 * MIB, 0)) == facts


def test_only_head_and_tail_are_read(tmp_path: Path) -> None:
    """A look at a terabyte takes no longer than at a megabyte."""
    file = tmp_path / "huge.raw"
    with file.open("wb") as huge:
        huge.write(partitioned(raw()))
        huge.truncate(2**40)
    assert inspect_file(in_folder(file)) == FileFacts(True, 2**40, "raw", 2**40, None)


def test_what_is_not_a_readable_file_is_not_found(tmp_path: Path) -> None:
    """A pipe, a device, a name that cannot be, a link into nothing: no waiting, and ``found=False``."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("pipe", "link", "nul\0byte", "x" * 300, "."):
        assert inspect_file(in_folder(tmp_path / name)) == FileFacts(found=False)
    assert inspect_file(in_folder(Path("/dev/zero"))) == FileFacts(found=False)
