"""The permissions of other accounts for the files that this program creates."""

import os
from threading import Lock

PRIVATE = 0o077
"""The umask for files that only their owner may read and write."""

INHERITED = "IMAGEKEEPER_USERS_UMASK"
"""The environment variable that passes the user's umask (octal) to child processes, which inherit ``PRIVATE``."""

_lock = Lock()
_original: list[int] = []


def keep_private() -> None:
    """Set the private umask for this process and its children, and remember the user's umask.

    A second call changes nothing.
    """
    with _lock:
        if _original:
            return
        found = os.umask(PRIVATE)
        inherited = os.environ.get(INHERITED)
        _original.append(int(inherited, 8) if inherited and found == PRIVATE else found)
        os.environ[INHERITED] = f"{_original[0]:o}"


def users_umask() -> int:
    """Return the umask that the user chose: the one before ``keep_private``, or the current one without that call."""
    with _lock:
        if _original:
            return _original[0]
        # A process can read its umask only by setting it. Set the private one, so that files that other threads create
        # at this moment are not open to others.
        current = os.umask(PRIVATE)
        os.umask(current)
        return current
