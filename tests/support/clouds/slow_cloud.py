"""Carries out a batch on a cloud that takes its time; says in how many seconds, and how many lines are done.

A program of its own, for a Prefect server that the environment names: python slow_cloud.py BATCH SECONDS_AN_ORDER
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from domain.cloud import Failed, Order, Progress, Stored
from flows import apply
from flows.lifecycle.steps import ExecutionContext
from flows.resources import warehouse_of
from flows.runs import dask_dispatch as spread
from flows.settings import Settings, settings
from support.fakes import FakeCloud

ORDER_S = float(sys.argv[2])


class SlowCloud(FakeCloud):
    """Takes its time for each order, as a cloud does that is asked over a network."""

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Stored | Failed]:
        """Answer each order in turn, late."""
        for order in orders:
            time.sleep(ORDER_S)
            yield from super().carry_out([order], progress)


def execution_context(settings: Settings, **said: Any) -> ExecutionContext:
    """A context with the slow cloud."""
    return ExecutionContext(warehouse_of(settings), SlowCloud(), **said)


async def main(batch: str) -> None:
    """Carry out the batch, and say how long it took and what became of it."""
    begun = time.monotonic()
    done = await apply.apply_actions(batch)
    sys.stdout.write(f"{time.monotonic() - begun:.1f} {done['done']}\n")


if __name__ == "__main__":
    vars(apply)["execution_context"] = vars(spread)["execution_context"] = execution_context
    os.environ.setdefault("PREFECT_HOME", str(settings().prefect_home))
    asyncio.run(main(sys.argv[1]))
