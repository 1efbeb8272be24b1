"""The password of the local servers: one for each home, in a file that only its owner can read."""

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
"""The host names of loopback in a browser on this machine. Our servers listen on the first."""

SETTING = "PREFECT_API_AUTH_STRING"
"""Prefect's setting from which every Prefect client reads the password."""


class ServerError(Exception):
    """A local server cannot be used. The message is for people."""


def own_origins(port: int) -> list[str]:
    """Return the origins of the pages of a local server on this port; the first is the default."""
    return [f"http://{host}:{port}" for host in HOSTS]


@dataclass(frozen=True, slots=True)
class Connection:
    """A Prefect server that answers: the URL of its API and, if it requires one, its ``user:password``."""

    url: str
    auth_string: str | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables with which a Prefect client connects to this server."""
        variables = {"PREFECT_API_URL": self.url}
        return variables if self.auth_string is None else variables | {SETTING: self.auth_string}

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers that a request to this server needs."""
        return {} if self.auth_string is None else {"Authorization": basic(self.auth_string)}


def auth_string(prefect_home: Path) -> str:
    """Return the ``user:password`` of the local servers. The first call creates the file, with mode 0600.

    Raises:
        ServerError: if the file cannot be read or created, or does not contain a user and a password.
    """
    file = prefect_home / FILE
    try:
        if not file.exists():
            private_folder(prefect_home)
            _create(file)
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        content = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ServerError(f"the password file {file} cannot be used: {error}") from None
    if not content.isascii() or not all(content.partition(":")):
        raise ServerError(
            f"the password file {file} does not contain 'user:password' in ASCII; delete it and run imagekeeper down:"
            " the next start creates a new password"
        )
    return content


def report_key(prefect_home: Path) -> str:
    """Return the first part of the path of a link that opens the reports without a password.

    It is derived from the password: links stay valid as long as the password does, and do not reveal it.

    Raises:
        ServerError: as for ``auth_string``.
    """
    return hmac.new(auth_string(prefect_home).encode(), b"reports", "sha256").hexdigest()[:32]


def basic(user_and_password: str) -> str:
    """Return the value of an ``Authorization`` header (RFC 7617)."""
    return f"Basic {base64.b64encode(user_and_password.encode()).decode()}"


def _create(file: Path) -> None:
    """Create the file atomically: two processes that create it at the same time use the same password."""
    draft = file.with_name(f".{FILE}.{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(f"{USER}:{secrets.token_urlsafe(32)}\n")
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
