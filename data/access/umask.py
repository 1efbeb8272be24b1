"""Which rights other accounts get to the files that this program creates."""

import os
from threading import Lock

PRIVATE = 0o077
"""The umask that leaves files to their owner."""

INHERITED = "IMAGEKEEPER_USERS_UMASK"
"""Tells the processes that this one starts, which inherit ``PRIVATE``, the umask before it, in octal digits."""

_lock = Lock()
_before: list[int] = []


def keep_private() -> None:
    """Let this process, and those that it starts, create files for their owner only; remembers the umask before.

    A second call changes nothing.
    """
    with _lock:
        if _before:
            return
        found = os.umask(PRIVATE)
        inherited = os.environ.get(INHERITED)
        _before.append(int(inherited, 8) if inherited and found == PRIVATE else found)
        os.environ[INHERITED] = f"{_before[0]:o}"


def users_umask() -> int:
    """The umask that the user chose: the one before ``keep_private``, or the present one where that was not called."""
    with _lock:
        if _before:
            return _before[0]
        # a process can read its umask only by setting it; meanwhile other threads create nothing that is open to others
        present = os.umask(PRIVATE)
        os.umask(present)
        return present
