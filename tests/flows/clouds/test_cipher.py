"""Sealed bytes: only the right key opens them, and nothing is changed unnoticed."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.cloud import CloudError
from flows.clouds.local.cipher import CHUNK, HEADER, TAG, Key, decrypt, encrypt, plain_size
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from support.disk_files import MIB, raw

KEY = Key("acme-key", bytes(range(32)))
SEALED_CHUNK = CHUNK + TAG
PLAIN = raw(2 * CHUNK + MIB)


def sealed(plain: bytes, key: Key = KEY) -> bytes:
    """What is stored of plain bytes."""
    pieces = (memoryview(plain)[at : at + CHUNK] for at in range(0, len(plain), CHUNK))
    return b"".join(encrypt(pieces, len(plain), key))


def opened(content: bytes, file: Path, key: Key = KEY) -> bytes:
    """What comes out of stored bytes."""
    file.write_bytes(content)
    with file.open("rb") as handle:
        return b"".join(decrypt(handle.fileno(), len(content), key))


def keys_in(folder: Path) -> Keys:
    """The keys in ``keys``, as another process would open them."""
    return Keys(Store(folder / "store"), folder / "keys")


def chunks(content: bytes) -> list[bytes]:
    """The header, and each chunk."""
    starts = range(HEADER.size, len(content), SEALED_CHUNK)
    return [content[: HEADER.size], *(content[at : at + SEALED_CHUNK] for at in starts)]


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_is_sealed_can_be_opened(tmp_path: Path, size: int) -> None:
    """At every boundary of a chunk the same bytes come out, and their number is known beforehand."""
    content = sealed(PLAIN[:size])
    assert opened(content, tmp_path / "blob") == PLAIN[:size]
    assert plain_size(len(content)) == size


def test_sealing_twice_gives_different_bytes() -> None:
    """Who sees two blobs does not see whether they hold the same image; nor does any of it in plain."""
    one, other = sealed(PLAIN), sealed(PLAIN)
    assert not set(chunks(one)) & set(chunks(other))
    assert PLAIN[:64] not in one


def changes() -> Iterator[tuple[str, bytes]]:
    """Every way to change what is stored."""
    content = sealed(PLAIN)
    header, first, second, third = chunks(content)
    strange_header, strange, *_ = chunks(sealed(PLAIN))
    for at in (0, 9, 20, HEADER.size - 1):
        yield f"byte {at} of the header", content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    for number, at in enumerate(range(HEADER.size, len(content), SEALED_CHUNK)):
        for place in (at, at + 1000, min(at + SEALED_CHUNK, len(content)) - 1):
            yield (
                f"byte {place} in chunk {number}",
                content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :],
            )
    yield "swapped chunks", header + second + first + third
    yield "a chunk twice", header + first + first + second + third
    yield "the last chunk missing", header + first + second
    yield "a chunk missing inside", header + first + third
    yield "only the first chunk", header + first
    yield "only the header", header
    yield "half a header", header[:40]
    yield "nothing", b""
    yield "the last byte missing", content[:-1]
    yield "no more than half a tag left", header + first + second + third[:8]
    yield "a byte more", content + b"\0"
    yield "a chunk of another sealing", header + strange + second + third
    yield "the header of another sealing", strange_header + first + second + third


def test_no_change_goes_unnoticed(tmp_path: Path) -> None:
    """Whatever is changed, cut off, swapped or added, it does not open."""
    unnoticed = []
    for what, content in changes():
        try:
            opened(content, tmp_path / "blob")
        except CloudError:
            continue
        unnoticed.append(what)
    assert unnoticed == []


def test_another_key_does_not_open(tmp_path: Path) -> None:
    """A key of another name is told so; another secret under the same name opens nothing."""
    with pytest.raises(CloudError, match="another key"):
        opened(sealed(PLAIN[:10]), tmp_path / "blob", Key("other", KEY.secret))
    with pytest.raises(CloudError, match="not those that were stored"):
        opened(sealed(PLAIN[:10]), tmp_path / "blob", Key(KEY.name, bytes(32)))


def test_a_key_does_not_show_its_secret() -> None:
    """What is printed of a key is its name."""
    assert repr(KEY) == "Key(name='acme-key')"


def test_only_the_owner_reads_a_key(tmp_path: Path) -> None:
    """A new key has 32 bytes, in a file of mode 0600 in a folder of mode 0700; later it is the same."""
    keys = keys_in(tmp_path)
    secret = keys.key("acme-key")
    file = tmp_path / "keys" / "acme-key.key"
    assert len(secret) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert keys_in(tmp_path).key("acme-key") == secret == keys.existing("acme-key")
    assert os.listdir(file.parent) == ["acme-key.key"]  # noqa: PTH208 - names only


def test_all_who_need_a_new_key_at_once_get_the_same(tmp_path: Path) -> None:
    """Nobody encrypts with a key that another's has replaced."""
    for turn in range(20):
        start, secrets = threading.Barrier(4), []

        def take(turn: int = turn, start: threading.Barrier = start, secrets: list[bytes] = secrets) -> None:
            start.wait()
            secrets.append(keys_in(tmp_path).key(f"key-{turn}"))

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(secrets) == 4
        assert len(set(secrets)) == 1


def test_a_lost_key_is_never_replaced(tmp_path: Path) -> None:
    """To decrypt, a key that is gone is an error that names it; so is one that was cut off."""
    keys = keys_in(tmp_path)
    with pytest.raises(CloudError, match="acme-key"):
        keys.existing("acme-key")
    assert not (tmp_path / "keys").exists()
    keys.key("acme-key")
    (tmp_path / "keys" / "acme-key.key").write_bytes(b"short")
    with pytest.raises(CloudError, match="5 bytes"):
        keys.key("acme-key")


@pytest.mark.parametrize("name", ["", "a/b", "../up", "nul\0"])
def test_a_key_is_named_like_a_file(tmp_path: Path, name: str) -> None:
    """No name leads out of the folder of keys."""
    with pytest.raises(CloudError, match="cannot be part of a path"):
        keys_in(tmp_path).key(name)
