"""ASGI middleware that protects the local servers from other hosts, other origins, and requests without the password.

Listening on loopback is not enough: every page that is open in a browser on this machine can send requests to it. So
each request passes three checks.

1. ``Host`` must name this machine. Otherwise an attacker's host name that resolves to 127.0.0.1 (DNS rebinding) would
   make the attacker's page an own page.
2. The request must not come from a page of another origin.
3. The request must have the password.
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
"""Sent with every response: no page may embed ours in a frame (clickjacking), and links send no referrer."""

OTHER_PAGE = "This server answers its own pages only, not those of another origin."


class Password(AuthenticationBackend):
    """Require the password, except for requests for which ``is_open`` is true."""

    def __init__(self, auth_string: str, is_open: Callable[[Scope], bool]) -> None:
        self._expected = basic(auth_string).encode()
        self._is_open = is_open

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """Check the password of a request.

        Raises:
            AuthenticationError: if the request needs the password and does not have it.
        """
        if self._is_open(conn.scope):
            return None
        given = conn.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            raise AuthenticationError
        return AuthCredentials(), SimpleUser(USER)


class OwnPagesOnly:
    """Reject requests from pages of other origins, including WebSocket connections and preflight requests.

    A browser sends the origin of the page in ``Origin``. For scripts, pictures and frames it does not; then
    ``Sec-Fetch-Site`` says how the origins are related. Programs other than browsers send neither header and need only
    the password. A page of another origin may link to us, but not to a path for which ``is_api`` is true.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str], is_api: Callable[[str], bool]) -> None:
        self.app = app
        self._origins = {_origin(origin) for origin in origins}
        self._is_api = is_api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond with 403."""
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
    """Return the app behind all three checks.

    Args:
        app: the app that handles accepted requests.
        origins: the origins of its own pages, as from ``own_origins``; ``Host`` must be one of their hosts.
        password: the check of the password.
        refused: makes the response to a request without the password.
        is_api: whether a path is for programs; pages of other origins cannot link to it.
    """
    # The outermost layer checks first. The host comes before the origin, because an origin is compared with names of
    # this machine; the password comes last, so that no page of another origin can try passwords.
    authenticated = AuthenticationMiddleware(app, backend=password, on_error=lambda _, __: refused())
    own_pages = OwnPagesOnly(authenticated, origins, is_api)
    hosts = [urlsplit(origin).hostname or "" for origin in origins]
    return TrustedHostMiddleware(own_pages, allowed_hosts=hosts, www_redirect=False)


def _origin(text: str) -> str:
    """Return an origin with its port, which a browser omits if it is the default."""
    with suppress(ValueError):
        parts = urlsplit(text)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or {'http': 80, 'https': 443}.get(parts.scheme)}"
    return text


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
