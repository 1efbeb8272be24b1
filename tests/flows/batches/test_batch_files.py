"""A batch file that is not as it must be is refused whole, with the file, the line and the field."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actions import Batch
from domain.batch import BatchError
from flows.batches.yaml_files import batch_id_of, content_of, inside, read_batch
from flows.resources import prepare_batch
from flows.settings import Settings
from support.effort import either

TOP = "actor: acme\nregion: eu-west-0\nactions:\n"
WEB = "  - {action: import_image, as: web, name: web, file: disk.raw, image_type: system_disk, min_disk_gb: 10}\n"
Read = Callable[..., Batch]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a text as a batch file, beside which the file ``disk.raw`` lies."""
    (tmp_path / "disk.raw").write_bytes(b"disk")

    def text(said: str | bytes, name: str = "batch.yaml", **more: Any) -> Batch:
        file = tmp_path / name
        file.write_bytes(said if isinstance(said, bytes) else said.encode())
        return read_batch(file, **more)

    return text


def test_a_batch_is_read(read: Read) -> None:
    """YAML and JSON say the same batch, and it has the same id however it is laid out."""
    yaml = read(TOP + WEB + "  # a remark\n  - action: share_image\n    image: $web\n    tenants: [umbrella]\n")
    said = json.loads(content_of(yaml))
    tabbed = read(json.dumps(said, indent="\t"), "batch.json")
    assert yaml == tabbed
    assert batch_id_of(content_of(yaml)) == batch_id_of(content_of(tabbed))
    assert batch_id_of(content_of(read(TOP + WEB))) != batch_id_of(content_of(yaml))


FLAWS = {
    "no batch at all": ("just words\n", 1, "", "a batch is a mapping with the key 'actions'"),
    "nothing": ("", 1, "", "a batch is a mapping"),
    "a list": ("- a\n", 1, "", "a batch is a mapping"),
    "broken YAML": (TOP + "  - {action: import_image, name: [web}\n", 4, "", "not valid YAML"),
    "an end too soon": (TOP + "  - {action: import_image\n", 4, "", "not valid YAML"),
    "a tab": (TOP + "\t- action: import_image\n", 4, "", "not valid YAML"),
    "no actions": ("actor: acme\n", 1, "actions", "is missing"),
    "empty actions": ("actor: acme\nactions: []\n", 2, "actions", "must not be empty"),
    "actions that are no list": ("actor: acme\nactions: 7\n", 2, "actions", "tuple"),
    "an unknown key at the top": ("colour: red\n" + TOP + WEB, 1, "colour", "is not known here"),
    "an unknown key": (TOP + WEB + WEB.replace("as: web", "colour: red"), 5, "actions[2].colour", "is not known here"),
    "an unknown key inside": (
        TOP + "  - action: publish_image\n    image: w\n    offer: o\n    price:\n      model: free\n      amount: 1\n",
        9,
        "actions[1].price.amount",
        "is not known here",
    ),
    "tiers without an end": (
        TOP
        + "  - action: publish_image\n    image: w\n    offer: o\n"
        + "    price:\n      model: tiered\n      currency: EUR\n      tiers: [{up_to: 5, amount: 1}]\n",
        7,
        "actions[1].price.tiered",
        "tiers ascend by up_to, and only the last one has none",
    ),
    "an unknown price model": (
        TOP + "  - {action: publish_image, image: w, offer: o, price: {model: daily}}\n",
        4,
        "actions[1].price",
        "there is no model 'daily'; there are free, byol, hourly",
    ),
    "an unknown action": (TOP + WEB.replace("import", "paint"), 4, "actions[1]", "there is no action 'paint_image'"),
    "no action": (TOP + "  - name: web\n", 4, "actions[1]", "say which action it is"),
    "an action that is a word": (TOP + "  - import_image\n", 4, "actions[1]", "dictionary"),
    "a missing field": (TOP + WEB.replace(" name: web,", ""), 4, "actions[1].name", "is missing"),
    "a wrong value": (TOP + WEB.replace("10", "none"), 4, "actions[1].min_disk_gb", "(it is 'none')"),
    "an empty tenant": (
        TOP + WEB + "  - action: share_image\n    image: $web\n    tenants:\n      - umbrella\n      - ''\n",
        9,
        "actions[2].tenants[2]",
        "at least 1 character",
    ),
    "a time that is none": (TOP + WEB.replace("}", ", when: 2026-02-30}"), 4, "actions[1].when", "datetime"),
    "no actor": (TOP.replace("actor: acme\n", "") + WEB, 3, "actions[1].actor", "say 'actor' here, or once at the top"),
    "an unknown profile": ("profile: moon\n" + TOP + WEB, 1, "profile", "there is no profile 'moon'; there are"),
    "a handle nobody defined": (
        TOP + WEB + "  - {action: delete_image, image: $wbe}\n",
        5,
        "actions[2].image",
        "no earlier action is called 'wbe'",
    ),
    "a handle twice": (
        TOP + WEB + WEB.replace("name: web", "name: other"),
        5,
        "actions[2].as",
        "is action 1's already",
    ),
    "a name twice": (
        TOP + WEB + WEB.replace("as: web, ", ""),
        5,
        "actions[2].name",
        "an image called 'web' there already",
    ),
    "a key twice": (TOP + WEB + "actor: umbrella\n", 5, "", "the key 'actor' stands twice"),
    "a key twice, inside": (TOP + WEB.replace("}", ", name: other}"), 4, "", "the key 'name' stands twice"),
    "an anchor that is used": (TOP + "  - &web\n    action: x\n  - *web\n", 4, "", "anchors and aliases are not used"),
    "a merge": (TOP + "  - &web {action: x}\n  - {<<: *web}\n", 4, "", "anchors and aliases are not used"),
    "a key that is no word": (TOP + "  - {[a]: b}\n", 4, "", "a key must be a word"),
    "two documents": (TOP + WEB + "---\n" + TOP + WEB, 5, "", "not valid YAML"),
    "a tag": (TOP + "  - !!python/object:os.system {}\n", 4, "", "not valid YAML"),
    "a missing file": (
        TOP + WEB.replace("disk.raw", "gone.raw"),
        4,
        "actions[1].file",
        "there is no file 'gone.raw' in",
    ),
    "a folder": (TOP + WEB.replace("disk.raw", "."), 4, "actions[1].file", "there is no file '.' in"),
    "a file above": (
        TOP + WEB.replace("disk.raw", "../disk.raw"),
        4,
        "actions[1].file",
        "is outside the import folder",
    ),
    "a file elsewhere": (TOP + WEB.replace("disk.raw", "/etc/passwd"), 4, "actions[1].file", "is outside"),
    "a file above, by a detour": (
        TOP + WEB.replace("disk.raw", "a/../../disk.raw"),
        4,
        "actions[1].file",
        "is outside",
    ),
    "a name too long for a file": (TOP + WEB.replace("disk.raw", "d" * 300), 4, "actions[1].file", "there is no file"),
    "a control character": (TOP + WEB.replace("disk.raw", r'"d\0.raw"'), 4, "actions[1].file", "pattern"),
    "bytes that are no text": (TOP.encode() + b"\n\xff\xfe\x00\x81", 5, "", "is not text in UTF-8 (byte 40)"),
}


