"""The four steps, plain Python: gather, judge, act, record.

What a cloud does by being written down is gathered, judged and recorded in one transaction. Where
bytes must move, a first judgement says which orders to give; they are carried out while nobody
waits for the warehouse; then what has changed meanwhile is judged again, in the transaction that
records. What was stored for a request that is denied by then, or of something that is another by
then, is dropped.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from data.billing.quotes import LaunchCost, quotes
from data.lifecycle import action_log, approval, batches, denials, orders, outcomes
from data.lifecycle.approval import Approval, Consequence
from data.lifecycle.blobs import blobs_in_use
from data.lifecycle.gather import gather, running_counts_of
from data.lifecycle.requests import keep
from data.warehouse.connection import Warehouse
from domain.actions import READING, WRITING
from domain.cloud import Cloud, Failed, FileFacts, FolderFile, Order, Refused, Stored
from domain.policy import profiles
from domain.policy.denials import CLOUD_CANNOT
from domain.policy.engine import Policy
from domain.policy.rules import rules_of
from flows.batches.yaml_files import is_url
from flows.clouds.inside_folder import inside
from flows.lifecycle.orders import orders_of
from flows.lifecycle.prepared_batch import Group, GroupLimit, PreparedBatch

OnProgress = Callable[[int, int], None]
"""Told of progress: so many lines more are settled, so many bytes more have been moved."""

CHUNK = 500
"""How many requests share a Prefect task at least, and a transaction where no bytes move."""

MOST_CHUNKS = 20
"""How many chunks a batch has at most: telling Prefect of one takes as long as carrying out hundreds of requests."""

MOST_MOVES, MOST_CALLS = 50, 200
"""How many requests that move bytes, or are one call of a cloud's API each, are carried out between two writes: as many
may have to be done again when the process dies."""


def now() -> datetime:
    """The time, where nobody sets another clock."""
    return datetime.now(UTC)


def no_progress(lines: int, moved: int) -> None:
    """Told of progress, where nobody watches."""


@dataclass(frozen=True)
class ExecutionContext:
    """What carrying out a batch needs: where to remember, which cloud to act on, and what time it is."""

    warehouse: Warehouse
    cloud: Cloud
    clock: Callable[[], datetime] = now
    flow_run_id: str | None = None
    on_progress: OnProgress = no_progress
    approval: Approval | None = None

    def clean_up(self) -> list[str]:
        """Drop stored bytes that nothing uses, of this process and of any that died; name what was dropped."""
        return list(self.cloud.clean_up(self._in_use))

    def _in_use(self, region: str, blobs: Collection[str]) -> set[str]:
        with self.warehouse.reading() as con:
            return blobs_in_use(con, region, blobs)


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a batch, in lines; ``already`` of them were settled before this run."""

    batch_id: str
    done: int
    denied: int
    failed: int
    already: int = 0

    @property
    def exit_code(self) -> int:
        """0 all done, 3 some denied, 4 some failed."""
        return 4 if self.failed else 3 if self.denied else 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring groups that are carried out in one go."""

    groups: Sequence[Group]

    @property
    def size(self) -> int:
        """How many requests there are, at most."""
        return sum(group.size for group in self.groups)

    def asks(self, cloud: Cloud) -> bool:
        """Whether something must happen at the cloud, besides being written down."""
        return any(orders.needs_cloud(group.action, manages_images=cloud.manages_images) for group in self.groups)


def begin(prepared: PreparedBatch, context: ExecutionContext) -> tuple[list[Chunk], int]:
    """Write the batch down, and clear up after processes that died.

    Returns:
        The chunks left to do, and how many lines need nothing more.
    """
    context.clean_up()
    moment = context.clock()
    with context.warehouse.writing() as con:
        batch = batches.begin(con, prepared.record(moment))
        finished = batches.finished_lines(con, batch.batch_id)
    groups = prepared.groups(batch.begun_at, moment, finished, _group_limit(context.cloud))
    return list(_chunks([*groups])), len(finished)


def apply(prepared: PreparedBatch, context: ExecutionContext) -> Summary:
    """Carry out a batch, from wherever it was left."""
    chunks, already = begin(prepared, context)
    for chunk in chunks:
        carry_out(prepared, chunk, context)
    return summary(prepared, context, already)


def carry_out(prepared: PreparedBatch, chunk: Chunk, context: ExecutionContext) -> None:
    """Gather, judge, act and record one chunk of a batch."""
    for asking, groups in groupby(chunk.groups, key=lambda group: Chunk([group]).asks(context.cloud)):
        if asking:
            for group in groups:
                _act_and_record(prepared, group, context)
        else:
            _record_only(prepared, list(groups), context)


def plan(prepared: PreparedBatch, context: ExecutionContext) -> list[dict[str, Any]]:
    """What would become of each line: the same steps in a transaction that is rolled back, with no byte moved.

    A launch that would be done has its ``cost``; all other lines have None there.
    """
    with _planned(prepared, context) as (con, costs):
        return [
            line | {"outcome": None, "cost": costs.get(line["seq"])}
            for line in action_log.lines(con, prepared.batch_id)
        ]


def consequences(prepared: PreparedBatch, context: ExecutionContext) -> list[Consequence]:
    """What of a batch cannot be undone, were it carried out now; nothing is done."""
    since = context.clock()
    with _planned(prepared, context) as (con, _):
        return approval.consequences(con, prepared.batch_id, since)


def refuse(prepared: PreparedBatch, context: ExecutionContext, refused: Approval) -> None:
    """Write down that a person refused what is left of a batch: each line is denied, nothing is done."""
    with context.warehouse.writing() as con:
        moment = context.clock()
        batch = batches.begin(con, prepared.record(moment))
        inspector = FileInspector(context.cloud, prepared.folder)
        for group in prepared.groups(batch.begun_at, moment, batches.finished_lines(con, batch.batch_id)):
            for _ in _rounds(con, prepared, group, inspector):
                denials.refuse(con, refused)
                outcomes.take_as_done(con)
                _record(con, prepared, group, replace(context, approval=refused))


@contextmanager
def _planned(
    prepared: PreparedBatch, context: ExecutionContext
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[int, LaunchCost]]]:
    """The warehouse as it would be with a batch done, and what its launches would cost; all of it is rolled back."""
    costs: dict[int, LaunchCost] = {}
    with suppress(_RolledBack), context.warehouse.writing() as con:
        moment = context.clock()
        # without its content, which nobody reads before it is rolled back
        batch = batches.begin(con, replace(prepared.record(moment), content=None))
        inspector = FileInspector(context.cloud, prepared.folder)
        for group in prepared.groups(batch.begun_at, moment, batches.finished_lines(con, batch.batch_id)):
            for _ in _rounds(con, prepared, group, inspector):
                outcomes.take_as_done(con, from_files=group.action in READING)
                if group.action in WRITING:
                    inspector.imagine(outcomes.exports(con))
                if group.action == "launch_server":
                    costs |= {cost.seq: cost for cost in quotes(con)}
                _record(con, prepared, group, context)
        yield con, costs
        raise _RolledBack


def summary(prepared: PreparedBatch, context: ExecutionContext, already: int = 0) -> Summary:
    """What became of a batch so far."""
    with context.warehouse.reading() as con:
        return summarize(con, prepared, already)


def summarize(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, already: int) -> Summary:
    """What became of a batch so far, on an open connection."""
    counts = action_log.counts(con, prepared.batch_id)
    return Summary(prepared.batch_id, counts.get("done", 0), counts.get("denied", 0), counts.get("failed", 0), already)


class _RolledBack(Exception):  # noqa: N818 - no error: it leaves the transaction without a trace
    pass


def _chunks(groups: Sequence[Group]) -> Iterator[Chunk]:
    enough = max(CHUNK, -(-sum(group.size for group in groups) // MOST_CHUNKS))
    waiting: list[Group] = []
    size = 0
    for group in groups:
        waiting.append(group)
        size += group.size
        if size >= enough:
            yield Chunk(waiting)
            waiting, size = [], 0
    if waiting:
        yield Chunk(waiting)


def _group_limit(cloud: Cloud) -> GroupLimit:
    """How many requests of an action go at once: all, where nothing must happen besides being written down."""

    def most(action: str) -> int | None:
        if not orders.needs_cloud(action, manages_images=cloud.manages_images):
            return None
        return MOST_CALLS if orders.is_single_call(action) else MOST_MOVES

    return most


def _record_only(prepared: PreparedBatch, groups: Sequence[Group], context: ExecutionContext) -> None:
    """Carry out what happens by being written down, in one transaction."""
    with context.warehouse.writing() as con:
        for group in groups:
            for _ in _rounds(con, prepared, group, FileInspector(context.cloud, prepared.folder)):
                outcomes.take_as_done(con)
                _record(con, prepared, group, context)
    context.on_progress(sum(group.size for group in groups), 0)


def _act_and_record(prepared: PreparedBatch, group: Group, context: ExecutionContext) -> None:
    """Carry out what the cloud is asked for: judge, act, then judge again and record."""
    start: int | None = 0
    while start is not None:
        wanted, left_out = _first_judgement(prepared, group, start, context)
        answers = list(context.cloud.carry_out(wanted, lambda moved: context.on_progress(0, moved)))
        with context.warehouse.writing() as con:
            _load(con, prepared, group, start)
            if left_out is not None:
                keep(con, before=left_out)
            left_out = (
                _gather_and_judge(con, prepared, group.action, FileInspector(context.cloud, prepared.folder))
                or left_out
            )
            same = {order.row for order in {*wanted} & {*_orders(con, prepared, group.action, context.cloud)}}
            outcomes.take_outcomes(
                con,
                [answer for answer in answers if isinstance(answer, Stored) and answer.row in same],
                [answer for answer in answers if isinstance(answer, Failed)],
                [answer for answer in answers if isinstance(answer, Refused)],
            )
            _record(con, prepared, group, context)
        context.clean_up()
        start = left_out
    context.on_progress(group.size, 0)


def _first_judgement(
    prepared: PreparedBatch, group: Group, start: int, context: ExecutionContext
) -> tuple[Sequence[Order], int | None]:
    """The orders for what is allowed as things stand, and the first row that must wait for these."""
    with context.warehouse.reading() as con:
        _load(con, prepared, group, start)
        left_out = _gather_and_judge(con, prepared, group.action, FileInspector(context.cloud, prepared.folder))
        return _orders(con, prepared, group.action, context.cloud), left_out


def _orders(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, action: str, cloud: Cloud) -> Sequence[Order]:
    """The orders for what has just been allowed."""
    return orders_of(action, orders.order_rows(con, action, manages_images=cloud.manages_images), prepared.folder)


def _rounds(
    con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, group: Group, inspector: "FileInspector"
) -> Iterator[None]:
    """Judge a group, as many of its requests at once as do not touch the same thing."""
    start: int | None = 0
    while start is not None:
        _load(con, prepared, group, start)
        start = _gather_and_judge(con, prepared, group.action, inspector)
        yield


def _load(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, group: Group, start: int) -> None:
    """Load what is left of a group: another process may be applying the same batch."""
    group.load(con, start)
    batches.leave_out_finished(con, prepared.batch_id)


def _gather_and_judge(
    con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, action: str, inspector: "FileInspector"
) -> int | None:
    cloud = inspector.cloud
    left_out = gather(con, action, inspector, prepared.batch_id, cloud.name, manages_images=cloud.manages_images)
    policy = Policy(rules_of(action), profiles.limits(prepared.profile))
    policy.judge(con, running_counts_of(action))
    policy.explain(con)
    if cloud.manages_images and not orders.is_single_call(action):
        for region in denials.regions(con):
            reason = cloud.cannot(action, region)
            if reason is not None:
                denials.deny_in(con, region, CLOUD_CANNOT, reason)
        wanted = _orders(con, prepared, action, cloud)
        impossible = [(order.row, why) for order in wanted if (why := cloud.cannot_do(order)) is not None]
        denials.deny(con, [Refused(row, CLOUD_CANNOT.id, why) for row, why in impossible], CLOUD_CANNOT.remedy)
    return left_out


def _record(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, group: Group, context: ExecutionContext) -> None:
    action_log.record(
        con,
        group.action,
        manages_images=context.cloud.manages_images,
        batch_id=prepared.batch_id,
        flow_run_id=context.flow_run_id,
        finished_at=context.clock(),
        approval=context.approval,
    )


class FileInspector:
    """Tells what a file of the import folder is, or, in a plan, what it would be by then."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.imagined: dict[Path, FileFacts] = {}

    def __call__(self, name: str) -> FileFacts:
        """Return the facts of a file, by its name or URL in the batch."""
        if is_url(name):
            return self.cloud.inspect_url(name)
        file = inside(self.folder, name)
        if file is None:
            return FileFacts(found=False)
        return self.imagined.get(file) or self.cloud.inspect_file(FolderFile(self.folder, name))

    def imagine(self, exports: dict[str, FileFacts]) -> None:
        """From now on these files are there."""
        self.imagined |= {file: facts for name, facts in exports.items() if (file := inside(self.folder, name))}
