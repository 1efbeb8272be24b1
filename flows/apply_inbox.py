"""The flow ``apply-inbox``: batches that were put into a folder, carried out one after the other."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey
from prefect.client.schemas.objects import FlowRun
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for

from data.warehouse import WarehouseError
from domain.actions import MODELS
from domain.batch import BatchError, Flaw, flawed
from domain.words import visible
from flows import approval, lifecycle
from flows.apply import Done, carry_out
from flows.batch_runs import NotServedError, started
from flows.markdown import table
from flows.open import BULK, keeper_of, open_work
from flows.report_frame import written
from flows.report_server import reports_url
from flows.run_page import outcome_of
from flows.settings import settings
from flows.work import Work

QUIET_S = 5.0
"""How long a file must have been left alone, in seconds: one that is being written is left for the next run."""

BATCHES = (".yaml", ".yml", ".json", *BULK)
"""How the names of batches end; other files are what batches import."""

DONE, REFUSED, FAILED = "done", "refused", "failed"
"""The folders that files go to."""

WAITS, LEFT, GONE = "waits", "left", "gone"
"""What becomes of files that go nowhere: for a person, for the next run, and those that somebody has taken away."""


class InboxError(Exception):
    """Some files could not be dealt with; they lie where they lay. The message is for people."""


class Handled(TypedDict):
    """What became of a file: the folder it went to, or that it waits, is left or is gone; and why, for people."""

    file: str
    became: str
    batch_id: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folder that batches are put into, and the folders in it that they go to."""

    folder: Path

    def make(self) -> None:
        """Make the folders that are missing."""
        for name in (DONE, REFUSED, FAILED):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def ready(self, now: datetime) -> list[Path]:
        """The batches that nobody has touched for a while, in the order of their names."""
        files = (file for file in self.folder.iterdir() if file.suffix.lower() in BATCHES and file.name[0] != ".")
        return sorted((file for file in files if _is_quiet(file, now)), key=lambda file: file.name)

    def put_away(self, file: Path, folder: str, report: str, now: datetime) -> Path:
        """Move a file to a folder, its report beside it; where its name is taken, it gets the time in its name."""
        target = next(name for name in _names(self.folder / folder / file.name, now) if not name.exists())
        # the report first: whoever finds the file there finds the report too
        written(target.with_name(f"{target.name}.report.md"), report)
        return file.replace(target)


@flow(name="apply-inbox", flow_run_name="apply inbox")
async def apply_inbox() -> list[Handled]:
    """Carries out the batches that lie in the inbox, one after the other, and puts each away with a report beside it.

    YAML and JSON name their actions themselves; a CSV or Parquet file is named after its action, such as
    share_image.2026-11.csv. What was applied goes to done/, also where lines were denied; what is malformed to
    refused/, with nothing done; what failed in part to failed/, from where it can be moved back to try that again.
    A batch that a person must agree to waits in its place while a run of its own asks.
    """
    inbox = Inbox(settings().home.absolute() / "inbox")
    await asyncio.to_thread(inbox.make)
    handled: list[Handled] = []
    for file in inbox.ready(lifecycle.now()):
        try:
            handled.append(await _handle(file, inbox))
        except WarehouseError as error:  # no other file would fare better
            handled.append(_row(file, LEFT, None, str(error)))
            break
        except Exception as error:  # noqa: BLE001 - one bad file must not stop the others
            handled.append(_row(file, LEFT, None, f"{type(error).__name__}: {error}"))
    if handled:
        await _tell(handled)
    left = [f"{one['file']}: {one['said']}" for one in handled if one["became"] == LEFT]
    if left:
        raise InboxError("\n".join(["not carried out; the next run tries again", *left]))
    return handled


async def _handle(file: Path, inbox: Inbox) -> Handled:
    """Carry out one file, or have a person asked, and put it away."""
    now = lifecycle.now()
    try:
        work = await asyncio.to_thread(opened, file)
    except BatchError as error:
        return await asyncio.to_thread(refused, file, inbox, str(error), now)
    run = await _run_of(_key(file, work)) if approval.IRREVERSIBLE & work.actions else None
    if run is not None and not (run.state and run.state.is_final()):
        return _waits(file, work, run)
    try:
        done = await carry_out(work, may_wait=False)
    except approval.ApprovalNeeded as needed:
        return await _asked(file, work, inbox, run, str(needed), now)
    return await asyncio.to_thread(settled, file, inbox, work, done, now)


def opened(file: Path) -> Work:
    """The batch in a file, CSV and Parquet by the action that their name begins with.

    Raises:
        BatchError: if it is malformed.
    """
    return open_work(str(file), settings(), kind=kind_of(file))


def kind_of(file: Path) -> str | None:
    """The action that a CSV or Parquet file is named after; None for files that name their actions themselves.

    Raises:
        BatchError: if there is no such action.
    """
    if file.suffix.lower() not in BULK:
        return None
    action = file.name.split(".")[0]
    if action not in MODELS:
        told = f"there is no action '{action}'; name the file after its action, such as share_image.2026-11.csv"
        raise flawed(file, [Flaw(None, "", f"{told}; there are {', '.join(MODELS)}")])
    return action


