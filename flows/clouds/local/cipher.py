"""Encrypt and decrypt streams of any size: AES-256-GCM in chunks, so that each chunk is verified before it is used.

The format is a header, then chunks of ``CHUNK`` plain bytes (the last one may be shorter), each followed by its tag.
Every encryption derives a key of its own (HKDF) from the named key and the random salt in the header. So the number of
a chunk can be the nonce: no pair of key and nonce is ever used twice. The associated data of each chunk are the header
and whether the chunk is the last one. So a chunk that was removed, moved, added or taken from another stream fails the
verification, and so does a stream that was cut short.
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
"""Magic, bytes per chunk, SHA-256 of the key's name, salt."""

TAMPERED = "its bytes are not those that were stored: restore them from a backup, or import the image again"


@dataclass(frozen=True, slots=True)
class Key:
    """A named key. Messages may contain its name, never its secret."""

    name: str
    secret: bytes = field(repr=False)


def encrypt(pieces: Iterable[memoryview], size: int, key: Key) -> Pieces:
    """Encrypt ``size`` bytes that arrive in pieces of ``CHUNK``. Yield the header and the encrypted chunks."""
    header = HEADER.pack(MAGIC, CHUNK, sha256(key.name.encode()).digest(), os.urandom(SALT))
    cipher = _cipher(key, header)
    yield memoryview(header)
    last = _chunks(size) - 1
    for number, piece in enumerate(pieces):
        yield memoryview(cipher.encrypt(_nonce(number), piece, _associated_data(header, last=number == last)))


def decrypt(handle: int, size: int, key: Key) -> Pieces:
    """Decrypt an encrypted file of ``size`` bytes.

    Raises:
        CloudError: as soon as a chunk fails the verification. Discard the chunks before it in that case.
    """
    from cryptography.exceptions import InvalidTag

    header = os.pread(handle, HEADER.size, 0)
    _check(header, key)
    cipher = _cipher(key, header)
    last = _chunks(plain_size(size)) - 1
    if last < 0:
        raise CloudError(TAMPERED)
    for number, piece in enumerate(read(handle, size, start=HEADER.size, piece=CHUNK + TAG)):
        try:
            yield memoryview(cipher.decrypt(_nonce(number), piece, _associated_data(header, last=number == last)))
        except InvalidTag:
            raise CloudError(TAMPERED) from None


def plain_size(size: int) -> int:
    """Return the number of plain bytes in an encrypted file of ``size`` bytes."""
    encrypted = size - HEADER.size
    return encrypted - -(-encrypted // (CHUNK + TAG)) * TAG


def _chunks(size: int) -> int:
    return -(-size // CHUNK)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _associated_data(header: bytes, *, last: bool) -> bytes:
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
