"""How long a command takes to start: `imagekeeper plan` of four actions and `--help`, beside an empty DuckDB.

All are processes of their own, in turn; the home has a warehouse already.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data.warehouse.connection import Warehouse

ROUNDS = 7
COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'imagekeeper'; from flows.cli import main; main()"]
BATCH = Path(__file__).parent.parent / "examples" / "share_abroad.yaml"
PROCESSES = {
    "plan": [*COMMAND, "plan", str(BATCH)],
    "help": [*COMMAND, "--help"],
    "duckdb": [sys.executable, "-c", "import duckdb; duckdb.connect()"],
}


def main() -> None:
    """Run the three in turn; print medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        env = os.environ | {"IMAGEKEEPER_HOME": name}
        with Warehouse(Path(name) / "warehouse.duckdb").writing():
            pass
        times: dict[str, list[float]] = {process: [] for process in PROCESSES}
        for number in range(ROUNDS + 1):
            for process, command in PROCESSES.items():
                start = time.perf_counter()
                done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
                if number:
                    times[process].append(time.perf_counter() - start)
                assert done.returncode in (0, 3), command
    plan, help_, bare = (statistics.median(times[process]) for process in ("plan", "help", "duckdb"))
    print(f"median of {ROUNDS}: plan of four actions {plan:.2f} s, --help {help_:.2f} s, duckdb.connect() {bare:.2f} s")
    print(f"plan {plan / bare:.1f} x duckdb.connect() (goal 5), --help {help_ / bare:.1f} x (goal 2.5)")


if __name__ == "__main__":
    main()