@pytest.mark.parametrize("flaw", FLAWS, ids=str)
def test_what_is_wrong_is_told_with_file_line_and_field(read: Read, tmp_path: Path, flaw: str) -> None:
    """One thing is wrong, and one line of the message says what, in which file, on which line, in which field."""
    said, line, field, message = FLAWS[flaw]
    with pytest.raises(BatchError) as error:
        read(said)
    told = str(error.value)
    assert told.startswith(f"{tmp_path / 'batch.yaml'}:{line}: {field + ': ' if field else ''}")
    assert message in told
    assert "\n" not in told


def test_all_flaws_are_told_at_once(read: Read) -> None:
    """In the order of the file, ten of them, and how many more there are."""
    with pytest.raises(BatchError) as error:
        read(TOP + "".join(WEB.replace("web", f"web{n}").replace("10", "ten") for n in range(15)))
    lines = str(error.value).splitlines()
    assert [f":{n}: " in line for n, line in enumerate(lines[:10], start=4)] == [True] * 10
    assert lines[10:] == ["… and 5 more"]


def test_broken_json_is_told_with_its_line(read: Read) -> None:
    """JSON has its own words for what is wrong, and the same lines."""
    with pytest.raises(BatchError, match=r"batch.json:3: not valid JSON"):
        read('{\n"actor": "acme",\n"actions": [}\n', "batch.json")
    with pytest.raises(BatchError, match=r"batch.json:2: the key 'actor' stands twice|not valid YAML: the key 'actor'"):
        read('{"actor": "acme",\n"actor": "umbrella", "actions": []}\n', "batch.json")


def test_a_link_leads_nowhere_else(read: Read, tmp_path: Path) -> None:
    """A link in the import folder that leads out of it is a file elsewhere; one that stays inside is a file."""
    (tmp_path / "secret.raw").symlink_to("/etc/hostname")
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "same.raw").symlink_to("disk.raw")
    for name in ("secret.raw", "away/hostname"):
        with pytest.raises(BatchError, match="is outside the import folder"):
            read(TOP + WEB.replace("disk.raw", name))
    assert read(TOP + WEB.replace("disk.raw", "same.raw"))


def test_an_export_does_not_lead_elsewhere_either(read: Read, tmp_path: Path) -> None:
    """What is written stays in the folder; and what one action writes, a later one may read."""
    export = "  - {action: export_image, image: $web, file: FILE}\n"
    (tmp_path / "away").symlink_to(tmp_path.parent)
    for name in ("../out.raw", "/etc/out.raw", "away/out.raw"):
        with pytest.raises(BatchError, match="is outside the import folder"):
            read(TOP + WEB + export.replace("FILE", name))
    again = WEB.replace("web", "again").replace("disk.raw", "sub/../out.raw")
    assert read(TOP + WEB + export.replace("FILE", "out.raw") + again)
    with pytest.raises(BatchError, match="there is no file"):
        read(TOP + again + WEB + export.replace("FILE", "out.raw"))


