"""The reports in a browser: for who has the password or a link, and nothing but the reports."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flows.server.access import Connection, auth_string, report_key
from flows.server.report_app import report_app

PORT = 4201
OWN = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def stranger(tmp_path: Path) -> TestClient:
    """Somebody without the password; there are two reports, and a home beside their folder."""
    reports = tmp_path / "reports"
    (reports / "assets").mkdir(parents=True)
    (reports / "inventory.html").write_text("what there is")
    (reports / "a <b>.html").write_text("odd")
    (reports / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "private.txt").write_text("private")
    return TestClient(report_app(reports, tmp_path, PORT), base_url=OWN)


@pytest.fixture
def link(tmp_path: Path, stranger: TestClient) -> str:
    """The link of ``reports_url``."""
    return f"/{report_key(tmp_path)}/"


def test_they_ask_for_the_password(stranger: TestClient, tmp_path: Path) -> None:
    """A browser asks its user, since the answer names HTTP Basic; the password is that of Prefect's UI."""
    for path in ("/", "/inventory.html", "/nothing.html", "/0123456789abcdef/inventory.html"):
        told = stranger.get(path)
        assert (told.status_code, told.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        assert "inventory" not in told.text
    headers = dict(Connection(OWN, auth_string(tmp_path)).headers)
    assert stranger.get("/inventory.html", headers=headers).text == "what there is"


def test_a_link_opens_them(stranger: TestClient, link: str) -> None:
    """The list and every page below the link need no password."""
    assert "inventory.html" in stranger.get(link).text
    assert stranger.get(f"{link}inventory.html").text == "what there is"
    assert stranger.get(link.rstrip("/")).text == stranger.get(link).text
    assert stranger.get(f"{link[:-2]}/inventory.html").status_code == 401
    assert stranger.get(f"{link[:-1]}x/inventory.html").status_code == 401


def test_names_are_text_in_the_list(stranger: TestClient, link: str) -> None:
    """A name cannot be a tag."""
    listed = stranger.get(link).text
    assert "a &lt;b&gt;" in listed
    assert 'href="a%20%3Cb%3E.html"' in listed


def test_nothing_but_the_reports(stranger: TestClient, link: str) -> None:
    """No way leads out of the folder, and nothing can be written."""
    for outside in ("elsewhere/private.txt", "%2e%2e/private.txt", "..%2fprivate.txt", "assets/../../private.txt"):
        assert stranger.get(link + outside).status_code in (401, 404), outside
    for method in ("POST", "PUT", "DELETE"):
        assert stranger.request(method, f"{link}inventory.html").status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:4200"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
    ],
)
def test_other_pages_and_hosts(stranger: TestClient, link: str, headers: dict[str, str], status: int) -> None:
    """Another page may link to a report, and no more."""
    assert stranger.get(f"{link}inventory.html", headers=headers).status_code == status


def test_before_the_first_report(tmp_path: Path) -> None:
    """Where there is no folder yet, the list says how to fill it."""
    there = TestClient(report_app(tmp_path / "reports", tmp_path, PORT), base_url=OWN)
    link = f"/{report_key(tmp_path)}/"
    assert "imagekeeper report" in there.get(link).text
    assert there.get(f"{link}inventory.html").status_code == 404
    assert there.post(link).status_code == 405
