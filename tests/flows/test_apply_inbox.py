"""The inbox: what becomes of each file that is put into it. Here a stand-in carries out; Prefect is not asked."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from data.lifecycle.approval import Approval
from data.warehouse.connection import WarehouseError
from flows import apply_inbox as module
from flows.apply import Done
from flows.apply_inbox import Handled, Inbox, InboxError, apply_inbox, page_of
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle import steps
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.lifecycle.steps import ExecutionContext
from flows.runs import approval
from flows.settings import Settings
from support.fakes import numbers

IMPORT = """
actor: acme
region: eu-west-0
actions:
  - {action: import_image, name: web, file: disk.raw, image_type: system_disk, min_disk_gb: 10}
"""
SHARES = "image,tenants,actor,region\nweb,umbrella,acme,eu-west-0\nweb,initech,acme,eu-west-1\n"
DELETE = """
actor: acme
region: eu-west-0
actions:
  - {action: delete_image, image: web}
"""


@dataclass
class Desk:
    """Somebody who puts files into an inbox, and what Prefect is asked for."""

    context: ExecutionContext
    inbox: Inbox
    runs: dict[str, SimpleNamespace] = field(default_factory=dict)
    started: list[dict[str, Any]] = field(default_factory=list)
    told: list[Handled] = field(default_factory=list)
    later: timedelta = timedelta(seconds=10)

    def puts(self, name: str, text: str) -> Path:
        """Put a file into the inbox."""
        self.inbox.make()
        file = self.inbox.folder / name
        file.write_text(text)
        return file

    def run(self) -> dict[str, str]:
        """Let a run deal with the inbox; what became of each file."""
        return {one["file"]: one["became"] for one in asyncio.run(apply_inbox.fn())}

    def ends_run(self, name: str, message: str = "") -> None:
        """Let the runs that ask a person come to an end."""
        for run in self.runs.values():
            run.state = SimpleNamespace(is_final=lambda: True, name=name, message=message)

    def in_folder(self, name: str) -> list[str]:
        """The names of the files in a folder of the inbox."""
        return sorted(file.name for file in (self.inbox.folder / name).iterdir())

    def report(self, path: str) -> str:
        """The report beside a file."""
        return (self.inbox.folder / f"{path}.report.md").read_text()

    def log(self) -> list[tuple[str, str]]:
        """The verdict and action of all that was asked."""
        with self.context.warehouse.reading() as con:
            return con.execute("SELECT action, verdict FROM action_log ORDER BY action, line").fetchall()


@pytest.fixture
def desk(tmp_path: Path, quick_context: ExecutionContext, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose files count as left alone, with one small disk to import."""
    here = Settings(home=tmp_path)
    context = replace(quick_context, cloud=LocalCloud(here.images, here.keys))
    desk = Desk(context, Inbox(tmp_path / "inbox"))
    desk.inbox.make()
    (desk.inbox.folder / "disk.raw").write_bytes(bytes(2**20))

    async def carry_out(work: PreparedBatch, *, may_wait: bool) -> Done:
        if approval.question(work, context) is not None:
            raise approval.ApprovalNeeded("a person must agree")
        summary = steps.apply(work, context)
        already = summary.done + summary.denied if work.batch_id in carried else 0
        carried.add(work.batch_id)
        return {
            "batch_id": work.batch_id,
            "done": summary.done,
            "denied": summary.denied,
            "failed": summary.failed,
            "already": already,
            "exit_code": summary.exit_code,
        }

    async def run_of(key: str) -> SimpleNamespace | None:
        return desk.runs.get(key)

    async def start(parameters: dict[str, str], key: str) -> SimpleNamespace:
        desk.started.append(parameters)
        run = SimpleNamespace(id=uuid4(), name="wise-owl", state=SimpleNamespace(is_final=lambda: False))
        return desk.runs.setdefault(key, run)

    async def tell(handled: Sequence[Handled]) -> None:
        desk.told = list(handled)

    carried: set[str] = set()
    monkeypatch.setattr(module, "settings", lambda: here)
    monkeypatch.setattr(module, "execution_context", lambda settings: context)
    monkeypatch.setattr(steps, "now", lambda: datetime.now(UTC) + desk.later)
    monkeypatch.setattr(module, "carry_out", carry_out)
    monkeypatch.setattr(module, "_run_of", run_of)
    monkeypatch.setattr(module, "started", start)
    monkeypatch.setattr(module, "_tell", tell)
    return desk


