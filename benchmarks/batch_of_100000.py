"""A batch of 100,000 actions as a flow run, beside ``flows/lifecycle/steps.py`` alone on the same warehouse.

Once as a bulk file of one action, once written out action by action with neighbours of different kinds. Of what is
written out, the peak memory of the process that reads the file and applies it is printed too.
"""

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import Goal, row
from share_million import NoCloud, build

from data.warehouse.connection import Warehouse
from flows.batches.bulk_files import read_bulk
from flows.batches.yaml_files import read_batch
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.prepared_batch import ActionBatch, PreparedBatch
from flows.lifecycle.steps import ExecutionContext
from flows.server.prefect_environment import environment
from flows.server.prefect_server import serving

ACTIONS = 100_000
ROUNDS = 3
GOALS = {"bulk": Goal(2, "s"), "mixed": Goal(2, "s"), "memory": Goal(300, "MiB")}
"""How much longer the batch takes as a flow run than the lifecycle alone; and the peak memory of a process that reads
the written-out batch and applies it."""
KINDS = ("share_image", "deprecate_image", "deactivate_image", "reactivate_image")
RUN = 2_500
"""How many neighbours are of one kind."""


def write_mixed(folder: Path) -> None:
    """Write out actions of four kinds, some neighbours of each at a time."""
    with Warehouse(folder / "world" / "warehouse.duckdb").reading() as con:
        images = con.execute(f"SELECT image_id, owner, region FROM image ORDER BY 1 LIMIT {ACTIONS}").fetchall()
    with (folder / "mixed.yaml").open("w") as file:
        file.write("batch_id: mixed\nactions:\n")
        for number in range(ACTIONS):
            image, owner, region = images[number % len(images)]
            kind = KINDS[number // RUN % len(KINDS)]
            said = {"tenants": ["umbrella"]} if "share" in kind else {}
            file.write(f"  - {json.dumps({'action': kind, 'image': image, 'actor': owner, 'region': region} | said)}\n")


def work_of(which: str, folder: Path) -> PreparedBatch:
    """The batch."""
    if which == "mixed":
        return ActionBatch(read_batch(folder / "mixed.yaml"), "bench", folder)
    return read_bulk(folder / "requests.parquet", "share_image")


def peak(which: str, folder: Path) -> float:
    """The peak memory of reading the batch and applying it with the lifecycle alone, in MiB."""
    alone(which, folder)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
        write_mixed(folder)
        env = os.environ | environment(folder / "prefect") | {"IMAGEKEEPER_HOME": str(folder / "home")}
        with serving(folder / "prefect") as server:
            env |= server.environment
            for which in ("bulk", "mixed"):
                more_s = []
                for number in range(ROUNDS):
                    seconds = {}
                    for side in ("alone", "as_flow"):
                        seconds[side] = measured(side, which, folder, env)
                    more = seconds["as_flow"] - seconds["alone"]
                    more_s.append(more)
                    print(
                        f"{which}, round {number + 1}: lifecycle alone {seconds['alone']:.2f} s, as a flow run"
                        f" {seconds['as_flow']:.2f} s: {more:.2f} s more",
                        flush=True,
                    )
                row(which, statistics.median(more_s), GOALS[which])
            row("memory", measured("peak", "mixed", folder, env), GOALS["memory"])


def measured(side: str, which: str, folder: Path, env: dict[str, str]) -> float:
    """What a process of its own measures on a fresh copy of the world."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    shutil.copytree(folder / "world", folder / "run")
    words = [sys.executable, __file__, side, which, folder]
    told = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
    return float(json.loads(told.stdout.splitlines()[-1]))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(
            json.dumps({"alone": alone, "as_flow": as_flow, "peak": peak}[sys.argv[1]](sys.argv[2], Path(sys.argv[3])))
        )
    else:
        main()
