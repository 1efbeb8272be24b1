"""Files that users name: each is opened once, without waiting; text is read completely."""

import codecs
import os
import stat
from pathlib import Path
from typing import BinaryIO

from domain.batch import Flaw, flawed

DEVICES = Path("/dev")

PIECE = 1024 * 1024
"""The number of bytes that are decoded at once."""


def text_of(path: Path, most_bytes: int, too_large: str) -> str:
    """Return the text of a file with Unix line ends; ``too_large`` is the error for more than ``most_bytes``.

    Raises:
        BatchError: if it cannot be read or is not UTF-8; the message names the file and the line.
    """
    return utf8_of(path, most_bytes, too_large).decode("utf-8")


def utf8_of(path: Path, most_bytes: int, too_large: str) -> bytes:
    """Return the text as UTF-8: a ``str`` takes up to four times as much memory. Otherwise like ``text_of``.

    Raises:
        BatchError: as for ``text_of``.
    """
    with file_at(path) as file:
        try:
            content = file.read(most_bytes + 1)
        except OSError as error:
            raise flawed(path, [Flaw(None, "", f"cannot be read: {error.strerror}")]) from None
    if len(content) > most_bytes:
        raise flawed(path, [Flaw(None, "", too_large)])
    try:
        _check_utf8(content)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise flawed(path, [Flaw(line, "", f"is not text in UTF-8 (byte {error.start})")]) from None
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _check_utf8(content: bytes) -> None:
    """Decode piece by piece, so that the whole text never exists as a ``str``."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), PIECE):
            decoder.decode(content[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        content.decode("utf-8")  # raises with the position in the whole file


def file_at(path: Path) -> BinaryIO:
    """Open a file for reading and return it.

    A named pipe is refused, since a reader could wait forever. Pipes of the command line, such as ``/dev/stdin`` or
    ``/dev/fd/63``, are read.

    Raises:
        BatchError: if it does not exist, cannot be read, or is no regular file; the message names it.
    """
    try:
        # Without O_NONBLOCK, opening a pipe waits for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise flawed(path, [Flaw(None, "", "there is no such file")]) from None
    except (OSError, ValueError) as error:  # ValueError: the name is not valid for a file
        reason = getattr(error, "strerror", None) or str(error)
        raise flawed(path, [Flaw(None, "", f"cannot be read: {reason}")]) from None
    mode = os.fstat(handle).st_mode
    if stat.S_ISDIR(mode) or not (stat.S_ISREG(mode) or path.is_relative_to(DEVICES)):
        os.close(handle)
        raise flawed(path, [Flaw(None, "", "cannot be read: it is no regular file; copy its content to one")])
    os.set_blocking(handle, True)
    return os.fdopen(handle, "rb")
