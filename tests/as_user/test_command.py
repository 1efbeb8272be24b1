"""The command, its exit codes and its JSON lines."""

from pathlib import Path

import pytest

from domain.policy.denials import DENIALS
from flows.server.access import Connection
from support.user import User, at_a_desk, json_lines

BATCH = """\
actor: acme
region: eu-west-0
actions:
  - {action: import_image, as: web, name: web-base, file: disk.raw, image_type: system_disk, min_disk_gb: 10}
  - {action: share_image, image: $web, tenants: [umbrella, initech]}
"""
REFUSED = "  - {action: share_image, image: $web, tenants: [umbrella], region: eu-west-1}\n"
COLUMNS = {"seq", "action", "image", "tenant", "verdict", "denied_by", "because", "remedy", "outcome", "error"}


def test_a_plan_does_nothing(user: User) -> None:
    """A plan says what would be done, moves no byte, and leaves no row."""
    user.writes("batch.yaml", BATCH)
    told = user.says("plan", "batch.yaml", "--json")
    lines = json_lines(told.stdout)
    assert told.returncode == 0, told.stderr
    assert [line["verdict"] for line in lines] == ["allowed"] * 3
    assert all(set(line) == COLUMNS for line in lines)
    assert user.asks("SELECT count(*) AS n FROM image") == [{"n": 0}]
    assert not list((user.home / "images").rglob("blobs/*/*"))


def test_an_apply_does_it_once(user: User) -> None:
    """A batch applied again does nothing, says so, and ends as well as the first time."""
    user.writes("batch.yaml", BATCH)
    first = user.says("apply", "batch.yaml", "--json")
    assert first.returncode == 0, first.stderr
    assert [line["outcome"] for line in json_lines(first.stdout)] == ["done"] * 3
    again = user.says("apply", "batch.yaml")
    assert again.returncode == 0
    assert "applied before" in again.stdout
    assert user.asks("SELECT count(*) AS n FROM action_log") == [{"n": 3}]
    assert user.asks("SELECT count(*) AS n FROM image_member") == [{"n": 2}]


def test_another_batch_id_is_another_batch(user: User) -> None:
    """The same actions under another id are carried out again."""
    user.writes("batch.yaml", BATCH)
    for batch_id in ("monday", "tuesday"):
        assert user.says("apply", "batch.yaml", "--batch-id", batch_id).returncode == 0
    assert user.asks("SELECT count(*) AS n FROM image") == [{"n": 2}]
    assert "applied before" in user.says("apply", "monday").stdout


def test_a_denial_is_told_with_its_way_out(user: User) -> None:
    """Some denied, the rest done: exit 3, and each denial names rule, reason and remedy."""
    user.writes("batch.yaml", BATCH + REFUSED)
    told = user.says("apply", "batch.yaml", "--json")
    assert told.returncode == 3
    last = json_lines(told.stdout)[-1]
    assert last["verdict"] == "denied"
    assert last["denied_by"] == ["share.other-region"]
    assert "eu-west-1" in last["because"][0]
    assert "copy the image to eu-west-1" in last["remedy"][0]
    assert last["outcome"] is None
    table = user.says("apply", "batch.yaml").stdout
    assert "share.other-region" in table
    assert "\x1b" not in table, "colours are off when nobody looks"


def test_bulk_files_are_batches_too(user: User) -> None:
    """A CSV of one action kind is judged line by line; the rest of the batch is done."""
    user.writes("batch.yaml", BATCH)
    assert user.says("apply", "batch.yaml").returncode == 0
    user.writes("shares.csv", "image,tenants\nweb-base,hooli\nweb-base,umbrella\nnothing,hooli\n")
    told = user.says(
        "apply", "shares.csv", "--kind", "share_image", "--actor", "acme", "--region", "eu-west-0", "--json"
    )
    lines = json_lines(told.stdout)
    assert told.returncode == 3, told.stderr
    assert [line["denied_by"] for line in lines] == [[], [], ["image.unknown"]]
    assert user.asks("SELECT count(*) AS n FROM image_member") == [{"n": 3}]


MALFORMED = {
    "broken.yaml": ("actions: [", "broken.yaml:1"),
    "unknown-key.yaml": (BATCH.replace("min_disk_gb", "min_disc_gb"), "unknown-key.yaml:4: actions[1].min_disc_gb"),
    "unknown-action.yaml": (BATCH.replace("share_image", "shair_image"), "there is no action 'shair_image'"),
    "no-such-file.yaml": (BATCH.replace("disk.raw", "disc.raw"), "there is no file 'disc.raw'"),
    "outside.yaml": (BATCH.replace("disk.raw", "../../etc/passwd"), "outside the import folder"),
    "twice.yaml": (BATCH + BATCH.splitlines()[3].replace("web-base", "x") + "\n", "the handle 'web' is action 1's"),
    "undefined.yaml": (BATCH.replace("image: $web", "image: $wed"), "undefined.yaml:5: actions[2].image"),
    "columns.csv": ("image,tenant\na,b\n", "columns.csv: tenant: share_image has no such field"),
    "columns.parquet": ("no parquet at all", "columns.parquet: cannot be read"),
}


