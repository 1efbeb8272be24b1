"""What a file is, from its first and its last bytes: by oslo.utils' inspectors, and a little stricter.

Looking at a file and importing it must come to the same answer, so both give its bytes to ``facts_of``.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from itertools import chain

from domain.cloud import CloudError, FileFacts, FolderFile
from domain.vocabulary import DiskFormat
from flows.clouds.inspectors import format_inspector
from flows.clouds.missing_parts import is_vmdk_text, missing_part
from flows.clouds.streams import opened

HEAD = 4 << 20
"""So much of a file's beginning may be looked at; the metadata of a VHDX begin at 2 MiB as a rule."""

TAIL = 1536
"""So much of its end: a stream-optimized VMDK ends in three sectors that count, a VHD in one."""

BLOCK = 64 << 10
SECTOR = 512
LARGEST_DISK = 2**63 - 1

WORDS = {"gpt": "raw", "luks": "raw"}
"""A partitioned or an encrypted disk is a raw image. All other names are the domain's own."""

SIZED_BY_FILE = {DiskFormat.RAW, DiskFormat.ISO}
REASONS = {
    "backing_file": "it has a backing file: what its disk contains depends on another file",
    "data_file": "its data lie in another file",
    "unknown_features": "it has a version or features that are not known to be safe",
    "descriptor": "its descriptor names other files, or is of a kind that is not known to be safe",
    "footer": "its end contradicts its beginning",
    "mbr": "its partition table is broken",
    "version": "it is encrypted in a way that is not known",
    "banned": "its format is not allowed",
}
"""What oslo.utils' safety checks find, in words."""

Inspector = format_inspector.FileInspector

# The inspectors log what FileFacts say anyway; without a handler Python would print it on the terminal.
logging.getLogger(format_inspector.__name__).addHandler(logging.NullHandler())


def look(file: FolderFile) -> FileFacts:
    """What a file is, from its head and its last sectors only.

    What is not there, is no regular file, lies outside its folder or may not be read is ``found=False``.
    """
    try:
        with opened(file) as source:
            head = (os.pread(source.handle, BLOCK, at) for at in range(0, min(source.size, HEAD), BLOCK))
            tail = os.pread(source.handle, TAIL, max(0, source.size - TAIL))
            return facts_of(source.size, head, tail)
    except (OSError, CloudError):
        return FileFacts(found=False)


def in_blocks(head: bytes) -> Iterator[bytes]:
    """A file's beginning, cut as ``facts_of`` wants it."""
    return (head[at : at + BLOCK] for at in range(0, min(len(head), HEAD), BLOCK))


def facts_of(size: int, head: Iterable[bytes], tail: bytes) -> FileFacts:
    """What a file of ``size`` bytes is, by its first ``HEAD`` bytes in blocks, and its last ``TAIL`` bytes.

    Only so many blocks are taken as it needs to decide.
    """
    rest = iter(head)
    first = next(rest, b"")
    if size == 0:
        return _unsafe(size, None, "it is empty")
    if is_vmdk_text(first):
        return _unsafe(size, DiskFormat.VMDK, "it is a VMDK descriptor: its disk lies in other files")
    # A header that the end of the file cuts off is still what a program might go by.
    claims = _claims(size, chain([first.ljust(SECTOR, b"\0")], rest), tail)
    if len(claims) > 1:
        return _unsafe(size, None, f"it claims to be several formats at once: {', '.join(sorted(claims))}")
    if not claims:
        return FileFacts(found=True, size_bytes=size, disk_format=str(DiskFormat.RAW), virtual_size_bytes=size)
    (claim,) = claims.values()
    return _facts_by(claim, size, first)


def _unsafe(size: int, disk_format: str | None, reason: str) -> FileFacts:
    return FileFacts(found=True, size_bytes=size, disk_format=disk_format and str(disk_format), unsafe=reason)


