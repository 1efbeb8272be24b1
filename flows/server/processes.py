"""Find and stop the processes that this program started."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

Child = subprocess.Popen[bytes]


def is_running(pid: int, *commands: str) -> bool:
    """Return whether a process runs whose command line contains one of these texts.

    The pid alone is not enough: after a crash, the system may have given it to another program.
    """
    command_line = command_of(pid)
    return any(command in command_line for command in commands)


def end_group(pid: int, commands: tuple[str, ...], grace_s: float, child: Child | None = None) -> None:
    """Stop a process group: send SIGTERM, and SIGKILL to what still runs after ``grace_s`` seconds.

    Args:
        pid: the process that leads the group.
        commands: texts of which its command line must contain one, unless it is our child; see ``is_running``.
        grace_s: how long the group may take to stop, in seconds.
        child: the process, if this process started it: then it must be reaped, or it stays a zombie.
    """
    if child is None and not is_running(pid, *commands):
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
        until = time.monotonic() + grace_s
        while time.monotonic() < until:
            if child is not None:
                child.poll()
            os.killpg(pid, 0)  # raises ProcessLookupError when the group is empty
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)
    if child is not None:
        child.wait()


def command_of(pid: int) -> str:
    """Return the command line of a process; empty if there is no such process or it is a zombie."""
    proc = Path("/proc")
    if (proc / "self").exists():
        with suppress(OSError):
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    command = ["ps", "-o", "command=", "-p", str(pid)]  # macOS has no /proc
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed arguments
