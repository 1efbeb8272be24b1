"""A run of one action, started as people start it, beside an empty Prefect flow on the same server and runner.

Each is a deployment; each run is a process of its own. It is measured from asking for the run until it is completed
(which has up to 2 s of waiting for the runner in it), and by the server's own times of the run, in turn.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rows import Goal, row

from flows.server.access import Connection, auth_string

ROUNDS = 30
PORT = 4310
GOALS = {"up on an empty home": Goal(30, "s"), "one action to an empty flow": Goal(1.3, "x")}
EMPTY = """
from prefect import flow

@flow
async def empty():
    pass

if __name__ == "__main__":
    empty.serve("empty", pause_on_shutdown=False)
"""


def main() -> None:
    """Start the home and the empty flow's own runner; print medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty_flow.py").write_text(EMPTY)
        env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        env |= {"IMAGEKEEPER_HOME": str(folder / "home")}
        here = Path(sys.executable).parent
        began = time.perf_counter()
        up = subprocess.Popen([here / "imagekeeper", "up", "--port", str(PORT)], env=env, stdout=subprocess.PIPE)
        assert up.stdout is not None
        up.stdout.readline()
        row("up on an empty home", time.perf_counter() - began, GOALS["up on an empty home"])
        server = Connection(f"http://127.0.0.1:{PORT}/api", auth_string(folder / "home" / "prefect"))
        api = httpx.Client(base_url=f"{server.url}/", headers=server.headers, timeout=30)
        served = {**server.environment, "PREFECT_RUNNER_POLL_FREQUENCY": "2"}
        other = subprocess.Popen(
            [sys.executable, folder / "empty_flow.py"], env=env | served, stdout=subprocess.DEVNULL
        )
        try:
            measure(api)
        finally:
            for process in (other, up):
                process.send_signal(signal.SIGINT)
                process.wait(60)


def measure(api: httpx.Client) -> None:
    """Run the two in turn."""
    asked = {"image": "none", "tenants": ["umbrella"], "actor": "acme", "region": "eu-west-0"}
    times = [(*timed(api, "empty/empty", {}), *timed(api, "share-image/share-image", asked)) for _ in range(ROUNDS + 1)]
    sides = zip(*times[1:], strict=True)
    empty_s, empty_run_s, one_s, one_run_s = (statistics.median(side) for side in sides)
    print(f"median of {ROUNDS}, asked for until completed: empty {empty_s:.2f} s, one action {one_s:.2f} s")
    print(f"ratio {one_s / empty_s:.2f}; the runs themselves {empty_run_s:.2f} and {one_run_s:.2f} s")
    row("one action to an empty flow", one_s / empty_s, GOALS["one action to an empty flow"])


def timed(api: httpx.Client, name: str, parameters: dict[str, Any]) -> tuple[float, float]:
    """Seconds from asking until completed, and the run's own."""
    deployment = soon(lambda: api.get(f"deployments/name/{name}"))["id"]
    start = time.perf_counter()
    run = soon(lambda: api.post(f"deployments/{deployment}/create_flow_run", json={"parameters": parameters}))["id"]
    told = soon(lambda: api.get(f"flow_runs/{run}"), "end_time")
    assert told["state"]["type"] == "COMPLETED", told["state"]
    seconds = time.perf_counter() - start
    began, ended = (datetime.fromisoformat(told[moment]) for moment in ("start_time", "end_time"))
    return seconds, (ended - began).total_seconds()


def soon(ask: Any, wanted: str | None = None) -> dict[str, Any]:
    """What an answer says, once it is there."""
    while True:
        told = ask()
        if told.is_success and (wanted is None or told.json()[wanted]):
            answer: dict[str, Any] = told.json()
            return answer
        time.sleep(0.05)


if __name__ == "__main__":
    main()
