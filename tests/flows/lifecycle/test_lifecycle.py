"""Gather, judge, act, record: in that order, and right also when a cloud fails or things change meanwhile."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.lifecycle import action_log
from data.warehouse.connection import Warehouse
from domain.cloud import (
    CopyBytes,
    ExportFile,
    Failed,
    FileFacts,
    FolderFile,
    ImportFile,
    InUse,
    Order,
    Progress,
    Release,
    Stored,
)
from domain.ids import made_id
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.planning import plan
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, Summary, apply, begin
from support.fakes import FILES, Clock, FakeCloud

Step = dict[str, Any]
PreparedBatch = Callable[..., ActionBatch]
Lines = list[dict[str, Any]]
CHANGED = "things changed while this was judged; apply the batch again"


def disk(name: str = "web", **said: Any) -> Step:
    """An import of a system disk."""
    step = {"action": "import_image", "name": name, "file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 10}
    return step | said


def on(action: str, image: str = "web", **said: Any) -> Step:
    """An action on an image."""
    return {"action": action, "image": image} | said


def launch(image: str = "web", name: str = "server") -> Step:
    """A start of a server."""
    return on("launch_server", image, name=name, flavor="s3.large.2")


def lines(context: ExecutionContext, work: ActionBatch) -> Lines:
    """The lines of a batch as they stand."""
    with context.warehouse.reading() as con:
        return list(action_log.lines(con, work.batch_id))


def outcomes(context: ExecutionContext, work: ActionBatch) -> list[str | None]:
    """What became of each line: an outcome, or the rules that denied it."""
    return [line["outcome"] or " ".join(line["denied_by"]) for line in lines(context, work)]


def images(context: ExecutionContext) -> list[tuple[Any, ...]]:
    """Name, region and status of every image."""
    with context.warehouse.reading() as con:
        return con.execute("SELECT name, region, status FROM image ORDER BY created_at, image_id").fetchall()


class Witness(FakeCloud):
    """A cloud that writes down what it is asked, in order, and lets something happen while it works."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.meanwhile: Callable[[], object] | None = None

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Look, and remember."""
        self.seen.append("look")
        return super().inspect_file(file)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Stored | Failed]:
        """Let something happen once, then carry out."""
        self.seen.append("act")
        answers = list(super().carry_out(orders, progress))
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        yield from answers

    def clean_up(self, in_use: InUse) -> Collection[str]:
        """Settle, and remember."""
        self.seen.append("settle")
        return super().clean_up(in_use)


@pytest.fixture
def cloud() -> Witness:
    """A cloud that sees in which order things happen."""
    return Witness()


class SeenWarehouse(Warehouse):
    """A warehouse that notes for the witness when it is read and written."""

    witness: Witness

    def writing(self) -> Any:
        """Note it, and write."""
        self.witness.seen.append("write")
        return super().writing()

    def reading(self) -> Any:
        """Note it, and read."""
        self.witness.seen.append("read")
        return super().reading()


def test_the_steps_follow_one_another(tmp_path: Path, cloud: Witness, clock: Clock, work: PreparedBatch) -> None:
    """Where bytes move: gather and judge, act, gather and judge again and record, settle. Else: all in one turn."""
    warehouse = SeenWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.witness = cloud
    context = ExecutionContext(warehouse, cloud, clock)
    with warehouse.writing():
        cloud.seen.clear()
    apply(work([disk()]), context)
    assert cloud.seen == ["settle", "write", "read", "look", "act", "write", "look", "settle", "read"]
    cloud.seen.clear()
    apply(work([on("deprecate_image"), on("share_image", tenants=["umbrella"])]), context)
    assert cloud.seen == ["settle", "write", "write", "read"]


def test_nobody_waits_while_bytes_move(context: ExecutionContext, cloud: Witness, work: PreparedBatch) -> None:
    """While the cloud works, another process can write to the warehouse."""
    others = Warehouse(context.warehouse.path, timeout_s=0.5)
    cloud.meanwhile = lambda: apply(work([disk("other")], actor="umbrella"), replace(context, warehouse=others))
    assert apply(work([disk()]), context).done == 1
    assert sorted(name for name, *_ in images(context)) == ["other", "web"]


def test_only_what_is_allowed_is_ordered(context: ExecutionContext, cloud: Witness, work: PreparedBatch) -> None:
    """The cloud gets an order for each allowed request that moves bytes, and none for the others."""
    steps = [
        disk(),
        disk("bad", file="trap.qcow2"),
        on("copy_image", to_region="eu-west-1"),
        on("export_image", file="out.raw"),
        on("copy_image", image="none"),
        launch(),
        on("delete_image"),
    ]
    assert apply(work(steps), context) == Summary(work(steps).batch_id, done=5, denied=2, failed=0)
    assert [type(order) for order in cloud.orders] == [ImportFile, CopyBytes, ExportFile, Release]


def test_a_summary_counts_lines(context: ExecutionContext, work: PreparedBatch) -> None:
    """An action on three tenants is three lines; the exit code tells the worst."""
    steps = [disk(), on("share_image", tenants=["umbrella", "acme", "initech"])]
    summary = apply(work(steps), context)
    assert (summary.done, summary.denied, summary.failed, summary.already, summary.exit_code) == (3, 1, 0, 0, 3)
    assert apply(work(steps), context) == replace(summary, already=4)
    assert Summary("b", done=1, denied=0, failed=0).exit_code == 0
    assert Summary("b", done=1, denied=1, failed=1).exit_code == 4


def test_what_fails_at_the_cloud_is_told_and_the_rest_is_done(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch
) -> None:
    """A failed order is a failed line with its reason; it leaves no image, and holds nobody else up."""
    cloud.broken.add("disk.qcow2")
    batch = work([disk(), disk("broken", file="disk.qcow2"), disk("third"), on("share_image", tenants=["umbrella"])])
    summary = apply(batch, context)
    assert (summary.done, summary.failed, summary.exit_code) == (3, 1, 4)
    assert outcomes(context, batch) == ["done", "failed", "done", "done"]
    assert lines(context, batch)[1]["error"] == "disk.qcow2 is broken"
    assert lines(context, batch)[1]["verdict"] == "allowed"
    assert [name for name, *_ in images(context)] == ["web", "third"]


def test_what_failed_is_tried_again_and_nothing_else(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch, clock: Clock
) -> None:
    """Applied again, a batch does what failed before; what was done or denied stays as it is."""
    cloud.broken.add("disk.qcow2")
    batch = work([disk(), disk("broken", file="disk.qcow2"), on("delete_image", image="none")])
    apply(batch, context)
    ordered = len(cloud.orders)
    clock.pass_by(minutes=5)
    assert apply(batch, context).exit_code == 4
    cloud.broken.clear()
    clock.pass_by(minutes=5)
    summary = apply(batch, context)
    assert (summary.done, summary.denied, summary.failed, summary.already) == (2, 1, 0, 2)
    assert [order.row for order in cloud.orders[ordered:]] == [2, 2]
    with context.warehouse.reading() as con:
        logged = con.execute("SELECT line, outcome FROM action_log ORDER BY line, finished_at").fetchall()
    assert logged == [(1, "done"), (2, "failed"), (2, "failed"), (2, "done"), (3, None)]


def test_a_cloud_that_breaks_down_leaves_what_was_done(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch
) -> None:
    """An error that no cloud may raise ends the run; what was recorded stays, and the next run goes on from there."""

    def breaks() -> None:
        raise ZeroDivisionError

    batch = work(
        [disk(), on("deprecate_image"), on("copy_image", to_region="eu-west-1"), on("share_image", tenants=["b"])]
    )
    chunks, _ = begin(batch, context)
    assert [group.action for group in chunks[0].groups] == [
        "import_image",
        "deprecate_image",
        "copy_image",
        "share_image",
    ]
    lifecycle.carry_out(batch, lifecycle.Chunk(chunks[0].groups[:2]), context)
    cloud.meanwhile = breaks
    with pytest.raises(ZeroDivisionError):
        apply(batch, context)
    assert outcomes(context, batch) == ["done", "done"]
    assert apply(batch, context) == Summary(batch.batch_id, done=4, denied=0, failed=0, already=2)
    assert len(images(context)) == 2


def test_a_denial_may_come_while_bytes_move(context: ExecutionContext, cloud: Witness, work: PreparedBatch) -> None:
    """What was allowed is judged again when it is recorded: if its image is gone by then, it is denied, and unused."""
    apply(work([disk(), on("share_image", tenants=["umbrella"])]), context)
    apply(work([on("accept_share")], actor="umbrella"), context)
    settled = cloud.settled
    cloud.meanwhile = lambda: apply(work([on("unshare_image", tenants=["umbrella"])]), context)
    batch = work([on("copy_image", name="mine")], actor="umbrella")
    assert apply(batch, context).exit_code == 3
    assert outcomes(context, batch) == ["image.unknown"]
    assert [type(order) for order in cloud.orders] == [ImportFile, CopyBytes]
    assert images(context) == [("web", "eu-west-0", "active")]
    assert cloud.settled > settled + 1


def test_an_allowance_may_come_while_bytes_move(context: ExecutionContext, cloud: Witness, work: PreparedBatch) -> None:
    """What is allowed only by then was not ordered: it fails, says so, and is done when applied again."""
    apply(work([disk(), on("share_image", tenants=["umbrella"])]), context)
    cloud.meanwhile = lambda: apply(work([on("accept_share")], actor="umbrella"), context)
    batch = work([on("copy_image", name="mine")], actor="umbrella")
    assert apply(batch, context).exit_code == 4
    assert lines(context, batch)[0]["error"] == CHANGED
    assert apply(batch, context).exit_code == 0


def test_what_was_stored_of_another_thing_is_not_used(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch
) -> None:
    """If the server has another system by the time it is captured, the bytes of the old one are not taken for it."""
    apply(work([disk(), disk("other", file="disk.qcow2"), launch()]), context)
    change = {"action": "change_os", "server": "server", "image": "other"}
    cloud.meanwhile = lambda: apply(work([change]), context)
    batch = work([{"action": "capture_server", "server": "server", "name": "shot", "image_type": "system_disk"}])
    assert apply(batch, context).exit_code == 4
    assert lines(context, batch)[0]["error"] == CHANGED
    assert apply(batch, context).exit_code == 0
    with context.warehouse.reading() as con:
        ((blob, disk_format),) = con.execute("SELECT blob, disk_format FROM image WHERE name = 'shot'").fetchall()
    assert cloud.blobs[blob] == FILES["disk.qcow2"]
    assert disk_format == "qcow2"


def test_neighbours_that_come_to_touch_the_same_thing_are_not_lost(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch
) -> None:
    """What only the second judgement finds to be the neighbour's business is carried out in the next round."""
    apply(work([disk("one"), disk("two")]), context)
    cloud.meanwhile = lambda: apply(work([on("update_image", image="one", name="two")]), context)
    with context.warehouse.reading() as con:
        ((one,),) = con.execute("SELECT image_id FROM image WHERE name = 'one'").fetchall()
    batch = work([on("delete_image", image=one), on("delete_image", image="two")])
    assert apply(batch, context) == Summary(batch.batch_id, done=2, denied=0, failed=0)
    assert [status for *_, status in images(context)] == ["deleted", "deleted"]


