"""The four steps in plain Python: gather, judge, act, record.

Requests that need no call of a cloud are gathered, judged and recorded in one transaction. Other requests are judged
twice. The first judgement yields the orders. The cloud carries them out while the warehouse is free. The second
judgement, in the transaction that records, sees what changed meanwhile. Then blobs are deleted if their request is now
denied, or if its order is now different, for example because its source changed.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import duckdb

from data.lifecycle import action_log, batches, denials, orders, outcomes
from data.lifecycle.approval import Approval
from data.lifecycle.blobs import blobs_in_use
from data.lifecycle.gather import gather, running_counts_of
from data.lifecycle.requests import keep
from data.warehouse.connection import Warehouse
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
"""Receives progress: the number of lines finished and of bytes moved since the last call."""

CHUNK = 500
"""The least number of requests in a Prefect task, and in a transaction without calls of a cloud."""

MOST_CHUNKS = 20
"""The most chunks of a batch: a Prefect task takes as long as carrying out hundreds of requests."""

MOST_MOVES, MOST_CALLS = 50, 200
"""The most requests between two transactions, if each moves bytes or is one API call. After a kill, up to this many
requests are repeated."""


def now() -> datetime:
    """Return the time: the default clock."""
    return datetime.now(UTC)


def no_progress(lines: int, moved: int) -> None:
    """Ignore progress: the default."""


@dataclass(frozen=True)
class ExecutionContext:
    """What is needed to carry out a batch: warehouse, cloud, clock and approval."""

    warehouse: Warehouse
    cloud: Cloud
    clock: Callable[[], datetime] = now
    flow_run_id: str | None = None
    on_progress: OnProgress = no_progress
    approval: Approval | None = None

    def clean_up(self) -> list[str]:
        """Delete pending blobs that nothing uses, of this process and of killed ones; return their names."""
        return list(self.cloud.clean_up(self._in_use))

    def _in_use(self, region: str, blobs: Collection[str]) -> set[str]:
        with self.warehouse.reading() as con:
            return blobs_in_use(con, region, blobs)


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a batch, in lines; ``already`` of them were finished before this run."""

    batch_id: str
    done: int
    denied: int
    failed: int
    already: int = 0

    @property
    def exit_code(self) -> int:
        """Return 0 if all lines are done, 4 if some failed, else 3 (some denied)."""
        return 4 if self.failed else 3 if self.denied else 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive groups that are carried out in one Prefect task."""

    groups: Sequence[Group]

    @property
    def size(self) -> int:
        """Return the number of requests, finished ones included."""
        return sum(group.size for group in self.groups)

    def calls(self, cloud: Cloud) -> bool:
        """Return whether the chunk needs calls of the cloud."""
        return any(orders.needs_cloud(group.action, manages_images=cloud.manages_images) for group in self.groups)


def begin(prepared: PreparedBatch, context: ExecutionContext) -> tuple[list[Chunk], int]:
    """Record the batch, and clean up after killed processes.

    Returns:
        The unfinished chunks, and the number of finished lines.
    """
    context.clean_up()
    moment = context.clock()
    with context.warehouse.writing() as con:
        batch = batches.begin(con, prepared.record(moment))
        finished = batches.finished_lines(con, batch.batch_id)
    groups = prepared.groups(batch.begun_at, moment, finished, _group_limit(context.cloud))
    return list(_chunks([*groups])), len(finished)


def apply(prepared: PreparedBatch, context: ExecutionContext) -> Summary:
    """Carry out what is left of a batch, and return the result."""
    chunks, already = begin(prepared, context)
    for chunk in chunks:
        carry_out(prepared, chunk, context)
    return summary(prepared, context, already)


def carry_out(prepared: PreparedBatch, chunk: Chunk, context: ExecutionContext) -> None:
    """Gather, judge, act and record one chunk of a batch."""
    for calls_cloud, groups in groupby(chunk.groups, key=lambda group: Chunk([group]).calls(context.cloud)):
        if calls_cloud:
            for group in groups:
                _act_and_record(prepared, group, context)
        else:
            _record_only(prepared, list(groups), context)


def refuse(prepared: PreparedBatch, context: ExecutionContext, refused: Approval) -> None:
    """Record that a person refused what is left of a batch: each line is denied, nothing is done."""
    with context.warehouse.writing() as con:
        moment = context.clock()
        batch = batches.begin(con, prepared.record(moment))
        inspector = FileInspector(context.cloud, prepared.folder)
        for group in prepared.groups(batch.begun_at, moment, batches.finished_lines(con, batch.batch_id)):
            for _ in judge_in_rounds(con, prepared, group, inspector):
                denials.refuse(con, refused)
                outcomes.take_as_done(con)
                record(con, prepared, group, replace(context, approval=refused))


def summary(prepared: PreparedBatch, context: ExecutionContext, already: int = 0) -> Summary:
    """Return the result of a batch so far."""
    with context.warehouse.reading() as con:
        return summarize(con, prepared, already)


def summarize(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, already: int) -> Summary:
    """Return the result of a batch so far, on an open connection."""
    counts = action_log.counts(con, prepared.batch_id)
    return Summary(prepared.batch_id, counts.get("done", 0), counts.get("denied", 0), counts.get("failed", 0), already)


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
    """Return the most requests of an action in one group; no limit for actions that need no call of the cloud."""

    def most(action: str) -> int | None:
        if not orders.needs_cloud(action, manages_images=cloud.manages_images):
            return None
        return MOST_CALLS if orders.is_single_call(action) else MOST_MOVES

    return most


def _record_only(prepared: PreparedBatch, groups: Sequence[Group], context: ExecutionContext) -> None:
    """Judge and record groups that need no call of the cloud, in one transaction."""
    with context.warehouse.writing() as con:
        for group in groups:
            for _ in judge_in_rounds(con, prepared, group, FileInspector(context.cloud, prepared.folder)):
                outcomes.take_as_done(con)
                record(con, prepared, group, context)
    context.on_progress(sum(group.size for group in groups), 0)


def _act_and_record(prepared: PreparedBatch, group: Group, context: ExecutionContext) -> None:
    """Judge, act at the cloud, judge again, and record."""
    start: int | None = 0
    while start is not None:
        given_orders, left_out = _first_judgement(prepared, group, start, context)
        answers = list(context.cloud.carry_out(given_orders, lambda moved: context.on_progress(0, moved)))
        with context.warehouse.writing() as con:
            _load(con, prepared, group, start)
            if left_out is not None:
                keep(con, before=left_out)
            left_out = (
                _gather_and_judge(con, prepared, group.action, FileInspector(context.cloud, prepared.folder))
                or left_out
            )
            same = {order.row for order in {*given_orders} & {*_orders(con, prepared, group.action, context.cloud)}}
            outcomes.take_outcomes(
                con,
                [answer for answer in answers if isinstance(answer, Stored) and answer.row in same],
                [answer for answer in answers if isinstance(answer, Failed)],
                [answer for answer in answers if isinstance(answer, Refused)],
            )
            record(con, prepared, group, context)
        context.clean_up()
        start = left_out
    context.on_progress(group.size, 0)


def _first_judgement(
    prepared: PreparedBatch, group: Group, start: int, context: ExecutionContext
) -> tuple[Sequence[Order], int | None]:
    """Return the orders for the allowed requests, and the first row that must wait for their result."""
    with context.warehouse.reading() as con:
        _load(con, prepared, group, start)
        left_out = _gather_and_judge(con, prepared, group.action, FileInspector(context.cloud, prepared.folder))
        return _orders(con, prepared, group.action, context.cloud), left_out


def _orders(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, action: str, cloud: Cloud) -> Sequence[Order]:
    """Return the orders for the requests that were just allowed."""
    return orders_of(action, orders.order_rows(con, action, manages_images=cloud.manages_images), prepared.folder)


def judge_in_rounds(
    con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, group: Group, inspector: "FileInspector"
) -> Iterator[None]:
    """Judge a group in rounds of requests that do not depend on one another, and yield after each round."""
    start: int | None = 0
    while start is not None:
        _load(con, prepared, group, start)
        start = _gather_and_judge(con, prepared, group.action, inspector)
        yield


def _load(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, group: Group, start: int) -> None:
    """Load the requests of a group, without those that another process of the same batch has finished."""
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
        given_orders = _orders(con, prepared, action, cloud)
        impossible = [(order.row, why) for order in given_orders if (why := cloud.cannot_do(order)) is not None]
        denials.deny(con, [Refused(row, CLOUD_CANNOT.id, why) for row, why in impossible], CLOUD_CANNOT.remedy)
    return left_out


def record(con: duckdb.DuckDBPyConnection, prepared: PreparedBatch, group: Group, context: ExecutionContext) -> None:
    """Record the verdicts and outcomes of the requests that were judged last."""
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
    """Returns the facts of files in the import folder; in a plan, also of files that earlier actions would export."""

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
        """Treat these files as existing, with the given facts, from now on."""
        self.imagined |= {file: facts for name, facts in exports.items() if (file := inside(self.folder, name))}
