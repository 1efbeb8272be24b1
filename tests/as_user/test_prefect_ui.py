"""The Prefect UI as people use it: forms filled in a browser, runs that wait for a person, and the pages they leave."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from domain.actions import MODELS
from flows.runs.deployments import registry
from flows.runs.forms import title
from flows.server.access import Connection, auth_string
from support.user import User, free_port, soon
from support.warm_command import COMMAND

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
GO = "there => { history.pushState({}, '', there); dispatchEvent(new PopStateEvent('popstate', {state: {}})); }"
"""Goes to another page of the UI as a click does, without loading all of it anew."""

pytestmark = [
    pytest.mark.home,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium, and no right to install it (make browser)"),
]


@dataclass(frozen=True)
class Home:
    """A Prefect that is up, and who uses it."""

    user: User
    url: str
    headers: Mapping[str, str]
    served: dict[str, dict[str, Any]] = field(default_factory=dict)

    def asks(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What Prefect's API answers; a server that is busy with SQLite says so, and is asked again."""

        def answer() -> httpx.Response | None:
            told = httpx.post(f"{self.url}/api{path}", json=body or {}, headers=self.headers, timeout=30)
            return None if told.status_code == httpx.codes.SERVICE_UNAVAILABLE else told

        return soon(answer).raise_for_status().json()

    def deployments(self) -> dict[str, dict[str, Any]]:
        """The deployments by name; asked for until all are there."""
        if len(self.served) < len(registry()):
            self.served.update({one["name"]: one for one in self.asks("/deployments/filter", {"limit": 200})})
        return self.served

    def run_in(self, name: str, *states: str) -> dict[str, Any]:
        """The run of a deployment, once it is in one of these states."""
        wanted = {"deployments": {"name": {"any_": [name]}}}

        def found() -> dict[str, Any] | None:
            return next((run for run in self.asks("/flow_runs/filter", wanted) if run["state"]["name"] in states), None)

        return soon(found)

    def shows(self, page: Page, run: dict[str, Any], key: str, what: str) -> None:
        """See that the UI shows what an artifact of a run says."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}, "key": {"any_": [key]}}}
        (artifact,) = self.asks("/artifacts/filter", wanted)
        page.goto(f"{self.url}/v2/artifacts/artifact/{artifact['id']}")
        page.get_by_text(what).first.wait_for()

    def pages_of(self, run: dict[str, Any]) -> dict[str, str]:
        """The artifacts of a run by key; each is there once."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
        found = self.asks("/artifacts/filter", wanted)
        assert len({one["key"] for one in found}) == len(found)
        return {one["key"]: str(one["data"]) for one in found}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, prefect_database: Path) -> Iterator[Home]:
    """``imagekeeper up``, with a file in its import folder."""
    root = tmp_path_factory.mktemp("up")
    user = User(root / "home", root)
    (root / "home" / "import").mkdir(parents=True)
    (root / "home" / "prefect").mkdir()
    shutil.copy(prefect_database, root / "home" / "prefect" / "prefect.db")
    (root / "home" / "import" / "disk.raw").write_bytes(os.urandom(1 << 20))
    with (root / "up.log").open("w") as log:
        up = [COMMAND, "up", "--port", str(free_port())]
        process = subprocess.Popen(up, cwd=root, env=user.environment, stdout=log, stderr=log)
    try:
        url = soon(lambda: _url(root / "up.log"), 120)
        yield Home(user, url, Connection(url, auth_string(root / "home" / "prefect")).headers)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _url(log: Path) -> str | None:
    said = re.search(r"http://127\.0\.0\.1:\d+\b", log.read_text())
    return said[0] if said else None


