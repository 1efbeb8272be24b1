"""All benchmarks, one after the other, with the conditions they ran under."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

BENCHMARKS = (
    "start_up.py",
    "import_gigabyte.py",
    "one_action.py",
    "started_runs.py",
    "batch_of_100000.py",
    "share_million.py",
    "sync_inventory.py",
    "meter_year.py",
    "reports.py",
)


def main() -> None:
    """Print the conditions, then what each benchmark prints."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()},"
        f" duckdb {version('duckdb')}, prefect {version('prefect')}; load {os.getloadavg()[0]:.1f} before",
        flush=True,
    )
    for name in BENCHMARKS:
        print(f"\n{name}", flush=True)
        subprocess.run([sys.executable, Path(__file__).parent / name], check=True)


if __name__ == "__main__":
    main()
