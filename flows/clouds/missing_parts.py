"""Disks of which a part lies in another file, where oslo.utils does not ask.

A program that opens such an image opens the other file too, whichever its maker named.
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

DIFFERENCE = "it is the difference to a parent disk, which lies in another file"


def is_vmdk_text(first: bytes) -> bool:
    """Whether a file begins as the text that describes a VMDK. oslo.utils lets some of these pass as safe."""
    return TEXT.match(first) is not None and DESCRIPTOR.search(first) is not None


def missing_part(inspector: format_inspector.FileInspector, first: bytes) -> str | None:
    """Which part of a disk is not in the file, in words. ``first`` is the file's first block."""
    match inspector:
        case format_inspector.VMDKInspector():
            # In the whole block: QEMU looks for the hint in 20 sectors, however long the descriptor says it is.
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
        return "it ends like a growing VHD, but does not begin like one"
    return None