def test_files_are_carried_out_in_order_and_put_away(desk: Desk) -> None:
    """YAML, then a CSV named after its action; denials are done; each has a report beside it."""
    desk.puts("share_image.2026-11.csv", SHARES)
    desk.puts("10-import.yaml", IMPORT)
    assert desk.run() == {"10-import.yaml": "done", "share_image.2026-11.csv": "done"}
    assert desk.log() == [("import_image", "allowed"), ("share_image", "allowed"), ("share_image", "denied")]
    assert desk.in_folder("done") == [
        "10-import.yaml",
        "10-import.yaml.report.md",
        "share_image.2026-11.csv",
        "share_image.2026-11.csv.report.md",
    ]
    assert "share.other-region" in desk.report("done/share_image.2026-11.csv")
    assert (desk.inbox.folder / "disk.raw").exists()
    assert desk.run() == {}


def test_what_is_malformed_is_refused_and_stops_nobody(desk: Desk) -> None:
    """The report says what is wrong; the files after it are carried out."""
    desk.puts("1.yaml", "actions: [{action: fly}]")
    desk.puts("2.json", "{")
    desk.puts("fly.csv", "image\nweb\n")
    desk.puts("share_image.csv", "image,colour\nweb,red\n")
    desk.puts("z.yaml", IMPORT)
    refused = dict.fromkeys(("1.yaml", "2.json", "fly.csv", "share_image.csv"), "refused")
    assert desk.run() == refused | {"z.yaml": "done"}
    assert "there is no action 'fly'" in desk.report("refused/1.yaml")
    assert "name the file after its action, such as share_image.2026-11.csv" in desk.report("refused/fly.csv")
    assert "colour" in desk.report("refused/share_image.csv")
    assert "Correct it, then move it back into inbox/" in desk.report("refused/2.json")


def test_what_fails_can_be_moved_back(desk: Desk) -> None:
    """A file with failed lines goes to failed/; moved back, what failed is tried again."""
    desk.puts("a.yaml", IMPORT)
    assert desk.run() == {"a.yaml": "done"}
    (kept,) = (desk.inbox.folder.parent / "images").glob("*/blobs/*/*")
    kept.rename(desk.inbox.folder.parent / "kept")
    desk.puts("b.yaml", DELETE.replace("delete_image, image: web", "export_image, image: web, file: out.raw"))
    assert desk.run() == {"b.yaml": "failed"}
    assert "not in the image store" in desk.report("failed/b.yaml")
    assert "move the file back into inbox/" in desk.report("failed/b.yaml")
    (desk.inbox.folder.parent / "kept").rename(kept)
    (desk.inbox.folder / "failed" / "b.yaml").rename(desk.inbox.folder / "b.yaml")
    assert desk.run() == {"b.yaml": "done"}
    assert (desk.inbox.folder / "out.raw").stat().st_size == 2**20


def test_a_file_that_is_being_written_is_left_alone(desk: Desk) -> None:
    """So are hidden files, files that end in .part, and other files; a future date changes nothing."""
    young = desk.puts("young.yaml", IMPORT)
    os.utime(young, (0, 0))
    for name in (".hidden.yaml", "half.yaml.part", "notes.txt"):
        desk.puts(name, IMPORT)
    desk.later = timedelta(seconds=1)
    assert desk.run() == {}
    desk.later = timedelta(seconds=10)
    os.utime(young, (4e9, 4e9))
    assert desk.run() == {"young.yaml": "done"}


def test_a_name_that_is_taken_gets_the_time(desk: Desk) -> None:
    """Nothing that was put away is overwritten, and a CSV still begins with its action."""
    names = []
    for shares in (SHARES, SHARES.replace("umbrella", "hooli"), SHARES.replace("umbrella", "wayne")):
        desk.puts("share_image.csv", shares)
        assert desk.run() == {"share_image.csv": "done"}
        names = [name for name in desk.in_folder("done") if name.endswith(".csv")]
    assert len(names) == 3
    assert all(name.startswith("share_image.") for name in names)
    assert all((desk.inbox.folder / "done" / f"{name}.report.md").exists() for name in names)


def test_a_run_that_was_killed_before_the_move_is_finished(desk: Desk) -> None:
    """Applying again does nothing twice; the file is put away by the next run."""
    for _ in range(2):
        desk.puts("a.yaml", IMPORT)
        assert desk.run() == {"a.yaml": "done"}
    assert desk.log() == [("import_image", "allowed")]
    second = next(name for name in desk.in_folder("done") if name.startswith("a.2") and name.endswith(".yaml"))
    assert "was applied before, so nothing was left to do" in desk.report(f"done/{second}")


