"""What every cloud promises (``domain.cloud.Cloud``), asked of each adapter alike.

An adapter's own test imports all of it, and says by fixtures which cloud is meant: ``another`` opens it once more, as
another process would, ``encrypts`` tells whether it encrypts what is stored.
"""

import gc
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.cloud import Bytes, Cloud, ExportFile, FileFacts, Order, Release, Stored
from support.clouds.given_orders import (
    ELSEWHERE,
    REGION,
    answers,
    as_it_is,
    copy_of,
    failure,
    in_folder,
    no_progress,
    stored,
    taken_in,
    unused,
    used,
)
from support.disk_files import MIB, qcow2, raw

KEYS = [None, "acme-key"]


def exported(cloud: Cloud, source: Bytes, file: Path) -> bytes:
    """The plain bytes of what is stored."""
    stored(cloud, ExportFile(1, source, in_folder(file)))
    return file.read_bytes()


def digest_like(checksum: str, file: Path) -> str:
    """A file's digest by the algorithm that a checksum names; a SHA-256 where it names none."""
    algorithm = checksum.partition(":")[0] if ":" in checksum else None
    value = hashlib.new(algorithm or "sha256", file.read_bytes()).hexdigest()
    return value if algorithm is None else f"{algorithm}:{value}"


def test_a_file_is_what_its_bytes_say(cloud: Cloud, tmp_path: Path) -> None:
    """A look tells format, size and virtual size, whatever the file is called."""
    file = tmp_path / "image.raw"
    file.write_bytes(qcow2(7 * MIB))
    assert cloud.inspect_file(in_folder(file)) == FileFacts(True, 65536, "qcow2", 7 * MIB, None)


def test_what_is_no_file_is_not_found(cloud: Cloud, tmp_path: Path) -> None:
    """Nothing, and a folder, are ``found=False``; importing them fails and says so."""
    for path in (tmp_path / "nothing", tmp_path):
        assert cloud.inspect_file(in_folder(path)) == FileFacts(found=False)
        assert str(path) in failure(cloud, as_it_is(cloud, path))


@pytest.mark.parametrize("key", KEYS)
def test_what_comes_in_goes_out(cloud: Cloud, disk: Path, tmp_path: Path, key: str | None, *, encrypts: bool) -> None:
    """An imported file is exported byte for byte, encrypted meanwhile or not; its checksum is that of the file."""
    order = as_it_is(cloud, disk, kms_key=key)
    if key is not None and not encrypts:
        assert "encrypt" in (cloud.cannot_do(order) or "")
        assert "encrypt" in failure(cloud, order)
        return
    assert cloud.cannot_do(order) is None
    (answer,) = stored(cloud, order)
    checksum = digest_like(answer.checksum, disk)
    assert (answer.checksum, answer.size_bytes) == (checksum, disk.stat().st_size)
    assert (answer.disk_format, answer.virtual_size_bytes) == ("raw", disk.stat().st_size)
    source = Bytes(REGION, answer.blob, key, checksum)
    assert exported(cloud, source, tmp_path / "new" / "out.raw") == disk.read_bytes()


@pytest.mark.parametrize("field", ["size_bytes", "disk_format", "virtual_size_bytes"])
def test_a_file_that_is_not_what_was_judged_is_refused(cloud: Cloud, disk: Path, field: str) -> None:
    """Each fact that a judgement rests on is found again in the bytes that are stored, or nothing is stored."""
    order = as_it_is(cloud, disk)
    other = "iso" if field == "disk_format" else 5
    why = failure(cloud, replace(order, expected=replace(order.expected, **{field: other})))
    assert field in why
    assert str(disk) in why
    assert list(cloud.clean_up(unused)) == []


def test_an_unsafe_file_is_refused_even_if_it_was_judged_so(cloud: Cloud, tmp_path: Path) -> None:
    """No judgement makes a file with a backing file an image."""
    file = tmp_path / "trap.qcow2"
    file.write_bytes(qcow2(backing=b"/etc/passwd"))
    assert "backing file" in failure(cloud, as_it_is(cloud, file))


