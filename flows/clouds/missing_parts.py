"""Detect disk files that need another file, in the cases that oslo.utils does not check.

A program that opens such an image also opens the other file, whose path the author of the image chose.
"""

import re
import struct
import uuid

from flows.clouds.inspectors import format_inspector

VHD_TYPE = slice(60, 64)
VHD_FIXED = struct.pack(">I", 2)
VHD_DIFFERENCE = struct.pack(">I", 4)
VDI_TYPE = slice(0x4C, 0x50)
VDI_WHOLE = (struct.pack("<I", 1), struct.pack("<I", 2))
VHDX_PARENT_LOCATOR = uuid.UUID("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C").bytes_le

TEXT = re.compile(rb"[\t\n\r -~]{16}")
DESCRIPTOR = re.compile(rb"(?im)^[ \t]*(#[ \t]*disk[ \t]+descriptorfile|createtype[ \t]*=)")

DIFFERENCE = "it contains only the differences to a parent disk, which is in another file"


def is_vmdk_text(first: bytes) -> bool:
    """Return whether a file is a VMDK descriptor in text form. oslo.utils accepts some of them as safe."""
    return TEXT.match(first) is not None and DESCRIPTOR.search(first) is not None


def missing_part(inspector: format_inspector.FileInspector, first: bytes) -> str | None:
    """Describe the part of a disk that is not in the file; None if it is complete. ``first`` is the first block."""
    match inspector:
        case format_inspector.VMDKInspector():
            # Search the whole block: QEMU reads 20 sectors for the hint and ignores the descriptor's stated length.
            return DIFFERENCE if b"parentfilenamehint" in first.lower() else None
        case format_inspector.VHDInspector():
            return _missing_of_vhd(bytes(inspector.region("header").data[VHD_TYPE]), first)
        case format_inspector.VHDXInspector() if inspector.has_region("metadata"):
            return DIFFERENCE if VHDX_PARENT_LOCATOR in inspector.region("metadata").data else None
        case format_inspector.VDIInspector():
            return None if inspector.region("header").data[VDI_TYPE] in VDI_WHOLE else DIFFERENCE
    return None


def _missing_of_vhd(kind: bytes, first: bytes) -> str | None:
    if kind == VHD_DIFFERENCE:
        return DIFFERENCE
    if kind != VHD_FIXED and not first.startswith(b"conectix"):
        return "it has the footer of a dynamic VHD, but not the header"
    return None
