"""Arguments are checked by models before anything is read, and nothing that people give steers a terminal."""

import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.lifecycle import batches
from data.lifecycle.batches import BatchRecord
from data.warehouse.connection import Warehouse, WarehouseError
from domain.batch import BatchError
from domain.cloud import CloudError, path_part
from flows.batches.arguments import Arguments, checked_arguments, path_named
from flows.batches.months import month_named
from flows.cli import terminal
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.resources import prepare_batch, warehouse_of
from flows.settings import Settings

HOSTILE = ("\x1b[2J", "a\x9b31m", "a\x00b", "a\nb", "a" * 1100, "a\ud800", "")
NOW = "2026-10-01T00:00:00+00:00"
BATCH = "actor: initech\nregion: eu-west-0\nactions:\n  - {action: delete_image, image: web}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a home of their own, and a batch in the folder."""
    monkeypatch.setenv("IMAGEKEEPER_HOME", str(tmp_path / "home"))
    (tmp_path / "batch.yaml").write_text(BATCH)
    return Settings()


@pytest.mark.parametrize("name", ["actor", "region", "profile", "batch_id", "kind"])
@pytest.mark.parametrize("said", [*HOSTILE, "../.."], ids=ascii)
def test_an_argument_is_checked_also_where_the_file_overrides_it(
    here: Settings, tmp_path: Path, name: str, said: str
) -> None:
    """It is named as it is typed, the message has no control character, and no warehouse was made."""
    if name == "actor" and said == "../..":
        return  # a tenant may be called that: it is no part of a path
    with pytest.raises(BatchError, match=f"^--{name.replace('_', '-')}: ") as error:
        prepare_batch(str(tmp_path / "batch.yaml"), here, **{name: said})
    assert str(error.value).isprintable()
    assert not here.home.exists()


def test_white_space_around_an_argument_is_as_in_a_file(here: Settings, tmp_path: Path) -> None:
    """The model strips it, so that both say the same tenant."""
    (tmp_path / "batch.yaml").write_text(BATCH.replace("actor: initech\n", ""))
    work: Any = prepare_batch(str(tmp_path / "batch.yaml"), here, actor=" acme ")
    assert work.batch.head.actor == "acme"


@pytest.mark.parametrize("said", [said * (5 if len(said) > 1000 else 1) for said in HOSTILE], ids=ascii)
def test_a_path_is_text(here: Settings, said: str) -> None:
    """A path that cannot be recorded or shown is refused with a message that can."""
    for checked in (lambda: prepare_batch(said, here), lambda: path_named(said, "--out")):
        with pytest.raises(BatchError) as error:
            checked()
        assert str(error.value).isprintable()


@pytest.mark.parametrize("name", [*Arguments.model_fields])
@pytest.mark.parametrize("said", HOSTILE, ids=ascii)
def test_what_reports_and_invoices_are_asked_is_checked(name: str, said: str) -> None:
    """By models, as what a batch says is."""
    with pytest.raises(BatchError, match=f"^--{name.replace('_', '-')}: ") as error:
        checked_arguments(**{name: said})
    assert str(error.value).isprintable()
    assert checked_arguments(tenant=None, region="eu-west-0") == {"region": "eu-west-0"}


@pytest.mark.parametrize("said", ["9999-12", "0001-01", "2026-13", *HOSTILE], ids=ascii)
def test_a_month_is_one_that_can_be_reckoned_with(said: str) -> None:
    """What is no month is refused, also one whose end no program could say."""
    with pytest.raises(BatchError, match="write a month as year and month") as error:
        month_named(said)
    assert str(error.value).isprintable()


