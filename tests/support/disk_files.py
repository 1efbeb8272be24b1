"""Disk images by the byte: the smallest of each format, and their traps."""

import struct
import uuid

MIB = 2**20
SECTOR = 512


def qcow2(
    virtual: int = MIB, *, version: int = 3, backing: bytes = b"", incompatible: int = 0, length: int = 65536
) -> bytes:
    """A qcow2 header, and zeros."""
    header = struct.pack(">4sIQIIQ", b"QFI\xfb", version, 256 if backing else 0, len(backing), 16, virtual)
    header = header.ljust(72, b"\0") + struct.pack(">Q", incompatible)
    return (header.ljust(256, b"\0") + backing).ljust(length, b"\0")


def vhd_footer(virtual: int, kind: int) -> bytes:
    """What a VHD ends with, and a growing one begins with: ``kind`` 2 fixed, 3 growing, 4 a difference."""
    data_offset = 0xFFFFFFFFFFFFFFFF if kind == 2 else 512
    footer = struct.pack(
        ">8sIIQI4sI4sQQ", b"conectix", 2, 0x10000, data_offset, 0, b"win ", 0x60001, b"Wi2k", virtual, virtual
    )
    return (footer + struct.pack(">HBBI", virtual // SECTOR // 16 // 63, 16, 63, kind)).ljust(SECTOR, b"\0")


def vhd(virtual: int = 32 * MIB, kind: int = 3) -> bytes:
    """A growing VHD without data."""
    footer = vhd_footer(virtual, kind)
    return footer + b"cxsparse".ljust(1024, b"\0") + b"\xff" * SECTOR + footer


def fixed_vhd(disk: bytes) -> bytes:
    """A raw disk, and the footer that makes it a VHD."""
    return disk + vhd_footer(len(disk), 2)


def vhdx(virtual: int = 64 * MIB, *, parent: bool = False, metadata_at: int = 2 * MIB) -> bytes:
    """A VHDX as far as its metadata."""
    items = [("2FA54224-CD1B-4876-B211-5DBED83BF4B8", 65536, 8)]
    items += [("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C", 65544, 20)] if parent else []
    table = struct.pack("<8sHH20x", b"metadata", 0, len(items))
    for name, offset, length in items:
        table += uuid.UUID(name).bytes_le + struct.pack("<IIII", offset, length, 0, 0)
    metadata = table.ljust(65536, b"\0") + struct.pack("<Q", virtual)
    region = uuid.UUID("8B7CA206-4790-4B9A-B8FE-575F050F886E").bytes_le + struct.pack("<QII", metadata_at, MIB, 1)
    head = b"vhdxfile".ljust(192 * 1024, b"\0") + struct.pack("<4sIII", b"regi", 0, 1, 0) + region
    return head.ljust(metadata_at, b"\0") + metadata.ljust(MIB, b"\0")


def vmdk(virtual: int = MIB, *, extra: str = "", footer: bool = False, kind: str = "monolithicSparse") -> bytes:
    """A sparse VMDK; with ``footer`` one that was written as a stream."""
    at_end = 0xFFFFFFFFFFFFFFFF
    header = struct.pack(
        "<4sIIQQQQIQQ", b"KDMV", 1, 3, virtual // SECTOR, 128, 1, 20, 512, 21, at_end if footer else 26
    ).ljust(SECTOR, b"\0")
    text = (
        f'# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\n{extra}\ncreateType="{kind}"\nRW 2048 SPARSE "a.vmdk"\n'
    )
    data = header + text.encode().ljust(20 * SECTOR, b"\0") + bytes(65536)
    if footer:
        end = header[:56] + struct.pack("<Q", 26) + header[64:]
        data += struct.pack("<QII496x", 1, 0, 3) + end + bytes(SECTOR)
    return data


def vdi(virtual: int = 2 * MIB, kind: int = 1) -> bytes:
    """A VDI header, and zeros: ``kind`` 1 growing, 2 fixed, 4 a difference."""
    data = bytearray(65536)
    data[0x40:0x44] = struct.pack("<I", 0xBEDA107F)
    data[0x4C:0x50] = struct.pack("<I", kind)
    data[0x170:0x178] = struct.pack("<Q", virtual)
    return bytes(data)


def iso(size: int = 128 * 1024) -> bytes:
    """An ISO 9660 volume descriptor where it must be."""
    data = bytearray(size)
    data[32768:32775] = b"\x01CD001\x01"
    data[32768 + 80 : 32768 + 84] = struct.pack("<I", size // 2048)
    data[32768 + 128 : 32768 + 130] = struct.pack("<H", 2048)
    return bytes(data)


def partitioned(disk: bytes, *, kind: int = 0x83, start: int = 2048, boot: int = 0x80) -> bytes:
    """The same bytes with a partition table in their first sector."""
    entry = struct.pack("<B3BB3BII", boot, 0, 2, 0, kind, 0, 0, 0, start, 4096)
    return disk[:446] + entry + bytes(48) + b"\x55\xaa" + disk[512:]


def raw(size: int = MIB) -> bytes:
    """Bytes that are no format at all."""
    return bytes(range(1, 252)) * (size // 251) + bytes(range(1, 1 + size % 251))
