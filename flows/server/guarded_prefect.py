"""The process of a Prefect server: Prefect's ASGI app, guarded.

``imagekeeper up`` and the commands start it; docs/how-to/scale-out.md starts it by itself, on a database of its own.

Prefect has settings for a password and for allowed origins, and none for ``Host``; its WebSocket connections look at no
origin. So its app stands behind ``flows.server.guard``, and has its own checks switched on besides.
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
"""Tell only whether the server is up; asked before anybody has the password, as Prefect itself allows."""


def guarded(app: ASGIApp, home: Path, origins: Sequence[str]) -> ASGIApp:
    """Prefect's app, behind the guard; the home holds the password, the origins are where the UI comes from."""
    where = home / FILE
    message = (
        f"Unauthorized: this Prefect server asks for a password. Set {SETTING} to the text in {where}"
        f' (export {SETTING}="$(cat {where})").'
    )
    return guard(
        app,
        origins=origins,
        password=Password(auth_string(home), _needs_no_password),
        # as Prefect words an error, so that its client shows it
        refused=lambda: JSONResponse({"exception_message": message}, status_code=401),
        is_api=_is_api,
    )


def settings(home: Path, origins: Sequence[str], url: str) -> dict[str, str]:
    """Prefect's own settings for the same checks, and where its UI finds the API."""
    return {
        "PREFECT_SERVER_API_AUTH_STRING": auth_string(home),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(origins),
        "PREFECT_SERVER_UI_API_URL": f"{url}/api",
    }


def _is_api(path: str) -> bool:
    """Whether a path is for programs.

    So are the pages about the API: they load scripts from the web, which would run where the UI keeps the password.
    """
    return f"{path}/".startswith(("/api/", "/docs/", "/redoc/", "/openapi.json/"))


def _needs_no_password(scope: Scope) -> bool:
    """The UI's own files, by which it asks for the password; probes; and what brings none by its nature.

    A browser sends no password with a preflight, which changes nothing, nor with a WebSocket connection, of which
    Prefect asks for it in the first message.
    """
    if scope["type"] == "websocket" or not _is_api(scope["path"]) or _is_preflight(scope):
        return True
    return scope["method"] == "GET" and scope["path"] in PROBES


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and "Access-Control-Request-Method" in Headers(scope=scope)


def _has_file_in(home: Path) -> bool:
    """Whether the server's database is the file that a server of ours has; it may be PostgreSQL, or another file."""
    return os.environ.get("PREFECT_SERVER_DATABASE_CONNECTION_URL") == f"sqlite+aiosqlite:///{home / DATABASE}"


def main() -> None:
    """Serve on loopback until SIGTERM; the password is in the folder that PREFECT_HOME names."""
    asked = argparse.ArgumentParser(prog="python -m flows.server.guarded_prefect", description=main.__doc__)
    asked.add_argument("--port", type=int, required=True, help="the port on this machine")
    asked.add_argument("--idle-minutes", type=float, help="end when nobody has used it for so long; never, if left out")
    asked.add_argument("--version", help="which versions started it; for those who look at its command line")
    asked.add_argument("--url", help="where people open the UI, if not on this machine: https://prefect.example.org")
    given = asked.parse_args()
    home = Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    url = given.url.rstrip("/") if given.url else own_origins(given.port)[0]
    origins = [*own_origins(given.port), *([url] if given.url else [])]
    # before Prefect is imported, which reads its settings then
    os.environ.update(settings(home, origins, url))
    # until it has started: a collection for every 700 new objects takes a twentieth of that
    usual = gc.get_threshold()
    gc.set_threshold(100_000)
    if _has_file_in(home):
        make_database(home)
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    api = get_current_settings().server.api
    app: ASGIApp = create_app(final=True)
    gc.set_threshold(*usual)
    if given.idle_minutes:
        idle = IdleEnd(home, given.idle_minutes * 60)
        app = idle.noticing(app, PROBES)
        idle.start()
    uvicorn.run(
        guarded(app, home, origins),
        host=HOSTS[0],
        port=given.port,
        timeout_keep_alive=api.keepalive_timeout,
        ws_ping_interval=api.websocket_ping_interval,
        ws_ping_timeout=api.websocket_ping_timeout,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
