"""What the servers of a home refuse: other hosts, pages of other origins, and whoever does not have the password."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from flows.server.access import Connection, auth_string, own_origins
from flows.server.guarded_prefect import guarded

PORT = 4200
OWN = f"http://127.0.0.1:{PORT}"
SOCKET = f"ws://127.0.0.1:{PORT}/api/events/in"
API = ("/api", "/api/", "/api/deployments/filter", "/api/health/", "/api/x/health", "/docs", "/openapi.json")
FOREIGN = (
    "http://evil.example",
    f"http://evil.example:{PORT}",
    "https://127.0.0.1:4200",
    "http://127.0.0.1",
    "http://127.0.0.1:4201",
    "http://127.0.0.1.evil.example:4200",
    "http://127.0.0.1:4200.evil.example",
    "http://[::1]:4200",
    "http://127.0.0.1:70000",
    "null",
    "",
)


def _app() -> Starlette:
    """What stands behind the guard: it answers everything."""

    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse("answered")

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("answered")
        await socket.close()

    methods = ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"]
    return Starlette(routes=[WebSocketRoute("/api/events/in", talk), Route("/{path:path}", answer, methods=methods)])


@pytest.fixture
def app(tmp_path: Path) -> ASGIApp:
    """The guard as Prefect's app has it, before an app that answers everything."""
    return guarded(_app(), tmp_path, own_origins(PORT))


@pytest.fixture
def stranger(app: ASGIApp) -> TestClient:
    """Somebody on this machine without the password."""
    return TestClient(app, base_url=OWN)


@pytest.fixture
def user(app: ASGIApp, tmp_path: Path) -> TestClient:
    """Somebody with the password."""
    return TestClient(app, base_url=OWN, headers=dict(Connection(OWN, auth_string(tmp_path)).headers))


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/deployments/filter", "/api/health/", "/api/x/health", "/docs", "/openapi.json"]
)
def test_the_api_asks_for_the_password(stranger: TestClient, user: TestClient, method: str, path: str) -> None:
    """Whatever is asked of the API needs the password, and nothing else."""
    assert stranger.request(method, path).status_code == 401
    assert user.request(method, path).status_code == 200


def test_who_has_no_password_reads_which_setting_holds_it(stranger: TestClient, tmp_path: Path) -> None:
    """The answer is worded as Prefect's, whose client shows it: the setting, the file, and the command to copy."""
    told = stranger.post("/api/deployments/filter").json()["exception_message"]
    assert f'export PREFECT_API_AUTH_STRING="$(cat {tmp_path / "auth_string"})"' in told


@pytest.mark.parametrize(
    "given", ["", "Basic", "Basic ", "Basic !!", "Bearer x", "Basic aW1hZ2VrZWVwZXI6", "basic é", "BASIC x"]
)
def test_a_wrong_password_is_none(stranger: TestClient, given: str) -> None:
    """An empty, broken or other password is refused, and none breaks the server."""
    assert stranger.get("/api/deployments", headers={"Authorization": given.encode()}).status_code == 401


def test_the_login_page_and_probes_need_no_password(stranger: TestClient) -> None:
    """The UI asks for the password itself, so its files are open; so is whether the server is up, to be read only."""
    for path in ("/", "/v2/dashboard", "/v2/assets/index.js", "/ui-settings", "/api/health", "/api/ready"):
        assert stranger.get(path).status_code == 200, path
    assert stranger.post("/api/health").status_code == 401


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["/api/deployments/filter", "/api/health", "/ui-settings", "/"])
def test_a_page_of_another_origin_is_refused(user: TestClient, origin: str, path: str) -> None:
    """Even with the password, and whatever is asked; the answer allows no origin to read it."""
    for method in ("GET", "POST", "PATCH", "DELETE"):
        told = user.request(method, path, headers={"Origin": origin})
        assert told.status_code == 403
        assert "answered" not in told.text
        assert "access-control-allow-origin" not in told.headers


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_preflight_of_another_origin_is_refused(stranger: TestClient, origin: str) -> None:
    """What a browser asks before it sends a header or a method of its own is answered with 403."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    assert stranger.options("/api/deployments/1", headers=asked).status_code == 403


@pytest.mark.parametrize("origin", [OWN, f"http://localhost:{PORT}"])
def test_our_own_page_is_answered(user: TestClient, stranger: TestClient, origin: str) -> None:
    """The UI under both names of this machine; its preflights bring no password, as browsers send none."""
    assert user.post("/api/deployments/filter", headers={"Origin": origin}).status_code == 200
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert stranger.options("/api/deployments/filter", headers=preflight).status_code == 200
    assert stranger.options("/api/deployments/filter", headers={"Origin": origin}).status_code == 401
    assert stranger.post("/api/deployments/filter", headers={"Origin": origin}).status_code == 401


def test_a_server_behind_a_proxy(tmp_path: Path) -> None:
    """One that people reach by another name answers to that name and its pages too, and to no other."""
    app = guarded(_app(), tmp_path, [*own_origins(PORT), "https://prefect.example.org"])
    headers = dict(Connection(OWN, auth_string(tmp_path)).headers)
    there = TestClient(app, base_url="https://prefect.example.org", headers=headers)
    for origin, status in (
        ("https://prefect.example.org", 200),
        ("https://prefect.example.org:443", 200),
        (OWN, 200),
        ("http://prefect.example.org", 403),
        ("https://prefect.example.org:4200", 403),
        ("https://other.example.org", 403),
    ):
        assert there.post("/api/deployments/filter", headers={"Origin": origin}).status_code == status
    assert there.get("/api/deployments", headers={"Host": "other.example.org"}).status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_embeds_is_refused(user: TestClient, site: str) -> None:
    """A script, a picture or a frame of another page sends no origin, but says where it stands."""
    for mode, kind in (("no-cors", "script"), ("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")):
        fetched = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
        for path in ("/", "/api/deployments"):
            assert user.get(path, headers=fetched).status_code == 403


def test_a_link_leads_to_the_ui_and_not_to_the_api(user: TestClient) -> None:
    """A link in a mail opens the UI; none opens what is for programs."""
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert user.get("/v2/runs", headers=link).status_code == 200
    assert user.get("/api/deployments", headers=link).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4200", "127.0.0.1.evil.example", "0.0.0.0:4200", "192.0.2.1", "", "[::1"]
)
def test_another_host_is_refused(user: TestClient, host: str) -> None:
    """A name that resolves to this machine is not this machine: its pages would count as our own."""
    for path in ("/", "/api/health", "/api/deployments"):
        assert user.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
def test_a_websocket_of_another_page_is_refused(user: TestClient, headers: dict[str, str]) -> None:
    """Browsers let any page connect by WebSocket; the connection is refused before it is one."""
    with pytest.raises(WebSocketDenialResponse), user.websocket_connect(SOCKET, headers=headers):
        pass


def test_a_websocket_of_ours_is_let_through(stranger: TestClient) -> None:
    """Prefect asks for the password in the first message, so the guard does not."""
    for headers in ({}, {"Origin": OWN}):
        with stranger.websocket_connect(SOCKET, headers=headers) as socket:
            assert socket.receive_text() == "answered"


def test_no_page_frames_ours(stranger: TestClient) -> None:
    """Every answer forbids frames, in which a user could be made to click."""
    for path in ("/", "/api/deployments", "/api/health"):
        told = stranger.get(path).headers
        assert (told["x-frame-options"], told["content-security-policy"]) == ("DENY", "frame-ancestors 'none'")