def test_another_import_folder(read: Read, tmp_path: Path) -> None:
    """Files may be taken from a folder that the settings name; then from no other."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "other.raw").touch()
    assert read(TOP + WEB.replace("disk.raw", "other.raw"), folder=tmp_path / "images")
    with pytest.raises(BatchError, match=r"there is no file .disk\.raw."):
        read(TOP + WEB, folder=tmp_path / "images")


@pytest.mark.parametrize("name", ["gone.yaml", "."])
def test_a_batch_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A batch file that is not there, or is a folder."""
    with pytest.raises(BatchError, match=r"there is no such file|cannot be read"):
        read_batch(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_batch_that_one_may_not_read(tmp_path: Path) -> None:
    """A batch file without the right to read it."""
    file = tmp_path / "batch.yaml"
    file.touch(mode=0)
    with pytest.raises(BatchError, match="cannot be read: Permission denied"):
        read_batch(file)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(os.urandom(10 * 2**20), id="noise"),
        pytest.param(b"\0" * 10 * 2**20, id="nothing but zeros"),
        pytest.param(b"A" * 10 * 2**20, id="one long word"),
        pytest.param(b"{" * 10 * 2**20, id="opened and never closed"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested deeply"),
        pytest.param(b"a: " * 100_000, id="keys of keys"),
        pytest.param(b"- " * 100_000, id="lists of lists"),
        pytest.param(TOP.encode() + b"  - {" + b"a: &a [x], " * 1000 + b"}", id="many anchors"),
    ],
)
@pytest.mark.parametrize("name", ["batch.yaml", "batch.json"])
def test_garbage_is_refused_soon(read: Read, text: bytes, name: str) -> None:
    """Ten megabytes of anything are an error within seconds, not a crash and not a wait."""
    begun = time.monotonic()
    with pytest.raises(BatchError):
        read(text, name)
    assert time.monotonic() - begun < 10


@settings(max_examples=either(short=30, full=2000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-,&*!|>%@`\"'#\n\t ab0$", max_size=60).map(str.encode))
def test_whatever_the_bytes_the_error_is_ours(read: Read, said: bytes) -> None:
    """No bytes lead to another error than the one that names the file."""
    for text in (said, TOP.encode() + b"  - " + said):
        for name in ("batch.yaml", "batch.json"):
            with pytest.raises(BatchError, match=name):
                read(text, name)


def test_a_folder_cannot_be_written_as_a_file(read: Read, tmp_path: Path) -> None:
    """An export that names a folder is malformed, with line and field; one that names a file in it is not."""
    (tmp_path / "out").mkdir()
    step = "  - {action: export_image, image: web, file: %s}"
    with pytest.raises(BatchError, match=r"actions\[1\]\.file: 'out' is a folder"):
        read(TOP.encode() + (step % "out").encode())
    assert read(TOP.encode() + (step % "out/disk.raw").encode())


def test_inside_follows_links_and_dots(tmp_path: Path) -> None:
    """What lies in a folder or below is inside, also if it is not there yet; the folder above is not."""
    assert inside(tmp_path, "a/b.raw") == tmp_path / "a" / "b.raw"
    assert inside(tmp_path, "a/../b.raw") == tmp_path / "b.raw"
    assert inside(tmp_path, "..") is None
    assert inside(tmp_path, str(tmp_path) + "-beside") is None


def test_terms_that_are_left_out_are_not_part_of_the_content() -> None:
    """A batch keeps its id when prices get another term with a default, and is read again as it was."""
    price = {"model": "hourly", "amount": "0.12", "currency": "EUR"}
    said = {"action": "publish_image", "image": "web", "offer": "deal", "price": price | {"rounding": "none"}}
    batch = Batch.model_validate({"actor": "acme", "region": "eu-west-0", "actions": [said]})
    content = json.loads(content_of(batch))
    assert content["actions"][0]["price"] == price
    assert Batch.model_validate(content) == batch


def test_json_writes_one_character_as_two_escapes(tmp_path: Path) -> None:
    """JSON made by programs is ASCII: an emoji is a pair of escapes, and a backslash before one is text."""
    action = {"action": "update_image", "image": "web", "description": "ready \U0001f600 \\ud83d"}
    written = {"actor": "acme", "region": "eu-west-0", "actions": [action]}
    (tmp_path / "batch.json").write_text(json.dumps(written))
    (found,) = read_batch(tmp_path / "batch.json").actions
    assert getattr(found, "description") == action["description"]  # noqa: B009 - only this action has it


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".yaml", "x" * 300 + ".csv"])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    """It is an error of the batch, which names the file."""
    kind = "share_image" if name.endswith(".csv") else None
    with pytest.raises(BatchError, match="File name too long"):
        prepare_batch(str(tmp_path / name), Settings(home=tmp_path), kind=kind)
