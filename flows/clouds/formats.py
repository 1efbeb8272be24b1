"""Detect the format of a disk file from its first and last bytes: the inspectors of oslo.utils, with stricter rules.

The policy judges a file by ``inspect_file``; an import checks the bytes that it reads. Both use ``facts_of``, so that
they get the same result.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import chain

from domain.cloud import CloudError, FileFacts, FolderFile
from domain.vocabulary import DiskFormat
from flows.clouds.inspectors import format_inspector
from flows.clouds.missing_parts import is_vmdk_text, missing_part
from flows.clouds.streams import open_source

HEAD = 4 << 20
"""How many bytes at the beginning are read at most. The metadata of a VHDX usually begins at 2 MiB."""

TAIL = 1536
"""How many bytes at the end are read. The footer of a stream-optimized VMDK has three sectors, that of a VHD one."""

BLOCK = 64 << 10
SECTOR = 512
LARGEST_DISK = 2**63 - 1

FORMAT_OF_INSPECTOR = {"gpt": "raw", "luks": "raw"}
"""A partitioned or an encrypted disk is a raw image. All other inspectors have the name of the disk format."""

SIZED_BY_FILE = {DiskFormat.RAW, DiskFormat.ISO}
REASONS = {
    "backing_file": "it has a backing file: what its disk contains depends on another file",
    "data_file": "its data is in another file",
    "unknown_features": "it has a version or features that are not known to be safe",
    "descriptor": "its descriptor names other files, or is of a kind that is not known to be safe",
    "footer": "its footer contradicts its header",
    "mbr": "its partition table is broken",
    "version": "it is encrypted in a way that is not known",
    "banned": "its format is not allowed",
}
"""Messages for the safety checks of oslo.utils that failed."""

Inspector = format_inspector.FileInspector

# The inspectors log what FileFacts contains anyway. Without a handler Python would print it on the terminal.
logging.getLogger(format_inspector.__name__).addHandler(logging.NullHandler())


def inspect_file(file: FolderFile) -> FileFacts:
    """Return the facts of a file. Only its first ``HEAD`` and last ``TAIL`` bytes are read.

    ``found`` is False if the file does not exist, is not a regular file, is outside its folder or cannot be read.
    """
    try:
        with open_source(file) as source:
            head = (os.pread(source.handle, BLOCK, at) for at in range(0, min(source.size, HEAD), BLOCK))
            tail = os.pread(source.handle, TAIL, max(0, source.size - TAIL))
            return facts_of(source.size, head, tail)
    except (OSError, CloudError):
        return FileFacts(found=False)


def in_blocks(head: bytes) -> Iterator[bytes]:
    """Cut the first bytes of a file into the blocks that ``facts_of`` takes."""
    return (head[at : at + BLOCK] for at in range(0, min(len(head), HEAD), BLOCK))


def facts_of(size: int, head: Iterable[bytes], tail: bytes) -> FileFacts:
    """Return the facts of a file of ``size`` bytes from its first ``HEAD`` bytes, in blocks, and last ``TAIL`` bytes.

    Blocks are taken from ``head`` only as long as an inspector needs them.
    """
    rest = iter(head)
    first = next(rest, b"")
    if size == 0:
        return _unsafe(size, None, "it is empty")
    if is_vmdk_text(first):
        return _unsafe(size, DiskFormat.VMDK, "it is a VMDK descriptor: its disk is in other files")
    # Pad a file shorter than a sector: another program may still recognize a header that the end of the file cuts off.
    claims = _claims(size, chain([first.ljust(SECTOR, b"\0")], rest), tail)
    if len(claims) > 1:
        return _unsafe(size, None, f"it matches several formats at once: {', '.join(sorted(claims))}")
    if not claims:
        return FileFacts(found=True, size_bytes=size, disk_format=str(DiskFormat.RAW), virtual_size_bytes=size)
    (claim,) = claims.values()
    return _facts_by(claim, size, first)


def _unsafe(size: int, disk_format: str | None, reason: str) -> FileFacts:
    return FileFacts(found=True, size_bytes=size, disk_format=disk_format and str(disk_format), unsafe=reason)


def _claims(size: int, head: Iterable[bytes], tail: bytes) -> dict[str, Inspector]:
    """Return the inspectors that recognize the file, by name. A file that none recognizes is raw."""
    inspectors = [kind() for name, kind in format_inspector.ALL_FORMATS.items() if name != "raw"]
    incomplete = inspectors
    for block in head:
        incomplete = [inspector for inspector in incomplete if _wants_more(inspector, block)]
        if not incomplete:
            break
    for inspector in incomplete:
        # The tail follows a gap. Only the VMDK inspector expects the end of a file; the others would take the tail
        # for the bytes after the head.
        if size > HEAD and inspector.NAME == "vmdk":
            _wants_more(inspector, tail)
    claims = {inspector.NAME: inspector for inspector in inspectors if _claimed(inspector)}
    if "iso" in claims:
        claims.pop("gpt", None)  # a hybrid ISO, which also boots from a USB stick, has a partition table
    if "vhd" not in claims and tail[-SECTOR:].startswith(b"conectix"):
        is_raw = claims.keys() <= FORMAT_OF_INSPECTOR.keys()  # a fixed VHD is a raw disk followed by a footer
        claims = ({} if is_raw else claims) | {"vhd": _vhd_by_footer(tail[-SECTOR:])}
    return claims


def _wants_more(inspector: Inspector, block: bytes) -> bool:
    try:
        inspector.eat_chunk(block)
    except Exception:  # noqa: BLE001 - any exception means: another format, or a broken file
        return False
    return not inspector.complete


def _claimed(inspector: Inspector) -> bool:
    inspector.finish()
    try:
        return inspector.format_match
    except Exception:  # noqa: BLE001 - the VMDK inspector fails on text that is not a descriptor
        return False


def _vhd_by_footer(footer: bytes) -> Inspector:
    inspector = format_inspector.VHDInspector()
    inspector.eat_chunk(footer)
    inspector.finish()
    return inspector


def _facts_by(inspector: Inspector, size: int, first: bytes) -> FileFacts:
    disk_format = FORMAT_OF_INSPECTOR.get(inspector.NAME, inspector.NAME)
    virtual = size if disk_format in SIZED_BY_FILE else _virtual_size(inspector)
    unsafe = _unsafe_reason(inspector, size, first)
    if unsafe is None and (virtual is None or not 0 < virtual <= LARGEST_DISK):
        unsafe = f"its header states an impossible disk size: {virtual or 0} bytes"
    return FileFacts(
        found=True,
        size_bytes=size,
        disk_format=disk_format,
        virtual_size_bytes=virtual if unsafe is None else None,
        unsafe=unsafe,
    )


def _virtual_size(inspector: Inspector) -> int | None:
    try:
        size: int = inspector.virtual_size
    except Exception:  # noqa: BLE001 - a broken structure can raise anything
        return None
    return size


def _unsafe_reason(inspector: Inspector, size: int, first: bytes) -> str | None:
    """Return why a file must not be used; None if it is safe."""
    if size < SECTOR:
        return f"it is cut short: a {inspector.NAME} file of {size} bytes"
    if missing := missing_part(inspector, first):
        return missing
    try:
        inspector.safety_check()
    except format_inspector.SafetyCheckFailed as failed:
        return "; ".join(REASONS.get(name, str(why)) for name, why in sorted(failed.failures.items()))
    except format_inspector.ImageFormatError:
        return f"its {inspector.NAME} structure is broken, cut off, or too far from the beginning of the file"
    return None


class Sample:
    """Collect the first and last bytes of a stream, which ``facts_of`` needs."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = b""

    def of(self, pieces: Iterator[memoryview]) -> Iterator[memoryview]:
        """Yield the same pieces, and keep their first and last bytes."""
        for piece in pieces:
            self._head += piece[: HEAD - len(self._head)]
            self._tail = (self._tail + bytes(piece[-TAIL:]))[-TAIL:]
            yield piece

    def facts(self, size: int) -> FileFacts:
        """Return the facts of the file of ``size`` bytes that was streamed."""
        return facts_of(size, in_blocks(bytes(self._head)), self._tail)


def check_as_judged(expected: FileFacts, found: FileFacts) -> None:
    """Raise a ``CloudError`` if a file is unsafe, or its facts differ from those that the policy judged."""
    if found.unsafe is not None:
        raise CloudError(
            f"it is not safe to use: {found.unsafe}; convert it to a plain file: qemu-img convert -O qcow2"
        )
    for field in fields(FileFacts):
        check_fact(field.name, getattr(expected, field.name), getattr(found, field.name))


def check_fact(name: str, expected: object, found: object) -> None:
    """Raise a ``CloudError`` if a fact has changed since the policy judged it."""
    if expected != found:
        raise CloudError(
            f"its {name} changed from {expected} to {found} after it was judged: apply again to judge it anew"
        )
