"""Whether a Prefect server that runs already may be used: the one that PREFECT_API_URL names, and ours."""

import os
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flows.server.access import FILE, SETTING, Connection, ServerError, auth_string
from flows.server.record import answers, known, unguarded


def given_server(home: Path, url: str) -> Connection:
    """The server that PREFECT_API_URL names. It may be ours: then the password need not be given."""
    if not answers(url):
        raise ServerError(f"no Prefect server answers at PREFECT_API_URL={url}; start it, or unset the variable")
    running = known(home)
    ours = running is not None and running.url == url.rstrip("/").replace("//localhost:", "//127.0.0.1:")
    if ours:
        refuse_unguarded(home)
    connection = Connection(url, auth_string(home) if ours else os.environ.get(SETTING))
    if not lets_in(connection):
        wrong = "does not accept the password" if connection.auth_string else "asks for a password"
        raise ServerError(
            f"the Prefect server at PREFECT_API_URL={url} {wrong}: set {SETTING} to its user:password. That of a server"
            f" that 'imagekeeper up' started is in the file {home / FILE}, on the machine of that server"
        )
    return connection


def lets_in(connection: Connection) -> bool:
    """Whether a server answers what only those with the password may ask; true of one that fails otherwise."""
    asked = Request(f"{connection.url}/admin/version", headers=dict(connection.headers))  # noqa: S310 - http only
    try:
        urlopen(asked, timeout=10).close()  # noqa: S310 - http only
    except HTTPError as error:
        return error.code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    except OSError:
        pass
    return True


def refuse_unguarded(home: Path) -> None:
    """Refuse our server where it asks for no password.

    Raises:
        ServerError: if it does not.
    """
    pid = unguarded(home)
    if pid is not None:
        raise ServerError(
            f"the Prefect server that runs in this home (process {pid}) was started by an earlier version and asks for"
            " no password, so that any web page can command it: stop it with 'imagekeeper down', then try again"
        )