def test_what_nobody_thought_of_stops_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file stays where it is and the run fails in the end; the others are carried out."""
    real = module.opened

    def opened(file: Path) -> PreparedBatch:
        if file.name == "1.yaml":
            raise RuntimeError("out of luck")
        return real(file)

    monkeypatch.setattr(module, "opened", opened)
    desk.puts("1.yaml", IMPORT)
    desk.puts("2.yaml", IMPORT)
    with pytest.raises(InboxError, match=r"1\.yaml: RuntimeError: out of luck"):
        desk.run()
    assert [one["became"] for one in desk.told] == ["left", "done"]
    assert (desk.inbox.folder / "1.yaml").exists()


def test_a_warehouse_that_is_busy_ends_the_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other file would fare better: all are left for the next run."""

    def opened(file: Path) -> PreparedBatch:
        raise WarehouseError("the warehouse is busy")

    monkeypatch.setattr(module, "opened", opened)
    desk.puts("1.yaml", IMPORT)
    desk.puts("2.yaml", IMPORT)
    with pytest.raises(InboxError, match="the next run tries again"):
        desk.run()
    assert [one["file"] for one in desk.told] == ["1.yaml"]


def test_what_needs_approval_waits_in_its_place(desk: Desk) -> None:
    """One run is started to ask; while it goes on the file stays; what was agreed to is put away as done."""
    desk.puts("a.yaml", IMPORT)
    desk.run()
    file = desk.puts("b.yaml", DELETE)
    with numbers(approve_deletes=0):
        assert desk.run() == {"b.yaml": "waits"}
        assert desk.run() == {"b.yaml": "waits"}
        assert desk.started == [{"batch": str(file)}]
        assert "wise-owl" in desk.told[0]["said"]
        steps.apply(module.opened(file), replace(desk.context, approval=Approval("jane", "they are old")))
        desk.ends_run("Completed")
        assert desk.run() == {"b.yaml": "done"}
    assert ("delete_image", "allowed") in desk.log()


def test_what_a_person_refused_is_done_with_denials(desk: Desk) -> None:
    """Its report says who refused it and why."""
    desk.puts("a.yaml", IMPORT)
    desk.run()
    file = desk.puts("b.yaml", DELETE)
    with numbers(approve_deletes=0):
        assert desk.run() == {"b.yaml": "waits"}
        steps.refuse(module.opened(file), desk.context, Approval("jane", "we need it", granted=False))
        desk.ends_run("Completed")
        assert desk.run() == {"b.yaml": "done"}
    assert "jane refused it: we need it" in desk.report("done/b.yaml")


def test_what_nobody_approved_is_refused_and_may_be_asked_again(desk: Desk) -> None:
    """The report has the run's own words; moved back, the file is asked about anew."""
    desk.puts("a.yaml", IMPORT)
    desk.run()
    desk.puts("b.yaml", DELETE)
    with numbers(approve_deletes=0):
        assert desk.run() == {"b.yaml": "waits"}
        desk.ends_run("Failed", "The flow was paused and never resumed.")
        assert desk.run() == {"b.yaml": "refused"}
        assert "nobody approved it" in desk.report("refused/b.yaml")
        assert "never resumed" in desk.report("refused/b.yaml")
        assert "To ask again, move it back into inbox/" in desk.report("refused/b.yaml")
        (desk.inbox.folder / "refused" / "b.yaml").rename(desk.inbox.folder / "b.yaml")
        assert desk.run() == {"b.yaml": "waits"}
    assert len(desk.started) == 2
    assert desk.log() == [("import_image", "allowed")]


def test_a_csv_that_needs_approval_says_its_action(desk: Desk) -> None:
    """The run that asks is told which action the rows are."""
    desk.puts("a.yaml", IMPORT)
    desk.run()
    file = desk.puts("delete_image.old.csv", "image,actor,region\nweb,acme,eu-west-0\n")
    with numbers(approve_deletes=0):
        assert desk.run() == {"delete_image.old.csv": "waits"}
    assert desk.started == [{"batch": str(file), "kind": "delete_image"}]


def test_the_page_has_a_row_a_file() -> None:
    """Whatever is in a name or a message, the table stays one."""
    page = page_of([{"file": "a|b.yaml", "became": "refused", "batch_id": None, "said": "one\ntwo | three"}])
    assert page.splitlines()[-1] == "| a\\|b.yaml | refused | one<br>two \\| three |"


