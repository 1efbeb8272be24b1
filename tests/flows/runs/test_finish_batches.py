"""What was left undone is found: batches that nobody carries on, and who is at work."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.states import Completed, Failed, State

from data.lifecycle import batches
from data.lifecycle.batches import Unfinished
from data.warehouse.connection import WarehouseBusyError, WarehouseError
from domain.cloud import CloudError
from flows.apply import _may_heal
from flows.finish_batches import page_of
from flows.lifecycle import steps
from flows.lifecycle.active_batches import at_work, is_at_work
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext

SHARES = [{"action": "share_image", "image": "web", "tenants": ["umbrella", "initech"]}]
HOLDS = """
import sys, time
from pathlib import Path
from flows.lifecycle.active_batches import at_work
with at_work(Path(sys.argv[1]), "mine"):
    print("begun", flush=True)
    time.sleep(60)
"""


def unfinished(context: ExecutionContext, later: timedelta) -> list[Unfinished]:
    """What was begun before a time."""
    with context.warehouse.reading() as con:
        return batches.unfinished(con, context.clock() + later)


def test_a_batch_that_was_begun_and_not_carried_out_is_found(
    quick_context: ExecutionContext, work: Callable[..., ActionBatch]
) -> None:
    """It is unfinished until each of its lines was carried out, whatever came of them; one that began now is not."""
    batch = work(SHARES)
    chunks, _ = steps.begin(batch, quick_context)
    assert unfinished(quick_context, timedelta(0)) == []
    (found,) = unfinished(quick_context, timedelta(seconds=1))
    assert (found.batch_id, found.requests, found.lines) == (batch.batch_id, 2, 0)
    for chunk in chunks:
        steps.carry_out(batch, chunk, quick_context)
    assert unfinished(quick_context, timedelta(seconds=1)) == []


def test_who_is_at_work_is_seen_until_the_end(tmp_path: Path) -> None:
    """A second at the same batch is let in; when the first has ended nobody is at work, and no file is left."""
    assert not is_at_work(tmp_path, "mine")
    with at_work(tmp_path, "mine"), at_work(tmp_path, "mine"):
        assert is_at_work(tmp_path, "mine")
        assert not is_at_work(tmp_path, "other")
    assert not is_at_work(tmp_path, "mine")
    assert list((tmp_path / "at_work").iterdir()) == []


def test_who_was_killed_is_not_at_work(tmp_path: Path) -> None:
    """A kill -9 leaves nobody at work."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process, process.stdout as told:
        told.readline()
        assert is_at_work(tmp_path, "mine")
        process.send_signal(signal.SIGKILL)
    assert not is_at_work(tmp_path, "mine")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WarehouseBusyError("held"), "heals"),
        (CloudError("no answer"), "heals"),
        (WarehouseError("newer"), "stays"),
        (ValueError(), "stays"),
    ],
)
def test_only_what_may_heal_is_tried_again(error: Exception, told: str) -> None:
    """Others who hold the warehouse, and a cloud that does not answer, may be over later; nothing else is."""
    state: State[Any] = Failed(data=error)
    assert asyncio.run(_may_heal(None, None, state)) is (told == "heals")
    assert not asyncio.run(_may_heal(None, None, Completed()))


def test_the_page_says_what_was_taken_up() -> None:
    """One row each."""
    page = page_of([{"what": "apply a.yaml", "left": "2 of 3 lines", "became": "it goes on"}])
    assert "| apply a.yaml | 2 of 3 lines | it goes on |" in page