def test_a_plan_is_made_as_if_all_went_well(context: ExecutionContext, cloud: Witness, work: PreparedBatch) -> None:
    """A plan judges later actions by what earlier ones would make, files that would be written among them."""
    cloud.broken.add("disk.raw")
    steps = [
        disk() | {"as": "web"},
        on("export_image", image="$web", file="out.raw"),
        disk("again", file="out.raw"),
        disk("third", file="gone.raw"),
        on("delete_image", image="$web"),
        launch("$web"),
    ]
    batch = work(steps)
    said = plan(batch, context)
    assert [" ".join(line["denied_by"]) for line in said] == ["", "", "", "import.file-missing", "", "image.unknown"]
    assert {line["outcome"] for line in said} == {None}
    assert cloud.orders == []
    assert lines(context, batch) == []


def test_a_plan_of_what_was_begun_tells_all_of_it(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch
) -> None:
    """Lines that are done are told as they were judged; what failed is planned again."""
    cloud.broken.add("disk.qcow2")
    batch = work([disk(), disk("broken", file="disk.qcow2"), on("delete_image", image="none")])
    apply(batch, context)
    assert [line["verdict"] for line in plan(batch, context)] == ["allowed", "allowed", "denied"]


def test_progress_is_told_in_lines_and_bytes(context: ExecutionContext, cloud: Witness, work: PreparedBatch) -> None:
    """Who listens hears of every line once, and of the bytes as they move."""
    heard: list[tuple[int, int]] = []
    listening = replace(context, on_progress=lambda settled, moved: heard.append((settled, moved)))
    apply(
        work([disk(), disk("other"), on("share_image", tenants=["b", "c"]), on("delete_image", image="none")]),
        listening,
    )
    assert [sum(part) for part in zip(*heard, strict=True)] == [5, len(cloud.orders)]


