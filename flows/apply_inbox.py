"""The flow ``apply-inbox``: carries out the batches that people put into a folder."""

import asyncio
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TypedDict
from uuid import UUID, uuid4

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey
from prefect.client.schemas.objects import FlowRun
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for

from data.access.umask import users_umask
from data.warehouse.connection import WarehouseError
from domain.actions import MODELS
from domain.batch import BatchError, Flaw, flawed
from domain.cloud import CloudError
from domain.vocabulary import visible
from flows.apply import Done, carry_out
from flows.clouds.inside_folder import entered, identity
from flows.lifecycle import steps
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.resources import BULK, execution_context, prepare_batch
from flows.runs import approval
from flows.runs.batch_runs import NotServedError, started
from flows.runs.markdown import table
from flows.runs.run_page import outcome_of
from flows.server.report_server import reports_url
from flows.settings import settings

QUIET_S = 5.0
"""How long a file must be unchanged, in seconds; a file that is being written waits for the next run."""

BATCHES = (".yaml", ".yml", ".json", *BULK)
"""The suffixes of batch files; other files are what batches import."""

DONE, REFUSED, FAILED = "done", "refused", "failed"
"""The folders for files that were handled."""

WAITS, LEFT, GONE = "waits", "left", "gone"
"""The states of files that stay: waiting for approval, left for the next run, and removed or changed meanwhile."""

A_LINK = "it is a symbolic link, which the inbox does not follow: put the batch file itself into the inbox"
NOT_THE_SAME = "the file was changed or removed meanwhile; the next run handles the present one"


class InboxError(Exception):
    """Some files could not be handled and stay in the inbox. The message is for people."""


