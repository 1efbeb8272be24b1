"""Encrypted bytes: AES-256-GCM in chunks, so that a stream of any size is encrypted and checked on the way.

A header, then chunks of ``CHUNK`` plain bytes (the last one shorter), each with its tag. Every sealing
has a key of its own, derived from the named key and a random salt in the header; so the number of a
chunk is a nonce that never comes twice. Each chunk vouches for the header and for being the last or
not: what is cut off, swapped, added or taken from another stream is found out.
"""

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.cloud import CloudError
from flows.clouds.streams import PIECE, Pieces, read

if TYPE_CHECKING:
    # imported where something is encrypted: a plan encrypts nothing
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = PIECE
TAG = 16
MAGIC = b"IMGKEEP\x01"
"""The last byte is the version of the format."""

SALT = 32
HEADER = struct.Struct(f">8sI32s{SALT}s")
"""Magic, bytes a chunk, SHA-256 of the key's name, salt."""

TAMPERED = "its bytes are not those that were stored: bring them back from a backup, or import the image anew"


@dataclass(frozen=True, slots=True)
class Key:
    """A named key. Only its name may be shown."""

    name: str
    secret: bytes = field(repr=False)


def seal(pieces: Iterable[memoryview], size: int, key: Key) -> Pieces:
    """Encrypt ``size`` bytes that come in pieces of ``CHUNK``; the pieces of what is to be stored."""
    header = HEADER.pack(MAGIC, CHUNK, sha256(key.name.encode()).digest(), os.urandom(SALT))
    cipher = _cipher(key, header)
    yield memoryview(header)
    last = _chunks(size) - 1
    for number, piece in enumerate(pieces):
        yield memoryview(cipher.encrypt(_nonce(number), piece, _vouched(header, last=number == last)))


def unseal(handle: int, size: int, key: Key) -> Pieces:
    """Decrypt a sealed file of ``size`` bytes. A ``CloudError`` as soon as a chunk is not what was stored."""
    from cryptography.exceptions import InvalidTag

    header = os.pread(handle, HEADER.size, 0)
    _check(header, key)
    cipher = _cipher(key, header)
    last = _chunks(opened_size(size)) - 1
    if last < 0:
        raise CloudError(TAMPERED)
    for number, piece in enumerate(read(handle, size, start=HEADER.size, piece=CHUNK + TAG)):
        try:
            yield memoryview(cipher.decrypt(_nonce(number), piece, _vouched(header, last=number == last)))
        except InvalidTag:
            raise CloudError(TAMPERED) from None


def opened_size(size: int) -> int:
    """The number of plain bytes in a sealed file of ``size`` bytes."""
    sealed = size - HEADER.size
    return sealed - -(-sealed // (CHUNK + TAG)) * TAG


def _chunks(size: int) -> int:
    return -(-size // CHUNK)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _vouched(header: bytes, *, last: bool) -> bytes:
    return header + (b"last" if last else b"more")


def _cipher(key: Key, header: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = header[-SALT:]
    return AESGCM(HKDF(SHA256(), 32, salt, b"imagekeeper blob " + MAGIC).derive(key.secret))


def _check(header: bytes, key: Key) -> None:
    if len(header) != HEADER.size:
        raise CloudError(TAMPERED)
    magic, chunk, name, _ = HEADER.unpack(header)
    if magic != MAGIC or chunk != CHUNK:
        raise CloudError(TAMPERED)
    if name != sha256(key.name.encode()).digest():
        raise CloudError(f"it was encrypted with another key than '{key.name}'")
