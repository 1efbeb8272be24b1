"""The example that a newcomer runs: the first day of three tenants in two regions, on real disk images."""

import hashlib
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from support.user import PROJECT, User, json_lines

FOUNDING = {
    "image.unknown",
    "image.not-active",
    "share.not-private",
    "share.published",
    "share.other-region",
    "share.tenant-limit",
    "share.encrypted",
    "share.full-ecs-not-cbr",
    "share.not-owner",
    "launch.not-bootable",
    "launch.wrong-target",
    "volume.not-data-disk",
    "change-os.not-available",
    "publish.encrypted",
    "publish.shared",
    "publish.not-system-disk",
    "publish.not-private",
    "delete.protected",
    "delete.published",
    "delete.public",
}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, prefect_database: Path) -> tuple[User, str]:
    """The example applied with nothing running before, and what it printed; exported files stay out of the project."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copy(PROJECT / "examples" / "first_day.yaml", desk)
    (desk / "images").mkdir()
    for image in (PROJECT / "examples" / "images").glob("[a-z]*.*"):
        shutil.copy(image, desk / "images")
    user = User(tmp_path_factory.mktemp("home"), desk)
    (user.home / "prefect").mkdir(mode=0o700)
    shutil.copy(prefect_database, user.home / "prefect" / "prefect.db")
    planned = json_lines(user.says("plan", "first_day.yaml", "--json").stdout)
    told = user.says("apply", "first_day.yaml", "--report")
    assert told.returncode == 3, told.stderr
    after = json_lines(user.says("apply", "first_day.yaml", "--json").stdout)
    assert [line["denied_by"] for line in planned] == [line["denied_by"] for line in after], "the plan told the truth"
    return user, told.stdout


def test_every_rule_of_the_founding_document_is_shown(day: tuple[User, str]) -> None:
    """Each of the founding document's rules refuses something, and nothing fails."""
    user, _ = day
    rows = user.asks("SELECT DISTINCT unnest(denied_by) AS rule_id FROM action_log")
    assert {row["rule_id"] for row in rows} >= FOUNDING
    assert user.asks("SELECT count(*) AS n FROM action_log WHERE outcome = 'failed'") == [{"n": 0}]


def test_every_action_is_shown(day: tuple[User, str]) -> None:
    """Each kind of action is carried out at least once, but for those that only undo another."""
    user, _ = day
    done = {row["action"] for row in user.asks("SELECT DISTINCT action FROM action_log WHERE outcome = 'done'")}
    assert len(done) >= 25


def test_the_129th_tenant_is_refused(day: tuple[User, str]) -> None:
    """128 of the 129 tenants that one action names have the image; the last one has not."""
    user, _ = day
    rows = user.asks(
        "SELECT verdict, count(*) AS lines, max(tenant) AS last FROM action_log"
        " WHERE tenant LIKE 'branch-%' GROUP BY verdict ORDER BY verdict"
    )
    assert rows == [
        {"verdict": "allowed", "lines": 128, "last": "branch-128"},
        {"verdict": "denied", "lines": 1, "last": "branch-129"},
    ]


def test_the_four_ways_out_of_a_change_of_os(day: tuple[User, str]) -> None:
    """Each of the four causes has its own way out."""
    user, told = day
    rows = user.asks(
        "SELECT list_last(remedy) AS way FROM action_log WHERE list_contains(denied_by, 'change-os.not-available')"
    )
    ways = " ".join(row["way"] for row in rows)
    for way in ("capture_server", "import it", "copy it to eu-west-0", "have it shared"):
        assert way in ways
        assert way in told.replace("\n", " ")


def test_real_bytes_are_where_they_belong(day: tuple[User, str]) -> None:
    """The store has each image's very bytes in its region, the export is the image, the encrypted one unreadable."""
    user, _ = day
    alpine = _sha256(user.folder / "images" / "alpine-3.23.qcow2")
    rows = user.asks("SELECT name, region, checksum, blob, encrypted FROM image WHERE deleted_at IS NULL")
    for row in rows:
        blob = user.home / "images" / row["region"] / "blobs" / row["blob"][:2] / row["blob"]
        assert _sha256(blob) == row["blob"]
        assert (row["blob"] == row["checksum"]) != row["encrypted"]
    assert {row["region"] for row in rows if row["checksum"] == alpine} == {"eu-west-0", "eu-west-1"}
    assert _sha256(user.folder / "out" / "web-base.qcow2") == alpine
    in_store = {path.name for path in (user.home / "images").glob("*/blobs/*/*")}
    assert in_store == {row["blob"] for row in rows}


def test_prefect_shows_the_runs(day: tuple[User, str]) -> None:
    """The server that was started for the command has recorded flow and task runs as completed, and was stopped."""
    user, _ = day
    with sqlite3.connect(user.home / "prefect" / "prefect.db") as database:
        flows = database.execute("SELECT name, state_type FROM flow_run").fetchall()
        tasks = database.execute("SELECT state_type FROM task_run").fetchall()
        pages = database.execute("SELECT count(*) FROM artifact").fetchone()
    database.close()
    assert [state for _, state in flows] == ["COMPLETED"] * 2
    assert tasks
    assert {state for (state,) in tasks} == {"COMPLETED"}
    assert pages[0] >= 1
    assert not (user.home / "prefect" / "server.json").exists()


def test_the_reports_are_told_and_are_there(day: tuple[User, str]) -> None:
    """The command says where the three pages are; each is whole, and asks for nothing from a network."""
    _, told = day
    pages = [Path(line.removeprefix("report: ")) for line in told.splitlines() if line.startswith("report: ")]
    assert len(pages) >= 3
    for page in pages:
        text = page.read_text()
        assert "</html>" in text
        assert 'src="http' not in text


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_all_that_is_there_is_private(day: tuple[User, str]) -> None:
    """Under umask 022 too: the home, the warehouse, blobs, keys, Prefect's database and its password."""
    user, _ = day
    found = {file: stat.S_IMODE(file.lstat().st_mode) for file in (user.home, *user.home.rglob("*"))}
    assert {"warehouse.duckdb", "prefect.db", "auth_string"} <= {file.name for file in found}
    assert any(file.parent.parent.name == "blobs" for file in found)
    assert [f"{mode:o} {file}" for file, mode in found.items() if mode & 0o077] == []
