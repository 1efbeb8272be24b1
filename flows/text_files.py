"""Text files that people write: batches and policies, read whole."""

import os
import stat
from pathlib import Path

from domain.batch import Flaw, flawed

DEVICES = Path("/dev")


def text_of(path: Path, most_bytes: int, too_large: str) -> str:
    """The text of a file, with the line ends of Unix; ``too_large`` is said where it has more than ``most_bytes``.

    A named pipe is refused: nobody may ever write to it. Those that the command line hands over, as ``/dev/stdin`` or
    ``/dev/fd/63``, are read.

    Raises:
        BatchError: if it cannot be read, or is not UTF-8; it names the file, and the line.
    """
    try:
        content = _content(path, most_bytes + 1)
    except FileNotFoundError:
        raise flawed(path, [Flaw(None, "", "there is no such file")]) from None
    except OSError as error:
        raise flawed(path, [Flaw(None, "", f"cannot be read: {error.strerror}")]) from None
    if content is None:
        raise flawed(path, [Flaw(None, "", "cannot be read: it is no regular file; copy what it holds to one")])
    if len(content) > most_bytes:
        raise flawed(path, [Flaw(None, "", too_large)])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise flawed(path, [Flaw(line, "", f"is not text in UTF-8 (byte {error.start})")]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _content(path: Path, most_bytes: int) -> bytes | None:
    """The first bytes of a file; None of what is no regular file. One descriptor is checked and read."""
    # without O_NONBLOCK, opening a pipe would wait for somebody to write to it
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) and not (path.is_relative_to(DEVICES) and not stat.S_ISDIR(about.st_mode)):
            return None
        os.set_blocking(file.fileno(), True)
        return file.read(most_bytes)