def test_one_bad_order_does_not_stop_the_others(cloud: Cloud, disk: Path, tmp_path: Path, *, encrypts: bool) -> None:
    """Every order is answered exactly once, and those that can be carried out are."""
    source = taken_in(cloud, disk)
    orders: list[Order] = [
        as_it_is(cloud, disk, row=1),
        as_it_is(cloud, tmp_path / "nothing", row=2),
        copy_of(3, source, ELSEWHERE, None),
        copy_of(4, replace(source, blob="0" * 64), ELSEWHERE, "acme-key"),
        copy_of(5, replace(source, blob="0" * 64), REGION, None),
        ExportFile(6, source, in_folder(tmp_path / "out.raw")),
        ExportFile(7, replace(source, blob="0" * 64), in_folder(tmp_path / "none.raw")),
        Release(8, REGION, source.blob),
        as_it_is(cloud, disk, row=9, kms_key="acme-key"),
    ]
    came = answers(cloud, *orders)
    assert [answer.row for answer in came] == list(range(1, 10))
    assert [answer.row for answer in came if isinstance(answer, Stored)] == [1, 3, 6, 8, *([9] if encrypts else [])]


def test_nothing_is_done_before_it_is_asked_for(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """``carry_out`` is lazy: whoever does not listen to answers has ordered nothing."""
    source = taken_in(cloud, disk)
    cloud.carry_out([ExportFile(1, source, in_folder(tmp_path / "out.raw"))], no_progress)
    assert not (tmp_path / "out.raw").exists()


def test_whoever_stops_listening_stops_the_work(cloud: Cloud, tmp_path: Path) -> None:
    """Orders that were not begun when the caller goes away are not begun."""
    file = tmp_path / "small.raw"
    file.write_bytes(raw(4096))
    source = taken_in(cloud, file)
    orders = [ExportFile(row, source, in_folder(tmp_path / "out" / f"{row}.raw")) for row in range(200)]
    coming = iter(cloud.carry_out(orders, no_progress))
    next(coming)
    del coming
    gc.collect()
    assert len(list((tmp_path / "out").iterdir())) < 100


def test_progress_tells_every_byte(cloud: Cloud, disk: Path) -> None:
    """The numbers that ``progress`` is told add up to the bytes that moved."""
    told: list[int] = []
    assert list(cloud.carry_out([as_it_is(cloud, disk)], told.append))
    assert sum(told) == disk.stat().st_size
    assert len(told) > 1


@pytest.mark.parametrize("old", KEYS)
@pytest.mark.parametrize("new", [*KEYS, "other-key"])
@pytest.mark.parametrize("region", [REGION, ELSEWHERE])
def test_a_copy_has_the_same_plain_bytes(
    cloud: Cloud, disk: Path, tmp_path: Path, old: str | None, new: str | None, region: str, *, encrypts: bool
) -> None:
    """To any region and under any key, the image stays the same, and so does its checksum."""
    if not encrypts and (old or new):
        source = taken_in(cloud, disk)
        assert "encrypt" in failure(cloud, copy_of(1, source, region, old or new))
        return
    source = taken_in(cloud, disk, kms_key=old)
    (copy,) = stored(cloud, copy_of(1, source, region, new))
    assert (copy.checksum, copy.size_bytes) == (source.checksum, disk.stat().st_size)
    target = Bytes(region, copy.blob, new, copy.checksum)
    cloud.clean_up(used)
    assert exported(cloud, target, tmp_path / "out.raw") == disk.read_bytes()


def test_an_export_never_overwrites(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """A file, a folder and a link that leads nowhere stay as they are, and the order fails."""
    source = taken_in(cloud, disk)
    mine, link = tmp_path / "mine", tmp_path / "link"
    mine.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    for target in (mine, link, tmp_path):
        assert str(target) in failure(cloud, ExportFile(1, source, in_folder(target)))
    assert mine.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_of_two_exports_to_one_name_none_is_overwritten(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """Two images cannot both become one file: the second says that it is there."""
    other = tmp_path / "other.raw"
    other.write_bytes(raw(6 * MIB))
    sources = [taken_in(cloud, file) for file in (disk, other)]
    target = tmp_path / "out.raw"
    came = answers(cloud, *(ExportFile(row, source, in_folder(target)) for row, source in enumerate(sources)))
    (winner,) = [answer for answer in came if isinstance(answer, Stored)]
    assert digest_like(winner.checksum, target) == winner.checksum


def test_the_same_order_again_changes_nothing(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """Work that was cut short after it was done, and is done again, gives the same answers."""
    source = taken_in(cloud, disk)
    orders: list[Order] = [
        as_it_is(cloud, disk, row=1),
        copy_of(2, source, REGION, None),
        copy_of(3, source, ELSEWHERE, None),
        ExportFile(4, source, in_folder(tmp_path / "out.raw")),
        Release(5, REGION, source.blob),
    ]
    assert answers(cloud, *orders) == answers(cloud, *orders)


def test_what_is_used_stays_and_the_rest_goes(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    """Settling drops exactly what is in doubt and not used, once, and names it."""
    other = tmp_path / "other.raw"
    other.write_bytes(raw(4096))
    kept, dropped = taken_in(cloud, disk), taken_in(cloud, other)
    named = list(cloud.clean_up(lambda _region, blobs: {kept.blob} & set(blobs)))
    assert len(named) == 1
    assert dropped.blob in named[0]
    assert list(cloud.clean_up(unused)) == []
    assert exported(cloud, kept, tmp_path / "out.raw") == disk.read_bytes()
    assert failure(cloud, ExportFile(1, dropped, in_folder(tmp_path / "gone.raw")))


def test_released_bytes_go_when_nothing_uses_them(cloud: Cloud, disk: Path) -> None:
    """A release alone drops nothing; settling does, unless somebody still uses the bytes."""
    source = taken_in(cloud, disk)
    cloud.clean_up(used)
    for in_use, gone in ((used, False), (unused, True)):
        stored(cloud, Release(1, REGION, source.blob))
        assert bool(list(cloud.clean_up(in_use))) is gone


def test_what_was_only_written_down_is_released_as_well(cloud: Cloud) -> None:
    """There is nothing to let go of, so it is done, and settling has nothing to ask."""
    assert answers(cloud, Release(1, REGION, None)) == [Stored(1, None, "", 0)]
    assert list(cloud.clean_up(lambda region, blobs: set())) == []


def test_settling_asks_region_by_region(cloud: Cloud, disk: Path) -> None:
    """The same bytes in two regions are two things: one may be used and the other not."""
    source = taken_in(cloud, disk)
    stored(cloud, copy_of(1, source, ELSEWHERE, None))
    dropped = list(cloud.clean_up(lambda region, blobs: set(blobs) if region == REGION else set()))
    assert len(dropped) == 1
    assert ELSEWHERE in dropped[0]


def test_one_that_lives_keeps_what_another_lets_go(another: Callable[[], Cloud], disk: Path, tmp_path: Path) -> None:
    """Bytes that one process has decided to use again survive the other's settling, and go with its own."""
    first, second = another(), another()
    source = taken_in(first, disk)
    first.clean_up(used)
    assert taken_in(second, disk) == source
    stored(first, Release(1, REGION, source.blob))
    assert list(first.clean_up(unused)) == []
    assert exported(second, source, tmp_path / "out.raw") == disk.read_bytes()
    assert list(second.clean_up(unused))


def test_a_failed_settling_forgets_nothing(cloud: Cloud, disk: Path) -> None:
    """Where it cannot be asked what is used, what is in doubt stays so."""
    taken_in(cloud, disk)

    def unknown(region: str, blobs: object) -> set[str]:
        raise TimeoutError(f"{region} {blobs}")

    with pytest.raises(TimeoutError):
        cloud.clean_up(unknown)
    assert list(cloud.clean_up(unused))


def test_a_failing_listener_is_heard(cloud: Cloud, disk: Path) -> None:
    """What ``progress`` raises reaches the caller, and nothing is left behind."""

    def refuse(moved: int) -> None:
        raise KeyboardInterrupt(moved)

    coming: Iterator[object] = iter(cloud.carry_out([as_it_is(cloud, disk)], refuse))
    with pytest.raises(KeyboardInterrupt):
        list(coming)
    cloud.clean_up(unused)
    assert stored(cloud, as_it_is(cloud, disk))