class Handled(TypedDict):
    """The result for a file: the folder it was moved to, or one of the states of files that stay; and why."""

    file: str
    became: str
    batch_id: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file in the inbox, with its metadata when it was first seen. A link is not followed."""

    file: Path
    seen: os.stat_result

    @property
    def is_link(self) -> bool:
        """Return whether the file is a symbolic link."""
        return stat.S_ISLNK(self.seen.st_mode)

    def is_quiet(self, now: datetime) -> bool:
        """Return whether the file was unchanged for a while, by its ctime, which no program can set."""
        is_batch = stat.S_ISREG(self.seen.st_mode) or self.is_link
        return is_batch and now.timestamp() - self.seen.st_ctime >= QUIET_S

    def is_unchanged(self) -> bool:
        """Return whether the name still refers to this file, unchanged."""
        now = dropped_as(self.file)
        return now is not None and identity(now.seen) == identity(self.seen)


def dropped_as(file: Path) -> Dropped | None:
    """Return the file that has this name now; None if there is none."""
    try:
        return Dropped(file, file.lstat())
    except FileNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folder for new batches, with the folders for handled ones in it."""

    folder: Path

    def make(self) -> None:
        """Create the folders that are missing.

        Raises:
            InboxError: if one of them is a link: handled files must stay in the inbox.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in (DONE, REFUSED, FAILED):
            try:
                with entered(self.folder, name, make=True):
                    pass
            except CloudError:
                problem = f"{self.folder / name} is a symbolic link or a file: replace it by a folder"
                raise InboxError(f"nothing was carried out: {problem}") from None

    def ready(self, now: datetime) -> list[Dropped]:
        """Return the batch files that were unchanged for a while, in the order of their names."""
        files = (file for file in self.folder.iterdir() if file.suffix.lower() in BATCHES and file.name[0] != ".")
        found = (dropped for file in sorted(files, key=lambda file: file.name) if (dropped := dropped_as(file)))
        return [dropped for dropped in found if dropped.is_quiet(now)]

    def put_away(self, dropped: Dropped, folder: str, report: str, now: datetime) -> bool:
        """Move a file to a folder and write its report beside it. A name that is taken gets the time added.

        Return False if the file was removed or changed since it was first seen; it then waits for the next run.
        """
        name = dropped.file.name
        with entered(self.folder) as here, entered(self.folder, folder) as target:
            if not dropped.is_unchanged():
                return False
            free = next(one for one in _names(name, now) if not _is_taken(one, target))
            # The report first, so that nobody finds the file without it.
            _write(f"{free}.report.md", report, target)
            os.rename(name, free, src_dir_fd=here, dst_dir_fd=target)
        return True


@flow(name="apply-inbox", flow_run_name="apply inbox")
async def apply_inbox() -> list[Handled]:
    """Carries out the batches in the inbox, one after the other, and moves each to a folder, with a report beside it.

    YAML and JSON files name their actions; a CSV or Parquet file is named after its action, such as
    share_image.2026-11.csv. A batch that was applied goes to done/, also if lines were denied. A malformed batch goes
    to refused/; nothing of it was done. A batch with failed lines goes to failed/; move it back to try them again.
    A batch that needs approval stays in the inbox while another run waits for the approval.
    """
    inbox = Inbox(settings().home.absolute() / "inbox")
    await asyncio.to_thread(inbox.make)
    handled: list[Handled] = []
    for dropped in inbox.ready(steps.now()):
        try:
            handled.append(await _handle(dropped, inbox))
        except WarehouseError as error:  # it would stop every other file too
            handled.append(_row(dropped.file, LEFT, None, str(error)))
            break
        except Exception as error:  # noqa: BLE001 - one bad file must not stop the others
            handled.append(_row(dropped.file, LEFT, None, f"{type(error).__name__}: {error}"))
    if handled:
        await _tell(handled)
    left = [f"{one['file']}: {one['said']}" for one in handled if one["became"] == LEFT]
    if left:
        raise InboxError("\n".join(["not carried out; the next run tries again", *left]))
    return handled


async def _handle(dropped: Dropped, inbox: Inbox) -> Handled:
    """Carry out one file, or start the run that waits for approval, and move the file."""
    file, now = dropped.file, steps.now()
    if dropped.is_link:
        return await asyncio.to_thread(refused, dropped, inbox, A_LINK, now)
    try:
        prepared = await asyncio.to_thread(opened, file)
    except BatchError as error:
        return await asyncio.to_thread(refused, dropped, inbox, str(error), now)
    if not dropped.is_unchanged():  # it may have been a link to another file while it was read
        return _row(file, GONE, None, NOT_THE_SAME)
    run = await _run_of(_key(dropped, prepared)) if approval.is_irreversible(prepared) else None
    if run is not None and not (run.state and run.state.is_final()):
        return _waits(file, prepared, run)
    try:
        done = await carry_out(prepared, may_wait=False)
    except approval.ApprovalNeeded as needed:
        return await _wait_for_approval(dropped, prepared, inbox, run, str(needed), now)
    return await asyncio.to_thread(applied, dropped, inbox, prepared, done, now)


def opened(file: Path) -> PreparedBatch:
    """Return the batch in a file. The name of a CSV or Parquet file begins with its action.

    Raises:
        BatchError: if it is malformed.
    """
    return prepare_batch(str(file), settings(), kind=kind_of(file))


def kind_of(file: Path) -> str | None:
    """Return the action in the name of a CSV or Parquet file; None for a file that names its actions itself.

    Raises:
        BatchError: if there is no such action.
    """
    if file.suffix.lower() not in BULK:
        return None
    action = file.name.split(".")[0]
    if action not in MODELS:
        problem = f"there is no action '{action}'; name the file after its action, such as share_image.2026-11.csv"
        raise flawed(file, [Flaw(None, "", f"{problem}; there are {', '.join(MODELS)}")])
    return action


def refused(dropped: Dropped, inbox: Inbox, why: str, now: datetime, *, again: str = "Correct it, then") -> Handled:
    """Move a file of which nothing was done."""
    file = dropped.file
    way_out = f"{again} move it back into {inbox.folder.name}/."
    report = _report(file, now, f"Refused; nothing was done. {way_out}", f"```text\n{why}\n```")
    if not inbox.put_away(dropped, REFUSED, report, now):
        return _row(file, GONE, None, NOT_THE_SAME)
    return _row(file, REFUSED, None, why)


def applied(dropped: Dropped, inbox: Inbox, prepared: PreparedBatch, done: Done, now: datetime) -> Handled:
    """Move a file that was carried out, with the page of its batch as its report."""
    file = dropped.file
    outcome = outcome_of(prepared, execution_context(settings()), done["already"], reports_url(settings()))
    folder = FAILED if done["failed"] else DONE
    note = "Carried out."
    if folder == FAILED:
        note = f"Some lines failed. To try them again, move the file back into {inbox.folder.name}/."
    elif done["already"] == done["done"] + done["denied"]:
        note = "This batch was applied before, so nothing was left to do. To apply it again, give it another batch_id."
    if not inbox.put_away(dropped, folder, _report(file, now, note, outcome.page), now):
        return _row(file, GONE, done["batch_id"], f"{outcome.sentence}; {NOT_THE_SAME}")
    return _row(file, folder, done["batch_id"], outcome.sentence)


def page_of(handled: Sequence[Handled]) -> str:
    """Return the result for each file in Markdown."""
    rows = ((one["file"], one["became"], one["said"]) for one in handled)
    return f"## Inbox\n\n{table(('file', 'became', 'what'), rows)}"


def in_short(handled: Sequence[Handled]) -> str:
    """Return the number of files for each result."""
    return ", ".join(f"{count:,} {became}" for became, count in Counter(one["became"] for one in handled).items())


async def _wait_for_approval(
    dropped: Dropped, prepared: PreparedBatch, inbox: Inbox, run: FlowRun | None, why: str, now: datetime
) -> Handled:
    """Start the run that waits for approval, unless an earlier one ended without an answer."""
    if run is None or run.state is None:
        return await _start(dropped, prepared, why)
    problem = f"nobody approved it: {why}\nthe run {run.name} ended as {run.state.name}: {run.state.message or ''}"
    # The new time gives the file a new key, so that it is asked about again when it is moved back.
    touched = await asyncio.to_thread(_touched, dropped)
    return await asyncio.to_thread(refused, touched, inbox, problem, now, again="To ask again,")


def _touched(dropped: Dropped) -> Dropped:
    """Set a new time on the file and return it; leave a file that was changed as it is."""
    if not dropped.is_unchanged():
        return dropped
    os.utime(dropped.file, follow_symlinks=False)
    return dropped_as(dropped.file) or dropped


async def _start(dropped: Dropped, prepared: PreparedBatch, why: str) -> Handled:
    """Start a run that waits for approval and then carries out the batch."""
    file = dropped.file
    kind = kind_of(file)
    parameters = {"batch": str(file)} if kind is None else {"batch": str(file), "kind": kind}
    try:
        run = await started(parameters, _key(dropped, prepared))
    except NotServedError as error:
        return _row(file, WAITS, prepared.batch_id, f"{why}; no run can ask for approval: {error}")
    return _waits(file, prepared, run, why)


async def _run_of(key: str) -> FlowRun | None:
    async with get_client() as client:
        named = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[key]))
        found = await client.read_flow_runs(flow_run_filter=named)
    return found[0] if found else None


def _key(dropped: Dropped, prepared: PreparedBatch) -> str:
    """Return the idempotency key of the run: one for each version of the file."""
    return f"inbox-{prepared.batch_id}-{dropped.seen.st_mtime_ns}"


def _waits(file: Path, prepared: PreparedBatch, run: FlowRun, why: str | None = None) -> Handled:
    address = url_for("flow-run", obj_id=run.id)
    named = run.name if address is None else f"[{run.name}]({address})"
    return _row(file, WAITS, prepared.batch_id, f"{why + '; ' if why else ''}the run {named} waits for approval")


async def _tell(handled: Sequence[Handled]) -> None:
    """Write the run's page, and the number of files for each result into its log and name."""
    note = in_short(handled)
    get_run_logger().info("%s", note)
    await acreate_markdown_artifact(key="inbox", markdown=page_of(handled), description=note)
    if flow_run.id is not None:
        async with get_client() as client:
            await client.update_flow_run(UUID(flow_run.id), name=f"apply inbox · {note}")


def _names(name: str, now: datetime) -> Iterator[str]:
    """Yield the names that a file may get: its own, then with the time, then with a number as well."""
    yield name
    own = Path(name)
    timed = f"{own.stem}.{now:%Y%m%dT%H%M%SZ}"
    yield f"{timed}{own.suffix}"
    for number in count(2):
        yield f"{timed}-{number}{own.suffix}"


def _is_taken(name: str, folder: int) -> bool:
    """Return whether a file or link has this name in an open folder."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write(name: str, text: str, folder: int) -> None:
    """Write a file in an open folder with the mode of the user's umask; readers see all of it or nothing.

    It replaces a file or link of that name and follows no link.
    """
    half = f".{uuid4().hex}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(half, flags, 0o600, dir_fd=folder), "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o666 & ~users_umask())
    os.rename(half, name, src_dir_fd=folder, dst_dir_fd=folder)


def _row(file: Path, became: str, batch_id: str | None, note: str) -> Handled:
    return {"file": visible(file.name), "became": became, "batch_id": batch_id, "said": note}


def _report(file: Path, now: datetime, *parts: str) -> str:
    return "\n\n".join([f"# {visible(file.name)}", f"{now:%Y-%m-%d %H:%M:%S} UTC", *parts, ""])
