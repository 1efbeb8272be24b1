"""Check whether a running Prefect server can be used: the one that PREFECT_API_URL names, or ours."""

import os
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flows.server.access import FILE, SETTING, Connection, ServerError, auth_string
from flows.server.record import answering_server, answers, unguarded


def given_server(home: Path, url: str) -> Connection:
    """Return the server that PREFECT_API_URL names. If it is ours, the password comes from its home.

    Raises:
        ServerError: if it does not answer, does not accept the password, or is an unguarded server of ours.
    """
    if not answers(url):
        raise ServerError(f"no Prefect server answers at PREFECT_API_URL={url}; start it, or unset the variable")
    running = answering_server(home)
    ours = running is not None and running.url == url.rstrip("/").replace("//localhost:", "//127.0.0.1:")
    if ours:
        refuse_unguarded(home)
    connection = Connection(url, auth_string(home) if ours else os.environ.get(SETTING))
    if not lets_in(connection):
        problem = "does not accept the password" if connection.auth_string else "requires a password"
        raise ServerError(
            f"the Prefect server at PREFECT_API_URL={url} {problem}: set {SETTING} to its user:password. If"
            f" 'imagekeeper up' started that server, they are in the file {home / FILE} on its machine"
        )
    return connection


def lets_in(connection: Connection) -> bool:
    """Return whether a server accepts the password; also true if the request fails for another reason."""
    request = Request(f"{connection.url}/admin/version", headers=dict(connection.headers))  # noqa: S310 - http only
    try:
        urlopen(request, timeout=10).close()  # noqa: S310 - http only
    except HTTPError as error:
        return error.code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    except OSError:
        pass
    return True


def refuse_unguarded(home: Path) -> None:
    """Check that our server requires a password.

    Raises:
        ServerError: if it does not: an earlier version started it.
    """
    pid = unguarded(home)
    if pid is not None:
        raise ServerError(
            f"an earlier version started the Prefect server in this home (process {pid}). It requires no password, so"
            " any web page can control it: stop it with 'imagekeeper down', then try again"
        )
