"""What the servers of a home refuse, as ASGI middleware: other hosts, pages of other origins, and strangers.

A browser on this machine is not only its user's: every page that is open in it can send requests to loopback. So a
request must name this machine as its host (else a name of the attacker's that resolves to 127.0.0.1 would do), must not
come from a page of another origin, and must bring the password.
"""

import hmac
from collections.abc import Callable, Collection
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, BaseUser, SimpleUser
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.server.access import USER, basic

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every answer: no page may frame ours and have its user click in it; no link tells where it stands."""

OTHER_PAGE = "This server answers its own pages only, not those of another origin."


class Password(AuthenticationBackend):
    """Asks for the password wherever ``is_open`` does not say that a request needs none."""

    def __init__(self, auth_string: str, is_open: Callable[[Scope], bool]) -> None:
        self._expected = basic(auth_string).encode()
        self._is_open = is_open

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """Let a request pass, or not.

        Raises:
            AuthenticationError: if it needs the password and does not have it.
        """
        if self._is_open(conn.scope):
            return None
        given = conn.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            raise AuthenticationError
        return AuthCredentials(), SimpleUser(USER)


class OwnPagesOnly:
    """Refuses what pages of other origins send, WebSocket connections and preflight requests included.

    A browser names the page's origin in ``Origin``; where it does not (a script, a picture, a frame), it says in
    ``Sec-Fetch-Site`` how the page relates to us. Programs other than browsers send neither, and need the password
    only. A link may lead here from anywhere, but not to what ``is_api`` names.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str], is_api: Callable[[str], bool]) -> None:
        self.app = app
        self._origins = {_origin(origin) for origin in origins}
        self._is_api = is_api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 403."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif self._is_foreign(scope):
            await PlainTextResponse(OTHER_PAGE, status_code=403, headers=HEADERS)(scope, receive, send)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _is_foreign(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origins = headers.getlist("Origin")
        if origins:
            return any(_origin(origin) not in self._origins for origin in origins)
        if headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            return False
        is_link = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
        return not is_link or self._is_api(scope["path"])


def guard(
    app: ASGIApp,
    *,
    origins: Collection[str],
    password: Password,
    refused: Callable[[], Response],
    is_api: Callable[[str], bool] = lambda _: False,
) -> ASGIApp:
    """The app behind all three checks.

    Args:
        app: what answers what is let through.
        origins: where its own pages come from, such as ``own_origins`` gives; their hosts are the ones it answers to.
        password: asks for the password.
        refused: the answer to who does not have it.
        is_api: tells which paths are for programs, so that no link leads there.
    """
    asking = AuthenticationMiddleware(app, backend=password, on_error=lambda _, __: refused())
    own = OwnPagesOnly(asking, origins, is_api)
    hosts = [urlsplit(origin).hostname or "" for origin in origins]
    return TrustedHostMiddleware(own, allowed_hosts=hosts, www_redirect=False)


def _origin(text: str) -> str:
    """An origin with its port, also where a browser leaves that out."""
    with suppress(ValueError):
        parts = urlsplit(text)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or {'http': 80, 'https': 443}.get(parts.scheme)}"
    return text


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
