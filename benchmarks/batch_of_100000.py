"""A batch of 100,000 actions as a flow run, beside ``flows/lifecycle/steps.py`` alone on the same warehouse.

Once as a bulk file of one action, once written out action by action with neighbours of different kinds.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rows import Goal, row
from share_million import NoCloud, build

from data.warehouse.connection import Warehouse
from domain.actions import Batch
from flows.batches.bulk_files import read_bulk
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.prepared_batch import ActionBatch, PreparedBatch
from flows.lifecycle.steps import ExecutionContext
from flows.server.prefect_environment import environment
from flows.server.prefect_server import serving

ACTIONS = 100_000
ROUNDS = 3
GOALS = {"bulk": Goal(2, "s"), "mixed": Goal(2, "s")}
"""How much longer the batch takes as a flow run than the lifecycle alone."""
KINDS = ("share_image", "deprecate_image", "deactivate_image", "reactivate_image")
RUN = 2_500
"""How many neighbours are of one kind."""


def mixed(folder: Path) -> PreparedBatch:
    """Actions of four kinds, some neighbours of each at a time."""
    with Warehouse(folder / "run" / "warehouse.duckdb").reading() as con:
        images = con.execute(f"SELECT image_id, owner, region FROM image ORDER BY 1 LIMIT {ACTIONS}").fetchall()
    steps: list[dict[str, Any]] = []
    for number in range(ACTIONS):
        image, owner, region = images[number % len(images)]
        kind = KINDS[number // RUN % len(KINDS)]
        said = {"tenants": ["umbrella"]} if "share" in kind else {}
        steps.append({"action": kind, "image": image, "actor": owner, "region": region} | said)
    return ActionBatch(Batch.model_validate({"batch_id": "mixed", "actions": steps}), "bench", folder)


def work_of(which: str, folder: Path) -> PreparedBatch:
    """The batch."""
    return mixed(folder) if which == "mixed" else read_bulk(folder / "requests.parquet", "share_image")


def alone(which: str, folder: Path) -> float:
    """Seconds that the lifecycle takes."""
    work = work_of(which, folder)
    start = time.perf_counter()
    lifecycle.apply(work, ExecutionContext(Warehouse(folder / "run" / "warehouse.duckdb"), NoCloud()))
    return time.perf_counter() - start


def as_flow(which: str, folder: Path) -> float:
    """Seconds that the same takes as a flow run."""
    from prefect import flow
    from prefect.logging.handlers import APILogHandler

    from flows import apply

    apply.execution_context = lambda _, **said: ExecutionContext(
        Warehouse(folder / "run" / "warehouse.duckdb"), NoCloud(), **said
    )  # type: ignore[assignment]
    work = work_of(which, folder)

    @flow(name="batch")
    async def batch() -> None:
        await apply.carry_out(work)

    @flow(name="warm-up")
    async def warm_up() -> None:
        pass

    async def timed() -> float:
        await warm_up()
        start = time.perf_counter()
        await batch()
        seconds = time.perf_counter() - start
        await APILogHandler.aflush()
        return seconds

    return asyncio.run(timed())


def main() -> None:
    """Run the two in turn, in processes of their own, on fresh copies of one world."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, ACTIONS)
        env = os.environ | environment(folder / "prefect") | {"IMAGEKEEPER_HOME": str(folder / "home")}
        with serving(folder / "prefect") as server:
            env |= server.environment
            for which, goal in GOALS.items():
                more_s = []
                for number in range(ROUNDS):
                    seconds = {}
                    for side in ("alone", "as_flow"):
                        shutil.rmtree(folder / "run", ignore_errors=True)
                        shutil.copytree(folder / "world", folder / "run")
                        words = [sys.executable, __file__, side, which, folder]
                        told = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
                        seconds[side] = float(json.loads(told.stdout.splitlines()[-1]))
                    more = seconds["as_flow"] - seconds["alone"]
                    more_s.append(more)
                    print(
                        f"{which}, round {number + 1}: lifecycle alone {seconds['alone']:.2f} s, as a flow run"
                        f" {seconds['as_flow']:.2f} s: {more:.2f} s more",
                        flush=True,
                    )
                row(which, statistics.median(more_s), goal)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps({"alone": alone, "as_flow": as_flow}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))))
    else:
        main()
