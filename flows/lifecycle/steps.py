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
from data.lifecycle.approval import Agreed, Consequence
from data.lifecycle.blobs import blobs_in_use
from data.lifecycle.gather import gather, tally_of
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
from flows.lifecycle.work import AtOnce, Group, Work

Told = Callable[[int, int], None]
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


def unheard(lines: int, moved: int) -> None:
    """Told of progress, where nobody watches."""


@dataclass(frozen=True)
class Keeper:
    """What carrying out a batch needs: where to remember, which cloud to act on, and what time it is."""

    warehouse: Warehouse
    cloud: Cloud
    clock: Callable[[], datetime] = now
    flow_run_id: str | None = None
    told: Told = unheard
    agreed: Agreed | None = None

    def settle(self) -> list[str]:
        """Drop stored bytes that nothing uses, of this process and of any that died; name what was dropped."""
        return list(self.cloud.settle(self._in_use))

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
        return any(orders.asks_the_cloud(group.action, keeps_images=cloud.keeps_images) for group in self.groups)


def begin(work: Work, keeper: Keeper) -> tuple[list[Chunk], int]:
    """Write the batch down, and clear up after processes that died.

    Returns:
        The chunks left to do, and how many lines need nothing more.
    """
    keeper.settle()
    moment = keeper.clock()
    with keeper.warehouse.writing() as con:
        batch = batches.begin(con, work.record(moment))
        settled = batches.settled_lines(con, batch.batch_id)
    groups = work.groups(batch.begun_at, moment, settled, _at_once(keeper.cloud))
    return list(_chunks([*groups])), len(settled)


def apply(work: Work, keeper: Keeper) -> Summary:
    """Carry out a batch, from wherever it was left."""
    chunks, already = begin(work, keeper)
    for chunk in chunks:
        carry_out(work, chunk, keeper)
    return summary(work, keeper, already)


def carry_out(work: Work, chunk: Chunk, keeper: Keeper) -> None:
    """Gather, judge, act and record one chunk of a batch."""
    for asking, groups in groupby(chunk.groups, key=lambda group: Chunk([group]).asks(keeper.cloud)):
        if asking:
            for group in groups:
                _at_the_cloud(work, group, keeper)
        else:
            _written_down(work, list(groups), keeper)


def plan(work: Work, keeper: Keeper) -> list[dict[str, Any]]:
    """What would become of each line: the same steps in a transaction that is rolled back, with no byte moved.

    A launch that would be done has its ``cost``; all other lines have None there.
    """
    with _planned(work, keeper) as (con, costs):
        lines = list(action_log.lines(con, work.batch_id))
    return [line | {"outcome": None, "cost": costs.get(line["seq"])} for line in lines]


def consequences(work: Work, keeper: Keeper) -> list[Consequence]:
    """What of a batch cannot be undone, were it carried out now; nothing is done."""
    since = keeper.clock()
    with _planned(work, keeper) as (con, _):
        return approval.consequences(con, work.batch_id, since)


def refuse(work: Work, keeper: Keeper, refused: Agreed) -> None:
    """Write down that a person refused what is left of a batch: each line is denied, nothing is done."""
    with keeper.warehouse.writing() as con:
        moment = keeper.clock()
        batch = batches.begin(con, work.record(moment))
        look = _Look(keeper.cloud, work.folder)
        for group in work.groups(batch.begun_at, moment, batches.settled_lines(con, batch.batch_id)):
            for _ in _rounds(con, work, group, look):
                denials.refuse(con, refused)
                outcomes.take_as_done(con)
                _record(con, work, group, replace(keeper, agreed=refused))


@contextmanager
def _planned(work: Work, keeper: Keeper) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[int, LaunchCost]]]:
    """The warehouse as it would be with a batch done, and what its launches would cost; all of it is rolled back."""
    costs: dict[int, LaunchCost] = {}
    with suppress(_RolledBack), keeper.warehouse.writing() as con:
        moment = keeper.clock()
        batch = batches.begin(con, work.record(moment))
        look = _Look(keeper.cloud, work.folder)
        for group in work.groups(batch.begun_at, moment, batches.settled_lines(con, batch.batch_id)):
            for _ in _rounds(con, work, group, look):
                outcomes.take_as_done(con, from_files=group.action in READING)
                if group.action in WRITING:
                    look.imagine(outcomes.exports(con))
                if group.action == "launch_server":
                    costs |= {cost.seq: cost for cost in quotes(con)}
                _record(con, work, group, keeper)
        yield con, costs
        raise _RolledBack


def summary(work: Work, keeper: Keeper, already: int = 0) -> Summary:
    """What became of a batch so far."""
    with keeper.warehouse.reading() as con:
        return summarize(con, work, already)


def summarize(con: duckdb.DuckDBPyConnection, work: Work, already: int) -> Summary:
    """What became of a batch so far, on an open connection."""
    counts = action_log.counts(con, work.batch_id)
    return Summary(work.batch_id, counts.get("done", 0), counts.get("denied", 0), counts.get("failed", 0), already)


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