@pytest.fixture(scope="module")
def page(home: Home) -> Iterator[Page]:
    """A page of a browser that reaches this machine only, after the password was typed once."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = running.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(15_000)
        page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
        _sign_in(page, home)
        yield page
        running.close()


def _sign_in(page: Page, home: Home) -> None:
    page.goto(f"{home.url}/v2/login")
    page.locator("input[type=password]").wait_for()
    _picture(page, "password")
    page.locator("input[type=password]").fill(auth_string(home.user.home / "prefect"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard**")


def _open_form(page: Page, home: Home, name: str) -> None:
    page.goto(f"{home.url}/v2/deployments/deployment/{home.deployments()[name]['id']}/run")
    page.get_by_text("Parameters", exact=True).first.wait_for()


def _choose(page: Page, now: str, wanted: str) -> None:
    page.get_by_text(now, exact=True).last.click()
    option = page.get_by_role("option", name=wanted, exact=True)
    option.click()
    option.wait_for(state="detached")


def test_every_form_opens_with_its_fields(home: Home, page: Page) -> None:
    """Each deployment has a form with all of its fields, titled in words; none breaks the page."""
    broken: list[str] = []
    _open_form(page, home, "batch")
    page.on("pageerror", lambda error: broken.append(str(error)))
    for name, one in home.deployments().items():
        if one["parameter_openapi_schema"].get("properties"):
            page.evaluate(GO, f"/v2/deployments/deployment/{one['id']}/run")
            page.get_by_role("link", name=name, exact=True).first.wait_for()
            last = list(one["parameter_openapi_schema"]["properties"].values())[-1]["description"]
            page.get_by_text(last.split("\n")[0], exact=True).first.wait_for()
            shown = page.locator("body").inner_text()
            for field, said in one["parameter_openapi_schema"]["properties"].items():
                assert title(field) in shown, (name, field)
                assert said["description"].split("\n")[0] in shown, (name, field)
    assert broken == []
    assert {name.replace("-", "_") for name in home.deployments()} >= set(MODELS)


def test_an_import_started_by_its_form(home: Home, page: Page) -> None:
    """The form is filled in; the run imports the file, and its name says so."""
    _open_form(page, home, "import-image")
    for label, value in (
        *(("Name", "web"), ("File", "disk.raw"), ("Min disk (GB)", "10")),
        *(("Actor", "acme"), ("Region", "eu-west-0")),
    ):
        page.get_by_label(label, exact=True).fill(value)
    _choose(page, "Select", "system_disk")
    _picture(page, "form")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile(r"\?tab="), wait_until="commit")
    run = home.run_in("import-image", "Completed", "Failed")
    assert run["name"] == "import image web for acme · done"
    assert home.user.asks("SELECT name, status FROM image") == [{"name": "web", "status": "active"}]


def test_a_form_refuses_what_the_model_would_refuse(home: Home) -> None:
    """A value out of bounds is refused when the run is asked for, with the bound; no run is made."""
    asked = {"image": "web", "name": "s", "flavor": "s3.large.2", "actor": "acme", "region": "eu-west-0", "count": 5000}
    path = f"{home.url}/api/deployments/{home.deployments()['launch-server']['id']}/create_flow_run"
    told = httpx.post(path, json={"parameters": asked}, headers=home.headers, timeout=30)
    assert told.status_code == httpx.codes.CONFLICT
    assert "5000 is greater than the maximum of 1000" in told.text
    assert home.asks("/flow_runs/count", {"deployments": {"name": {"any_": ["launch-server"]}}}) == 0


def test_a_share_that_is_denied_tells_the_way_out_on_its_page(home: Home, page: Page) -> None:
    """A denial is a completed run; its page says by which rule and what to do instead."""
    asked = {"image": "web", "tenants": ["umbrella"], "actor": "acme", "region": "eu-west-1"}
    home.asks(f"/deployments/{home.deployments()['share-image']['id']}/create_flow_run", {"parameters": asked})
    run = home.run_in("share-image", "Completed", "Failed")
    assert run["name"] == "share image web for acme · denied"
    pages = home.pages_of(run)
    assert "share.other-region" in pages["denials"]
    assert "copy the image to eu-west-1" in pages["batch"]
    home.shows(page, run, "batch", "copy the image to eu-west-1")
    _picture(page, "denied")


def test_a_batch_waits_for_a_person_and_goes_on(home: Home, page: Page) -> None:
    """The run is suspended with its plan on its page; whoever approves says why, and the log keeps both."""
    batch = home.user.writes(
        "retire.yaml", "actor: acme\nregion: eu-west-0\nactions:\n  - {action: delete_image, image: web}\n"
    )
    waiting = {"parameters": {"batch": str(batch), "ask": True}}
    home.asks(f"/deployments/{home.deployments()['batch']['id']}/create_flow_run", waiting)
    run = home.run_in("batch", "Suspended", "Failed", "Completed")
    assert run["state"]["name"] == "Suspended"
    assert "images to be deleted: 1" in home.pages_of(run)["approval"]
    assert home.user.asks("SELECT count(*) AS n FROM image WHERE deleted_at IS NULL") == [{"n": 1}]
    page.goto(f"{home.url}/v2/runs/flow-run/{run['id']}")
    page.get_by_text("Suspended").first.wait_for()
    page.locator("button:has(svg.lucide-ellipsis-vertical)").last.click()
    page.get_by_role("menuitem", name="Resume").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("images to be deleted: 1").wait_for()
    _choose(page, "refuse", "approve")
    dialog.get_by_label("Who (Optional)").fill("ann")
    dialog.get_by_label("Reason (Optional)").fill("nobody has used it since May")
    _picture(page, "approval")
    _resume(page)
    done = home.run_in("batch", "Completed", "Failed")
    assert done["name"] == "apply retire.yaml · done"
    home.shows(page, done, "batch", "Approved by ann: nobody has used it since May")
    assert home.user.asks("SELECT approved_by, approval_reason FROM action_log WHERE action = 'delete_image'") == [
        {"approved_by": "ann", "approval_reason": "nobody has used it since May"}
    ]
    assert home.user.asks("SELECT count(*) AS n FROM image WHERE deleted_at IS NULL") == [{"n": 0}]


def _resume(page: Page) -> None:
    """Click Resume; once more, where the server was busy with SQLite and said so."""

    def clicked() -> bool | None:
        with page.expect_response(lambda answer: answer.url.endswith("/resume")) as resumed:
            page.get_by_role("dialog").get_by_role("button", name="Resume").click()
        return resumed.value.ok or None

    soon(clicked)


def _picture(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    folder = os.environ.get("IMAGEKEEPER_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