def _claims(size: int, head: Iterable[bytes], tail: bytes) -> dict[str, Inspector]:
    """The inspectors that take the file for theirs, by name. Raw is what nobody claims."""
    inspectors = [kind() for name, kind in format_inspector.ALL_FORMATS.items() if name != "raw"]
    hungry = inspectors
    for block in head:
        hungry = [inspector for inspector in hungry if _wants_more(inspector, block)]
        if not hungry:
            break
    for inspector in hungry:
        # Bytes after a gap: only the VMDK inspector asks for a file's end, the others would take them for the next.
        if size > HEAD and inspector.NAME == "vmdk":
            _wants_more(inspector, tail)
    claims = {inspector.NAME: inspector for inspector in inspectors if _claimed(inspector)}
    if "iso" in claims:
        claims.pop("gpt", None)  # an ISO that also starts from a USB stick has a partition table
    if "vhd" not in claims and tail[-SECTOR:].startswith(b"conectix"):
        carried = claims.keys() <= WORDS.keys()  # a fixed VHD is any raw disk, and a footer
        claims = ({} if carried else claims) | {"vhd": _by_footer(tail[-SECTOR:])}
    return claims


def _wants_more(inspector: Inspector, block: bytes) -> bool:
    try:
        inspector.eat_chunk(block)
    except Exception:  # noqa: BLE001 - whatever an inspector raises, it means: not my format, or a broken one
        return False
    return not inspector.complete


def _claimed(inspector: Inspector) -> bool:
    inspector.finish()
    try:
        return inspector.format_match
    except Exception:  # noqa: BLE001 - the VMDK inspector stumbles over text that is no descriptor
        return False


def _by_footer(footer: bytes) -> Inspector:
    inspector = format_inspector.VHDInspector()
    inspector.eat_chunk(footer)
    inspector.finish()
    return inspector


def _facts_by(inspector: Inspector, size: int, first: bytes) -> FileFacts:
    kind = WORDS.get(inspector.NAME, inspector.NAME)
    virtual = size if kind in SIZED_BY_FILE else _asked(lambda: inspector.virtual_size)
    unsafe = _objection(inspector, size, first)
    if unsafe is None and (virtual is None or not 0 < virtual <= LARGEST_DISK):
        unsafe = f"its disk of {virtual or 0} bytes is not one that can be"
    return FileFacts(
        found=True,
        size_bytes=size,
        disk_format=kind,
        virtual_size_bytes=virtual if unsafe is None else None,
        unsafe=unsafe,
    )


def _asked(question: Callable[[], int]) -> int | None:
    try:
        return question()
    except Exception:  # noqa: BLE001 - a broken structure, in any of the ways in which it can be broken
        return None


def _objection(inspector: Inspector, size: int, first: bytes) -> str | None:
    """Why a file must not be used, in words; None where nothing speaks against it."""
    if size < SECTOR:
        return f"it is cut short: a {inspector.NAME} file of {size} bytes"
    if missing := missing_part(inspector, first):
        return missing
    try:
        inspector.safety_check()
    except format_inspector.SafetyCheckFailed as failed:
        return "; ".join(REASONS.get(name, str(why)) for name, why in sorted(failed.failures.items()))
    except format_inspector.ImageFormatError:
        return f"its {inspector.NAME} structure is broken, cut off, or too far from its beginning"
    return None


class Sample:
    """The parts of passing bytes by which ``facts_of`` judges them."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = b""

    def of(self, pieces: Iterator[memoryview]) -> Iterator[memoryview]:
        """The same pieces, sampled on the way."""
        for piece in pieces:
            self._head += piece[: HEAD - len(self._head)]
            self._tail = (self._tail + bytes(piece[-TAIL:]))[-TAIL:]
            yield piece

    def facts(self, size: int) -> FileFacts:
        """What the file of ``size`` bytes is that passed."""
        return facts_of(size, in_blocks(bytes(self._head)), self._tail)


def judged_so(expected: FileFacts, found: FileFacts) -> None:
    """That a file is what it was judged as, and safe; else a ``CloudError``."""
    if found.unsafe is not None:
        raise CloudError(
            f"it is not safe to use: {found.unsafe}; convert it to a plain file: qemu-img convert -O qcow2"
        )
    for field in fields(FileFacts):
        same(field.name, getattr(expected, field.name), getattr(found, field.name))


def same(name: str, expected: object, found: object) -> None:
    """That a fact is what it was when it was judged; else a ``CloudError``."""
    if expected != found:
        raise CloudError(
            f"since it was judged its {name} went from {expected} to {found}: apply again, to judge it anew"
        )
