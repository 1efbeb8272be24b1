"""Processes of ours: whether one lives still, and how it is ended with all that it started."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

Child = subprocess.Popen[bytes]


def lives(pid: int, *words: str) -> bool:
    """Whether a process lives that has some of these words in its command line.

    The number alone says little: after a crash it may be a stranger's.
    """
    command = command_of(pid)
    return any(some in command for some in words)


def end_group(pid: int, words: tuple[str, ...], patience_s: float, child: Child | None = None) -> None:
    """End a process that leads a group, and the group: asked first, killed where it goes on for ``patience_s``.

    ``child`` is the process where this one started it: it must be waited for. One that somebody else started and
    that has none of these words in its command line is a stranger, and left alone.
    """
    if child is None and not lives(pid, *words):
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if child is not None:
                child.poll()
            os.killpg(pid, 0)  # raises when nobody of the group is left
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)
    if child is not None:
        child.wait()


def command_of(pid: int) -> str:
    """The command line of a process; empty where there is none, or it is over and only waited for."""
    proc = Path("/proc")
    if (proc / "self").exists():
        with suppress(OSError):
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    asked = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - the system's own