def _at_once(cloud: Cloud) -> AtOnce:
    """How many requests of an action go at once: all, where nothing must happen besides being written down."""

    def most(action: str) -> int | None:
        if not orders.asks_the_cloud(action, keeps_images=cloud.keeps_images):
            return None
        return MOST_CALLS if orders.is_act(action) else MOST_MOVES

    return most


def _written_down(work: Work, groups: Sequence[Group], keeper: Keeper) -> None:
    """Carry out what happens by being written down, in one transaction."""
    with keeper.warehouse.writing() as con:
        for group in groups:
            for _ in _rounds(con, work, group, _Look(keeper.cloud, work.folder)):
                outcomes.take_as_done(con)
                _record(con, work, group, keeper)
    keeper.told(sum(group.size for group in groups), 0)


def _at_the_cloud(work: Work, group: Group, keeper: Keeper) -> None:
    """Carry out what the cloud is asked for: judge, act, then judge again and record."""
    start: int | None = 0
    while start is not None:
        wanted, left_out = _first_judgement(work, group, start, keeper)
        answers = list(keeper.cloud.carry_out(wanted, lambda moved: keeper.told(0, moved)))
        with keeper.warehouse.writing() as con:
            _load(con, work, group, start)
            if left_out is not None:
                keep(con, before=left_out)
            left_out = _gather_and_judge(con, work, group.action, _Look(keeper.cloud, work.folder)) or left_out
            same = {order.row for order in {*wanted} & {*_wanted(con, work, group.action, keeper.cloud)}}
            outcomes.take_outcomes(
                con,
                [answer for answer in answers if isinstance(answer, Stored) and answer.row in same],
                [answer for answer in answers if isinstance(answer, Failed)],
                [answer for answer in answers if isinstance(answer, Refused)],
            )
            _record(con, work, group, keeper)
        keeper.settle()
        start = left_out
    keeper.told(group.size, 0)


def _first_judgement(work: Work, group: Group, start: int, keeper: Keeper) -> tuple[Sequence[Order], int | None]:
    """The orders for what is allowed as things stand, and the first row that must wait for these."""
    with keeper.warehouse.reading() as con:
        _load(con, work, group, start)
        left_out = _gather_and_judge(con, work, group.action, _Look(keeper.cloud, work.folder))
        return _wanted(con, work, group.action, keeper.cloud), left_out


def _wanted(con: duckdb.DuckDBPyConnection, work: Work, action: str, cloud: Cloud) -> Sequence[Order]:
    """The orders for what has just been allowed."""
    return orders_of(action, orders.wanted_orders(con, action, keeps_images=cloud.keeps_images), work.folder)


def _rounds(con: duckdb.DuckDBPyConnection, work: Work, group: Group, look: "_Look") -> Iterator[None]:
    """Judge a group, as many of its requests at once as do not touch the same thing."""
    start: int | None = 0
    while start is not None:
        _load(con, work, group, start)
        start = _gather_and_judge(con, work, group.action, look)
        yield


def _load(con: duckdb.DuckDBPyConnection, work: Work, group: Group, start: int) -> None:
    """Load what is left of a group: another process may be applying the same batch."""
    group.load(con, start)
    batches.leave_out_settled(con, work.batch_id)


def _gather_and_judge(con: duckdb.DuckDBPyConnection, work: Work, action: str, look: "_Look") -> int | None:
    cloud = look.cloud
    left_out = gather(con, action, look, work.batch_id, cloud.name)
    policy = Policy(rules_of(action), profiles.limits(work.profile))
    policy.judge(con, tally_of(action))
    policy.explain(con)
    if cloud.keeps_images and not orders.is_act(action):
        for region in denials.regions(con):
            reason = cloud.cannot(action, region)
            if reason is not None:
                denials.deny_in(con, region, CLOUD_CANNOT, reason)
        wanted = _wanted(con, work, action, cloud)
        impossible = [(order.row, why) for order in wanted if (why := cloud.cannot_do(order)) is not None]
        denials.deny(con, [Refused(row, CLOUD_CANNOT.id, why) for row, why in impossible], CLOUD_CANNOT.remedy)
    return left_out


def _record(con: duckdb.DuckDBPyConnection, work: Work, group: Group, keeper: Keeper) -> None:
    action_log.record(
        con,
        group.action,
        cloud=keeper.cloud.name,
        batch_id=work.batch_id,
        flow_run_id=keeper.flow_run_id,
        finished_at=keeper.clock(),
        agreed=keeper.agreed,
    )


class _Look:
    """Tells what a file of the import folder is, or, in a plan, what it would be by then."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.imagined: dict[Path, FileFacts] = {}

    def __call__(self, name: str) -> FileFacts:
        if is_url(name):
            return self.cloud.look_at(name)
        file = inside(self.folder, name)
        if file is None:
            return FileFacts(found=False)
        return self.imagined.get(file) or self.cloud.look(FolderFile(self.folder, name))

    def imagine(self, exports: dict[str, FileFacts]) -> None:
        """From now on these files are there."""
        self.imagined |= {file: facts for name, facts in exports.items() if (file := inside(self.folder, name))}