@pytest.fixture(scope="module")
def settled_user(tmp_path_factory: pytest.TempPathFactory, prefect_server: Connection) -> User:
    """A user whose home has something in it already."""
    user = User(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("desk"), prefect_server)
    (user.folder / "disk.raw").write_bytes(bytes(4096))
    user.writes("batch.yaml", BATCH)
    assert user.says("apply", "batch.yaml").returncode == 0
    return user


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_input_does_nothing(settled_user: User, name: str) -> None:
    """Malformed input ends with exit 2, one clear message, and a warehouse that is byte for byte what it was."""
    user = settled_user
    before = (user.home / "warehouse.duckdb").read_bytes()
    text, expected = MALFORMED[name]
    user.writes(name, text)
    kind = [] if name.endswith(".yaml") else ["--kind", "share_image", "--actor", "acme", "--region", "eu-west-0"]
    for verb in ("plan", "apply"):
        told = user.says(verb, name, *kind)
        assert told.returncode == 2, told.stdout
        assert expected in told.stderr
        assert "Traceback" not in told.stderr + told.stdout
    assert (user.home / "warehouse.duckdb").read_bytes() == before


def test_ten_megabytes_of_garbage(user: User) -> None:
    """Garbage is refused, with its name."""
    (user.folder / "garbage.yaml").write_bytes(bytes(range(256)) * 40_000)
    told = user.says("apply", "garbage.yaml")
    assert told.returncode == 2
    assert "garbage.yaml" in told.stderr
    assert not (user.home / "warehouse.duckdb").exists()


def test_sql_reads_only(user: User) -> None:
    """People may ask anything, and change nothing; neither do they get at files."""
    for query in ("DROP TABLE image", "DELETE FROM image", "SELECT * FROM read_text('/etc/passwd')", "SELEKT", "a; b"):
        told = user.says("sql", query)
        assert told.returncode == 2, query
        assert "Traceback" not in told.stderr
    assert user.asks("SELECT count(*) AS rules FROM rule")[0]["rules"] > 50


def test_explain_tells_all_of_a_rule(user: User) -> None:
    """Every rule can be explained; an unknown one is answered with those there are."""
    told = user.says("explain", "share.tenant-limit")
    assert told.returncode == 0
    assert "share_tenants = 128" in told.stdout
    assert "founding document" in told.stdout
    unknown = user.says("explain", "share.nonsense")
    assert unknown.returncode == 2
    assert "share.encrypted" in unknown.stderr
    for denial in DENIALS.values():
        told = user.says("explain", denial.id)
        assert told.returncode == 0
        assert all(words in " ".join(told.stdout.split()) for words in (denial.id, denial.when, denial.remedy))


def test_doctor_finds_a_sound_home_and_a_broken_warehouse(user: User) -> None:
    """What is well is said to be; what is not, with what to do."""
    assert user.says("doctor").returncode == 0
    user.home.mkdir(exist_ok=True)
    (user.home / "warehouse.duckdb").write_text("this is no warehouse")
    told = user.says("doctor")
    assert told.returncode == 1
    assert "cannot be opened as a DuckDB warehouse" in told.stdout


@pytest.mark.parametrize("place", ["/dev/null/x", "file", "x" * 300])
def test_a_home_that_cannot_be_used(tmp_path: Path, place: str) -> None:
    """One sentence names the place and the setting; nobody sees a traceback."""
    for name in ("file", "disk.raw"):
        (tmp_path / name).write_bytes(bytes(4096))
    user = User(tmp_path / place, tmp_path)
    for words in (["meter"], ["sql", "SELECT 1"], ["plan", user.writes("one.yaml", BATCH)]):
        told = user.says(*words)
        assert told.returncode in (1, 2), told.stdout
        assert "Traceback" not in told.stderr
        assert "This should not have happened" not in told.stderr
        assert "IMAGEKEEPER_HOME" in told.stderr, told.stderr


def test_wrong_words_are_malformed_input(user: User) -> None:
    """Unknown commands and options end with exit 2 and no traceback."""
    for words in (["aply", "x"], ["apply"], ["apply", "x.yaml", "--fast"], ["report", "nonsense"], ["apply", "x.csv"]):
        told = user.says(*words)
        assert told.returncode == 2, words
        assert "Traceback" not in told.stderr


HOSTILE = {
    "region": ("plan", "rows.csv", "--kind", "copy_image", "--actor", "acme", "--region", "../../evil-region"),
    "actor": ("plan", "batch.yaml", "--actor", "\x1b[2J\x9b31m"),
    "kind": ("plan", "rows.csv", "--kind", "\x1b[2J"),
    "profile": ("price", "batch.yaml", "--profile", "moon"),
    "batch-id": ("apply", "batch.yaml", "--batch-id", "\x1b[2J"),
    "approve": ("apply", "batch.yaml", "--approve", "\x1b[2J"),
    "tenant": ("invoice", "--month", "2026-10", "--tenant", "\udcff"),
    "to": ("snapshot", "--to", "\udcff.duckdb"),
    "out": ("charges", "--month", "2026-10", "--out", "\x1b.csv"),
    "a month": ("close", "--month", "9999-12"),
    "no rule": ("explain", "\x1b[2J"),
    "path": ("plan", "\udcff.yaml"),
    "query": ("sql", "SELECT '\udcff'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_argument_does_nothing(tmp_path: Path, name: str) -> None:
    """It ends with exit 2 and a message that names it, without a control character; nothing is written."""
    user = at_a_desk(tmp_path, None)
    user.writes("batch.yaml", BATCH)
    user.writes("rows.csv", "image\nweb\n")
    told = user.says(*HOSTILE[name])
    assert told.returncode == 2, told.stderr
    assert name in told.stderr
    assert (told.stdout + told.stderr).replace("\n", "").isprintable()
    assert not [path for path in tmp_path.rglob("*") if path.name in ("images", "evil-region", "last-error.txt")]