def test_long_batches_go_chunk_by_chunk(
    monkeypatch: pytest.MonkeyPatch, context: ExecutionContext, work: PreparedBatch
) -> None:
    """However a batch is cut into chunks, it comes to the same."""
    steps = [
        disk(),
        *(on("share_image", tenants=[f"tenant-{n}"]) if n % 2 else on("deprecate_image") for n in range(9)),
    ]
    monkeypatch.setattr(lifecycle, "CHUNK", 4)
    batch = work(steps)
    chunks, _ = begin(batch, context)
    assert [chunk.size for chunk in chunks] == [4, 4, 2]
    assert apply(batch, context) == Summary(batch.batch_id, done=10, denied=0, failed=0)


def test_the_same_batch_makes_the_same_ids(context: ExecutionContext, work: PreparedBatch, clock: Clock) -> None:
    """A batch is known by its content: taken up later, it makes what it would have made, not a second one."""
    batch = work([disk(), on("copy_image", name="copy")])
    begun_at = clock.now
    begin(batch, context)
    clock.pass_by(hours=3)
    apply(batch, context)
    with context.warehouse.reading() as con:
        made = con.execute("SELECT image_id FROM image ORDER BY 1").fetchall()
        begun = con.execute("SELECT begun_at, requests FROM batch").fetchall()
    assert sorted(made) == sorted((made_id(batch.batch_id, begun_at, seq),) for seq in (1, 2))
    assert begun == [(begun_at, 2)]


def test_what_waits_for_what_failed_is_judged_again(
    context: ExecutionContext, cloud: Witness, work: PreparedBatch, clock: Clock
) -> None:
    """What was denied an image that failed to be made is judged again once that is made; other denials are not."""
    batch = work(
        [
            disk() | {"as": "web"},
            {"action": "share_image", "image": "$web", "tenants": ["umbrella"]},
            {"action": "share_image", "image": "$web", "tenants": ["umbrella"], "region": "eu-west-1"},
        ]
    )
    cloud.broken.add("disk.raw")
    first = apply(batch, context)
    assert (first.done, first.denied, first.failed) == (0, 2, 1)
    cloud.broken.clear()
    clock.pass_by(minutes=1)
    second = apply(batch, context)
    assert (second.done, second.denied, second.failed, second.already) == (2, 1, 0, 0)
    clock.pass_by(minutes=1)
    third = apply(batch, context)
    assert (third.done, third.denied, third.failed, third.already) == (2, 1, 0, 3)