def begun(here: Settings, content: dict[str, Any]) -> None:
    """Record a batch as it was begun, by whatever version."""
    with warehouse_of(here).writing() as con:
        record = BatchRecord("old", "batch.yaml", "seed", json.dumps(content), 1, datetime.fromisoformat(NOW))
        batches.begin(con, record)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"actor": "a\x9b"}, r"batch old, as recorded: actor: string should match pattern .* cannot be finished"),
        ({"profile": "gone"}, r"batch old, as recorded: profile: the profile 'gone' no longer exists"),
    ],
)
def test_a_batch_of_another_time_that_no_longer_holds(here: Settings, change: dict[str, str], message: str) -> None:
    """It is refused with a sentence that says what is wrong and what to do."""
    begun(here, {"actor": "a", "region": "r", "actions": [{"action": "delete_image", "image": "web"}]} | change)
    with pytest.raises(BatchError, match=message) as error:
        prepare_batch("old", here)
    assert str(error.value).isprintable()


def test_a_batch_that_was_begun_takes_no_other_arguments(here: Settings) -> None:
    """They would be left no_progress; it is said that they do not count."""
    begun(here, {"actor": "a", "region": "r", "actions": [{"action": "delete_image", "image": "web"}]})
    assert prepare_batch("old", here).batch_id == "old"
    with pytest.raises(BatchError, match="--region: works only with a file"):
        prepare_batch("old", here, region="eu-west-0")


def shown(what: Callable[[Console], None], monkeypatch: pytest.MonkeyPatch, *, on_terminal: bool) -> str:
    """What a console writes."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1" if on_terminal else "")
    console = terminal.console()
    console.file = io.StringIO()
    what(console)
    return console.file.getvalue()


EVIL = "\x1b]0;owned\x07\x9b2J\x7f\u202e[/]:boom:[red]\ud800"


@pytest.mark.parametrize("on_terminal", [True, False])
def test_no_input_steers_a_terminal(monkeypatch: pytest.MonkeyPatch, *, on_terminal: bool) -> None:
    """Text, cells of tables, styled text and JSON: control characters come out as escapes, markup as it was written."""
    table = Table("name")
    table.add_row(EVIL)
    for what in (EVIL, table, Text(EVIL, "red")):
        said = shown(lambda console, what=what: console.print(what), monkeypatch, on_terminal=on_terminal)
        said = re.sub(r"\x1b\[[0-9;]*m", "", said)  # our own styles
        assert "[/]:boom:[red]\\ud800" in said
        assert said.replace("\n", "").isprintable()
    said = shown(lambda console: terminal.json_line({"name": EVIL}, console), monkeypatch, on_terminal=on_terminal)
    assert json.loads(said) == {"name": EVIL}
    assert said[:-1].isprintable()


def test_styles_are_still_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ours keeps its colours and lines."""
    said = shown(lambda console: console.print(Text("a\nb", "red")), monkeypatch, on_terminal=True)
    assert "\x1b[31m" in said
    assert "\n" in said


@pytest.mark.parametrize("part", ["", ".", "..", "../..", "a/b", "/etc", "a\\b", "a\0b"])
def test_a_path_is_made_of_plain_parts(tmp_path: Path, part: str) -> None:
    """Whatever let a name through: no blob, draft or key has a path outside its folder."""
    store = Store(tmp_path / "images")
    keys = Keys(store, tmp_path / "keys")
    for made in (
        lambda: path_part(part),
        lambda: store.blob(part, "0" * 64),
        lambda: store.blob("eu-west-0", part),
        lambda: store.incoming(part),
        lambda: keys.key(part),
        lambda: keys.existing(part),
    ):
        with pytest.raises(CloudError, match="cannot be part of a path"):
            made()
    assert not (tmp_path / "keys").exists()


def test_a_warehouse_has_a_path_that_duckdb_takes_as_it_is(tmp_path: Path) -> None:
    """DuckDB reads '?' as the begin of options, and would open another file; other marks are part of the name."""
    for name in ("a?b.duckdb", "a\udcff.duckdb"):
        with pytest.raises(WarehouseError, match="has no '\\?' in it"):
            Warehouse(tmp_path / name)
    with Warehouse(tmp_path / "w[1]* é.duckdb").writing() as con:
        assert con.execute("SELECT count(*) > 0 FROM flavor").fetchall() == [(True,)]
    assert (tmp_path / "w[1]* é.duckdb").exists()