def test_a_link_is_refused_and_not_followed(desk: Desk, tmp_path: Path) -> None:
    """The link is put away, with a report that has nothing of what it leads to; what it leads to stays."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("password: secret")
    desk.inbox.make()
    for name, target in (("a.yaml", outside), ("b.yaml", tmp_path / "nowhere.yaml")):
        (desk.inbox.folder / name).symlink_to(target)
    assert desk.run() == {"a.yaml": "refused", "b.yaml": "refused"}
    assert "it is a symbolic link" in desk.report("refused/a.yaml")
    assert "secret" not in desk.report("refused/a.yaml")
    assert (desk.inbox.folder / "refused" / "a.yaml").is_symlink()
    assert outside.read_text() == "password: secret"


@pytest.mark.parametrize("text", ["password: secret", IMPORT])
def test_a_file_that_becomes_a_link_is_not_taken_for_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Swapped while it is read, and swapped back: nothing is carried out, and nothing of the other file is told."""
    real = module.opened

    def opened(file: Path) -> PreparedBatch:
        file.rename(tmp_path / "kept")
        file.symlink_to(tmp_path / "outside.yaml")
        try:
            return real(file)
        finally:
            (tmp_path / "kept").rename(file)

    (tmp_path / "outside.yaml").write_text(text)
    monkeypatch.setattr(module, "opened", opened)
    desk.puts("a.yaml", IMPORT)
    assert desk.run() == {"a.yaml": "gone"}
    assert "the next run handles" in desk.told[0]["said"]
    assert desk.log() == []
    assert [desk.in_folder(name) for name in ("done", "refused", "failed")] == [[], [], []]
    monkeypatch.setattr(module, "opened", real)
    assert desk.run() == {"a.yaml": "done"}


def test_a_batch_that_is_replaced_while_it_is_carried_out_is_for_the_next_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is not put away as if it had been carried out."""
    real = module.outcome_of
    second = IMPORT.replace("name: web", "name: second")

    def outcome_of(work: PreparedBatch, *said: Any) -> Any:
        desk.puts("a.yaml", second)
        return real(work, *said)

    desk.puts("a.yaml", IMPORT)
    monkeypatch.setattr(module, "outcome_of", outcome_of)
    assert desk.run() == {"a.yaml": "gone"}
    assert desk.told[0]["said"].startswith("done (batch ")
    assert (desk.inbox.folder / "a.yaml").read_text() == second
    monkeypatch.setattr(module, "outcome_of", real)
    assert desk.run() == {"a.yaml": "done"}
    assert len(desk.log()) == 2


def test_a_pipe_in_the_inbox_holds_nobody_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that lies there is no batch; one that takes the place of a batch is not read."""
    real = module.opened

    def opened(file: Path) -> PreparedBatch:
        file.unlink()
        os.mkfifo(file)
        return real(file)

    desk.inbox.make()
    os.mkfifo(desk.inbox.folder / "pipe.yaml")
    assert desk.run() == {}
    monkeypatch.setattr(module, "opened", opened)
    desk.puts("a.yaml", IMPORT)
    assert desk.run() == {"a.yaml": "gone"}


@pytest.mark.parametrize("name", ["done", "refused", "failed"])
def test_nothing_is_put_away_outside_the_inbox(desk: Desk, tmp_path: Path, name: str) -> None:
    """Where one of its folders is a link, nothing is carried out, and the run says what to do."""
    desk.puts("a.yaml", IMPORT)
    (desk.inbox.folder / name).rmdir()
    (tmp_path / "outside").mkdir()
    (desk.inbox.folder / name).symlink_to(tmp_path / "outside")
    with pytest.raises(InboxError, match=f"{name} is a symbolic link or a file: replace it by a folder"):
        desk.run()
    assert list((tmp_path / "outside").iterdir()) == []
    assert desk.log() == []


def test_a_folder_that_becomes_a_link_meanwhile_gets_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch stays where it is, and is put away once the folder is one again."""
    real = module.outcome_of
    done = desk.inbox.folder / "done"

    def swapping(*said: Any) -> Any:
        done.rename(tmp_path / "outside")
        done.symlink_to(tmp_path / "outside")
        return real(*said)

    monkeypatch.setattr(module, "outcome_of", swapping)
    file = desk.puts("a.yaml", IMPORT)
    with pytest.raises(InboxError, match=r"a\.yaml: .*'done' is a symbolic link"):
        desk.run()
    assert list((tmp_path / "outside").iterdir()) == []
    assert file.exists()


def test_a_name_that_a_link_has_is_taken(desk: Desk, tmp_path: Path) -> None:
    """A link that leads nowhere is not replaced either, nor is a report written where it leads."""
    desk.puts("a.yaml", IMPORT)
    for name in ("a.yaml", "a.yaml.report.md"):
        (desk.inbox.folder / "done" / name).symlink_to(tmp_path / "nowhere")
    assert desk.run() == {"a.yaml": "done"}
    assert (desk.inbox.folder / "done" / "a.yaml").is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert len(desk.in_folder("done")) == 4
