"""Pages of other origins in the browser of somebody who uses Imagekeeper: none reads or changes anything.

The browser is a real one. The pages come from another port of this machine and, by names that resolve to it, from other
sites, among them the name by which DNS rebinding would reach the servers.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from flows.server.access import Connection, auth_string
from flows.server.report_server import reports_url, showing_reports
from flows.settings import Settings
from support.user import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium, and no right to install it (make browser)")

SCRIPTS = Path(__file__).with_name("other_page.js").read_text(encoding="utf-8")
"""What a page of somebody else tries."""


@pytest.fixture(scope="module")
def other_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a web server of somebody else answers, under whatever name it is asked."""
    folder = tmp_path_factory.mktemp("evil")
    (folder / "index.html").write_text("<!DOCTYPE html><title>a page of somebody else</title>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser in which evil.example is a name of this machine, as DNS rebinding makes it one."""
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield running
        running.close()


@pytest.fixture(
    scope="module", params=["http://127.0.0.1:{port}", "http://localhost:{port}", "http://evil.example:{port}"]
)
def foreign(request: pytest.FixtureRequest, browser: Browser, other_port: int) -> Iterator[Page]:
    """A page of another origin: another port of this machine, and another site."""
    with closing(browser.new_page()) as page:
        page.goto(request.param.format(port=other_port))
        page.evaluate(SCRIPTS)
        yield page


@pytest.fixture(scope="module")
def prefect(prefect_server: Connection) -> Iterator[httpx.Client]:
    """Somebody who may use the server."""
    with httpx.Client(base_url=prefect_server.url, headers=prefect_server.headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def deployment(prefect: httpx.Client) -> str:
    """The id of a deployment that a page would like to start, or to change."""
    flow = prefect.post("/flows/", json={"name": "delete-image"}).raise_for_status().json()["id"]
    said = {"name": "delete-image", "flow_id": flow, "pull_steps": []}
    return str(prefect.post("/deployments/", json=said).raise_for_status().json()["id"])


def _as_it_is(prefect: httpx.Client, deployment: str) -> tuple[Any, ...]:
    found = prefect.get(f"/deployments/{deployment}").raise_for_status().json()
    runs = prefect.post("/flow_runs/count", json={"deployments": {"id": {"any_": [deployment]}}}).raise_for_status()
    return found["pull_steps"], found["parameters"], found["updated"], runs.json()


def test_no_page_reads_starts_or_changes_anything(
    foreign: Page, prefect: httpx.Client, deployment: str, prefect_server: Connection
) -> None:
    """Every request of another page is refused, even with the password, and nothing is changed.

    A preflight is refused too; of a request without one the page sees nothing, and the server did nothing.
    """
    before = _as_it_is(prefect, deployment)
    statuses: list[int] = []
    foreign.on("response", lambda answer: statuses.append(answer.status))
    asked = {"url": prefect_server.url, "deployment": deployment, "headers": dict(prefect_server.headers)}
    told = foreign.evaluate("asked => attempts(asked)", asked)
    assert set(told.values()) == {"refused", "opaque"}
    assert [name for name, what in told.items() if what == "opaque"] == ["simple start", "simple read"]
    assert set(statuses) == {403}
    assert _as_it_is(prefect, deployment) == before
    assert before[3] == 0


def test_no_page_connects_by_websocket(foreign: Page, prefect_server: Connection) -> None:
    """Neither where events go in nor where events and logs come out."""
    api = prefect_server.url.replace("http", "ws", 1)
    for path in ("events/in", "events/out", "logs/out"):
        assert foreign.evaluate("url => connect(url)", f"{api}/{path}") == "refused"


def test_no_page_embeds_ours(foreign: Page, prefect_server: Connection) -> None:
    """Neither in a frame, in which its user could be made to click, nor as a script."""
    ui = prefect_server.url.removesuffix("/api")
    statuses: list[int] = []
    foreign.on("response", lambda answer: statuses.append(answer.status))
    foreign.evaluate("url => frame(url)", f"{ui}/")
    assert foreign.evaluate("url => script(url)", f"{ui}/ui-settings") == "refused"
    assert set(statuses) == {403}


def test_a_name_that_resolves_to_this_machine_is_refused(browser: Browser, prefect_server: Connection) -> None:
    """DNS rebinding: the page and the API have the same origin then, and Host gives them away."""
    port = prefect_server.url.removesuffix("/api").rsplit(":", 1)[1]
    with closing(browser.new_page()) as page:
        for path in ("/", "/api/health", "/api/deployments/filter"):
            answer = page.goto(f"http://evil.example:{port}{path}")
            assert answer is not None
            assert answer.status == 400
        page.evaluate(SCRIPTS)
        told = page.evaluate("fetch('/api/deployments/filter', {method: 'POST', body: '{}'}).then(one => one.status)")
        assert told == 400
        socket = page.evaluate("url => connect(url)", f"ws://evil.example:{port}/api/events/out")
        assert socket == "refused"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The server of the reports, with one report."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, prefect_port=free_port())
    settings.prefect_home.mkdir()
    settings.reports.mkdir()
    (settings.reports / "inventory.html").write_text("<script>var read = true</script>what there is")
    with showing_reports(settings, pytest.fail):
        yield settings


def test_no_page_reads_the_reports(browser: Browser, foreign: Page, reports: Settings) -> None:
    """Not even in the browser of somebody who has typed the password there, nor by the link."""
    user, _, password = auth_string(reports.prefect_home).partition(":")
    plain = f"http://127.0.0.1:{reports.prefect_port + 1}/inventory.html"
    with closing(browser.new_context(http_credentials={"username": user, "password": password})) as context:
        page = context.new_page()
        page.goto(plain)
        assert "what there is" in page.content()
        page.goto(foreign.url)
        page.evaluate(SCRIPTS)
        statuses: list[int] = []
        page.on("response", lambda answer: statuses.append(answer.status))
        for url in (plain, f"{reports_url(reports)}inventory.html"):
            read = "url => fetch(url, {credentials: 'include'}).then(one => one.text(), () => 'refused')"
            assert page.evaluate(read, url) == "refused"
            hidden = "url => fetch(url, {mode: 'no-cors', credentials: 'include'}).then(one => one.type)"
            assert page.evaluate(hidden, url) == "opaque"
            page.evaluate("url => frame(url)", url)
        assert set(statuses) == {403}


def test_the_reports_open_by_the_link_and_by_no_other_name(browser: Browser, reports: Settings) -> None:
    """The link asks for nothing; a name that resolves to this machine gets nothing."""
    link = f"{reports_url(reports)}inventory.html"
    with closing(browser.new_page()) as page:
        page.goto(link)
        assert "what there is" in page.content()
        answer = page.goto(link.replace("127.0.0.1", "evil.example"))
        assert answer is not None
        assert answer.status == 400


def test_the_ui_asks_once(browser: Browser, prefect_server: Connection) -> None:
    """The UI asks for the password, keeps it, and reads with it from then on; a wrong one is refused."""
    ui = prefect_server.url.removesuffix("/api")
    with closing(browser.new_context()) as context:
        page = context.new_page()
        page.route("**/*", lambda route: route.continue_() if ui in route.request.url else route.abort())
        page.goto(f"{ui}/v2/login")
        page.locator("input[type=password]").fill("imagekeeper:wrong")
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        assert "/login" in page.url
        page.locator("input[type=password]").fill(str(prefect_server.auth_string))
        page.keyboard.press("Enter")
        page.wait_for_url("**/dashboard**")
        again = context.new_page()
        again.route("**/*", lambda route: route.continue_() if ui in route.request.url else route.abort())
        again.goto(f"{ui}/v2/deployments")
        again.get_by_text("Deployments", exact=True).first.wait_for()
        assert "/login" not in again.url
