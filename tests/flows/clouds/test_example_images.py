"""The example images are what the examples say of them."""

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import pytest

from domain.cloud import FileFacts
from flows.clouds.formats import inspect_file
from support.clouds.given_orders import in_folder

MIB = 2**20
SCRIPT = Path(__file__).parents[3] / "examples" / "make_images.py"
SAID = {
    "alpine-3.23.qcow2": ("qcow2", 1024 * MIB),
    "service-data.raw": ("raw", 48 * MIB),
    "legacy-app.vhd": ("vhd", 32 * MIB),
    "installer.iso": ("iso", None),
    "lying.qcow2": ("raw", 2 * MIB),
}


@pytest.fixture
def examples(tmp_path: Path) -> ModuleType:
    """The script that makes them, told to make them in a folder of the test."""
    spec = importlib.util.spec_from_file_location("make_images", SCRIPT)
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.IMAGES = tmp_path
    return script


@pytest.mark.parametrize("name", SAID)
def test_an_example_is_what_it_is_said_to_be(examples: ModuleType, name: str) -> None:
    """Format and virtual size are those that the example batches count on, and the file is safe."""
    disk_format, virtual = SAID[name]
    size = examples.MADE[name][0]
    assert inspect_file(in_folder(examples.make(name))) == FileFacts(True, size, disk_format, virtual or size, None)


def test_the_trap_is_one(examples: ModuleType) -> None:
    """The qcow2 with a backing file is a whole qcow2, and unsafe for that alone."""
    trap = examples.make("with-backing.qcow2")
    assert (
        inspect_file(in_folder(trap)).unsafe == "it has a backing file: what its disk contains depends on another file"
    )
    assert trap.read_bytes()[512:523] == b"/etc/passwd"


@pytest.mark.parametrize("name", [*SAID][1:])
def test_an_example_has_the_same_bytes_each_time(examples: ModuleType, name: str) -> None:
    """Made anew, an image is the same; what is there already is left alone."""
    file = examples.make(name)
    content, made = file.read_bytes(), file.stat().st_mtime_ns
    assert examples.make(name).stat().st_mtime_ns == made
    file.unlink()
    assert examples.make(name).read_bytes() == content


def test_the_vhd_adds_up(examples: ModuleType) -> None:
    """Its checksums are right, its footer is there twice, and each block lies where the table says."""
    content = examples.make("legacy-app.vhd").read_bytes()
    footer, header = content[:512], content[512:1536]
    assert content[-512:] == footer
    for part, at in ((footer, 64), (header, 36)):
        rest = part[:at] + part[at + 4 :]
        assert struct.unpack_from(">I", part, at)[0] == ~sum(rest) & 0xFFFFFFFF
    starts = [start for start in struct.unpack_from(">16I", content, 1536) if start != 0xFFFFFFFF]
    assert starts == [4, 4 + 4097]
    assert content[5 * 512 + 510 : 5 * 512 + 512] == b"\x55\xaa"
