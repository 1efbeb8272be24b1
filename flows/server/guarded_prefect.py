"""The process of the guarded server: Prefect's ASGI app behind ``flows.server.guard``.

``imagekeeper up`` and other commands start it. ``docs/how-to/scale-out.md`` shows how to start it separately, with
another database.

Prefect has settings for a password and for allowed origins, but none for ``Host``, and it does not check the origin of
WebSocket connections. So its app runs behind our guard, with Prefect's own checks switched on as well.
"""

import argparse
import gc
import os
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Scope

from flows.server.access import FILE, HOSTS, SETTING, auth_string, own_origins
from flows.server.guard import Password, guard
from flows.server.idle_end import IdleEnd
from flows.server.new_database import DATABASE, make_database

PROBES = ("/api/health", "/api/ready")
"""Paths that only tell whether the server is up. They need no password, as in Prefect itself."""


def guarded(app: ASGIApp, home: Path, origins: Sequence[str]) -> ASGIApp:
    """Return Prefect's app behind the guard.

    Args:
        app: Prefect's ASGI app.
        home: Prefect's home, which contains the password.
        origins: the origins of the UI.
    """
    file = home / FILE
    message = (
        f"Unauthorized: this Prefect server requires a password. Set {SETTING} to the text in {file}"
        f' (export {SETTING}="$(cat {file})").'
    )
    return guard(
        app,
        origins=origins,
        password=Password(auth_string(home), _needs_no_password),
        # the form of Prefect's own errors, so that its client shows the message
        refused=lambda: JSONResponse({"exception_message": message}, status_code=401),
        is_api=_is_api,
    )


def settings(home: Path, origins: Sequence[str], url: str) -> dict[str, str]:
    """Return Prefect's settings for the same checks, and the URL at which its UI finds the API."""
    return {
        "PREFECT_SERVER_API_AUTH_STRING": auth_string(home),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(origins),
        "PREFECT_SERVER_UI_API_URL": f"{url}/api",
    }


def _is_api(path: str) -> bool:
    """Return whether a path is for programs.

    This includes the pages about the API: they load scripts from the web, which would run in the origin in which the
    UI stores the password.
    """
    return f"{path}/".startswith(("/api/", "/docs/", "/redoc/", "/openapi.json/"))


def _needs_no_password(scope: Scope) -> bool:
    """Return whether a request is handled without the password.

    These are the files of the UI, which asks for the password itself; probes; preflight requests, with which a browser
    never sends a password and which change nothing; and WebSocket connections, for which Prefect requires the password
    in the first message.
    """
    if scope["type"] == "websocket" or not _is_api(scope["path"]) or _is_preflight(scope):
        return True
    return scope["method"] == "GET" and scope["path"] in PROBES


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and "Access-Control-Request-Method" in Headers(scope=scope)


def _has_file_in(home: Path) -> bool:
    """Return whether the server uses the SQLite file in its home, not PostgreSQL or another file."""
    return os.environ.get("PREFECT_SERVER_DATABASE_CONNECTION_URL") == f"sqlite+aiosqlite:///{home / DATABASE}"


def main() -> None:
    """Serve Prefect on loopback until SIGTERM. The folder that PREFECT_HOME names contains the password."""
    parser = argparse.ArgumentParser(prog="python -m flows.server.guarded_prefect", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True, help="the port on loopback")
    parser.add_argument("--idle-minutes", type=float, help="stop after so many minutes without use; default: never")
    parser.add_argument("--version", help="the versions that started it; other processes read them in the command line")
    parser.add_argument("--url", help="the URL of the UI behind a proxy, such as https://prefect.example.org")
    arguments = parser.parse_args()
    home = Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    url = arguments.url.rstrip("/") if arguments.url else own_origins(arguments.port)[0]
    origins = [*own_origins(arguments.port), *([url] if arguments.url else [])]
    # before the import of Prefect, which reads its settings then
    os.environ.update(settings(home, origins, url))
    # The default, one collection for every 700 new objects, makes the start about 5 % slower.
    default_thresholds = gc.get_threshold()
    gc.set_threshold(100_000)
    if _has_file_in(home):
        make_database(home)
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    api = get_current_settings().server.api
    app: ASGIApp = create_app(final=True)
    gc.set_threshold(*default_thresholds)
    if arguments.idle_minutes:
        idle_end = IdleEnd(home, arguments.idle_minutes * 60)
        # inside the guard: a request that the guard rejects is no use of the server
        app = idle_end.count_requests(app, PROBES)
        idle_end.start()
    uvicorn.run(
        guarded(app, home, origins),
        host=HOSTS[0],
        port=arguments.port,
        timeout_keep_alive=api.keepalive_timeout,
        ws_ping_interval=api.websocket_ping_interval,
        ws_ping_timeout=api.websocket_ping_timeout,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
