"""Who may use the servers of a home: one password, in a file that only its owner can read."""

import base64
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from data.access.private_folders import private_folder

FILE = "auth_string"
"""The file in Prefect's home that holds ``user:password``."""

USER = "imagekeeper"

HOSTS = ("127.0.0.1", "localhost")
"""The names by which a browser on this machine reaches loopback. Our servers listen on the first."""

SETTING = "PREFECT_API_AUTH_STRING"
"""Prefect's own setting, by which every client of Prefect finds the password."""


class ServerError(Exception):
    """A server of the home cannot be used. The message is for people."""


def own_origins(port: int) -> list[str]:
    """Where the pages of a server of ours come from that listens on this port; the first is the usual one."""
    return [f"http://{host}:{port}" for host in HOSTS]


@dataclass(frozen=True, slots=True)
class Connection:
    """A Prefect server that answers: the URL of its API and, where it asks for one, its ``user:password``."""

    url: str
    auth_string: str | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which a Prefect client finds this server."""
        found = {"PREFECT_API_URL": self.url}
        return found if self.auth_string is None else found | {SETTING: self.auth_string}

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that a request to this server needs."""
        return {} if self.auth_string is None else {"Authorization": basic(self.auth_string)}


def auth_string(prefect_home: Path) -> str:
    """The ``user:password`` of the servers of a home. The first call creates it, with mode 0600.

    Raises:
        ServerError: if the file cannot be read or created, or does not hold a user and a password.
    """
    file = prefect_home / FILE
    try:
        if not file.exists():
            private_folder(prefect_home)
            _create(file)
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ServerError(f"the password file {file} cannot be used: {error}") from None
    if not found.isascii() or not all(found.partition(":")):
        raise ServerError(
            f"the password file {file} does not hold 'user:password' in ASCII; delete it, and run imagekeeper down: the"
            " next start creates a new password"
        )
    return found


def report_key(prefect_home: Path) -> str:
    """The first part of the path of a link to the reports, which opens them without a password.

    It follows from the password, so that links stay valid for as long as the password does, and does not reveal it.

    Raises:
        ServerError: as for ``auth_string``.
    """
    return hmac.new(auth_string(prefect_home).encode(), b"reports", "sha256").hexdigest()[:32]


def basic(user_and_password: str) -> str:
    """The value of an ``Authorization`` header (RFC 7617)."""
    return f"Basic {base64.b64encode(user_and_password.encode()).decode()}"


def _create(file: Path) -> None:
    """Create the file whole: of two processes that create it at once, both use the same one."""
    draft = file.with_name(f".{FILE}.{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(f"{USER}:{secrets.token_urlsafe(32)}\n")
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