def refused(file: Path, inbox: Inbox, why: str, now: datetime, *, again: str = "Mend it, and") -> Handled:
    """Put a file away of which nothing was done."""
    if not file.exists():
        return _row(file, GONE, None, "it was taken away meanwhile")
    way_out = f"{again} move it back into {inbox.folder.name}/."
    report = _report(file, now, f"Refused; nothing was done. {way_out}", f"```text\n{why}\n```")
    inbox.put_away(file, REFUSED, report, now)
    return _row(file, REFUSED, None, why)


def settled(file: Path, inbox: Inbox, work: Work, done: Done, now: datetime) -> Handled:
    """Put a file away that was carried out, with the page of its batch as its report."""
    outcome = outcome_of(work, keeper_of(settings()), done["already"], reports_url(settings()))
    folder = FAILED if done["failed"] else DONE
    said = "Carried out."
    if folder == FAILED:
        said = f"Some lines failed. Move the file back into {inbox.folder.name}/ to try those again; the rest stays."
    elif done["already"] == done["done"] + done["denied"]:
        said = "This batch was applied before; nothing was left to do. A batch_id of its own makes it another batch."
    if not file.exists():
        return _row(file, GONE, done["batch_id"], f"{outcome.sentence}; the file was taken away meanwhile")
    inbox.put_away(file, folder, _report(file, now, said, outcome.page), now)
    return _row(file, folder, done["batch_id"], outcome.sentence)


def page_of(handled: Sequence[Handled]) -> str:
    """What became of each file, in Markdown."""
    rows = ((one["file"], one["became"], one["said"]) for one in handled)
    return f"## Inbox\n\n{table(('file', 'became', 'what'), rows)}"


def in_short(handled: Sequence[Handled]) -> str:
    """How many files became what."""
    return ", ".join(f"{count:,} {became}" for became, count in Counter(one["became"] for one in handled).items())


async def _asked(file: Path, work: Work, inbox: Inbox, run: FlowRun | None, why: str, now: datetime) -> Handled:
    """Have a person asked about a file, unless a run did so and ended without an answer."""
    if run is None or run.state is None:
        return await _start(file, work, why)
    told = f"nobody approved it: {why}\nthe run {run.name} ended as {run.state.name}: {run.state.message or ''}"
    # touched, so that it is asked about anew when it is moved back
    await asyncio.to_thread(os.utime, file)
    return await asyncio.to_thread(refused, file, inbox, told, now, again="To ask once more,")


async def _start(file: Path, work: Work, why: str) -> Handled:
    """Have a run of its own ask a person, and carry the batch out then."""
    kind = kind_of(file)
    parameters = {"batch": str(file)} if kind is None else {"batch": str(file), "kind": kind}
    try:
        run = await started(parameters, _key(file, work))
    except NotServedError as error:
        return _row(file, WAITS, work.batch_id, f"{why}; nobody can be asked, because {error}")
    return _waits(file, work, run, why)


async def _run_of(key: str) -> FlowRun | None:
    async with get_client() as client:
        named = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[key]))
        found = await client.read_flow_runs(flow_run_filter=named)
    return found[0] if found else None


def _key(file: Path, work: Work) -> str:
    """The same as long as the file is: it is asked about once."""
    return f"inbox-{work.batch_id}-{file.stat().st_mtime_ns}"


def _waits(file: Path, work: Work, run: FlowRun, why: str | None = None) -> Handled:
    address = url_for("flow-run", obj_id=run.id)
    named = run.name if address is None else f"[{run.name}]({address})"
    return _row(file, WAITS, work.batch_id, f"{why + '; ' if why else ''}a person is asked by the run {named}")


async def _tell(handled: Sequence[Handled]) -> None:
    """Leave the page, and say in the log and the run's name how many files became what."""
    said = in_short(handled)
    get_run_logger().info("%s", said)
    await acreate_markdown_artifact(key="inbox", markdown=page_of(handled), description=said)
    if flow_run.id is not None:
        async with get_client() as client:
            await client.update_flow_run(UUID(flow_run.id), name=f"apply inbox · {said}")


def _is_quiet(file: Path, now: datetime) -> bool:
    """Whether a file has been left alone. When it was changed is asked of ctime: other times can be set by anybody."""
    try:
        about = file.stat()
    except OSError:  # it was taken away, or it is a link to nowhere
        return False
    return file.is_file() and now.timestamp() - about.st_ctime >= QUIET_S


def _names(target: Path, now: datetime) -> Iterator[Path]:
    """The names that a file may get: its own, one with the time, then with a number too."""
    yield target
    named = f"{target.stem}.{now:%Y%m%dT%H%M%SZ}"
    yield target.with_name(f"{named}{target.suffix}")
    number = 2
    while True:
        yield target.with_name(f"{named}-{number}{target.suffix}")
        number += 1


def _row(file: Path, became: str, batch_id: str | None, said: str) -> Handled:
    return {"file": visible(file.name), "became": became, "batch_id": batch_id, "said": said}


def _report(file: Path, now: datetime, *parts: str) -> str:
    return "\n\n".join([f"# {visible(file.name)}", f"{now:%Y-%m-%d %H:%M:%S} UTC", *parts, ""])
