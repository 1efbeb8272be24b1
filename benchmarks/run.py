"""Run all benchmarks, or those that are named, and compare each row with its goal and with the previous result.

``python benchmarks/run.py [--folder FOLDER] [BENCHMARK …]``

A benchmark that fails does not stop the others. FOLDER (``var/bench``) gets a JSON file and a Markdown table of each
run; a benchmark is named by its file, with or without ``.py``. The exit status is 1 if a row missed its goal or failed.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rows import PREFIX, Goal, Row

HERE = Path(__file__).parent
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
LEAKS = re.compile(r"nanobind: leaked.*?refleaks\.html\n?", re.DOTALL)
"""What DuckDB's Python module writes to stderr where Prefect's threads keep it in use until the interpreter ends."""

Results = dict[str, list[Row]]


def main() -> int:
    """Run the benchmarks, write and print the results; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "var" / "bench")
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", default=BENCHMARKS)
    given = parser.parse_args()
    files = [file_of(name) for name in given.benchmarks]
    if missing := [str(file) for file in files if not file.is_file()]:
        parser.error(f"there is no {', '.join(missing)}; choose from {', '.join(BENCHMARKS)}")
    given.folder.mkdir(parents=True, exist_ok=True)
    previous = previous_values(given.folder)
    before = conditions()
    print(before, flush=True)
    results = {file.name: rows_of(file) for file in files}
    write(given.folder, before, results, table(results, previous))
    return int(any(row.status != "met" for rows in results.values() for row in rows))


def file_of(name: str) -> Path:
    """The file of a benchmark: one of this folder, or any other by its path."""
    path = Path(name).with_suffix(".py")
    return path if len(path.parts) > 1 else HERE / path


def conditions() -> str:
    """The machine, its load, and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()},"
        f" duckdb {version('duckdb')}, prefect {version('prefect')}; load {os.getloadavg()[0]:.1f} before"
    )


def rows_of(file: Path) -> list[Row]:
    """The rows of a benchmark, which is run in a process of its own; what else it prints is passed on."""
    print(f"\n{file.name}", flush=True)
    rows = []
    environment = os.environ | {"PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    with tempfile.TemporaryFile("w+") as errors:
        command = [sys.executable, file]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as running:
            for line in running.stdout or ():
                if line.startswith(PREFIX):
                    rows.append(Row.parsed(line))
                else:
                    print(line, end="", flush=True)
        errors.seek(0)
        said = LEAKS.sub("", errors.read()).strip()
    print(said, end="\n" if said else "", file=sys.stderr, flush=True)
    if running.returncode:
        last = said.splitlines()[-1] if said else f"it ended with status {running.returncode}"
        rows.append(Row("all of it", Goal(0, "errors"), error=last))
    elif not rows:
        rows.append(Row("all of it", Goal(0, "errors"), error="it reported no row"))
    return rows


def previous_values(folder: Path) -> dict[tuple[str, str], float]:
    """The values of each row, by benchmark and name, in the newest result that has it."""
    values: dict[tuple[str, str], float] = {}
    for file in sorted(folder.glob("*.json")):
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for name, rows in told["benchmarks"].items():
            values |= {(name, row["name"]): row["value"] for row in rows if row["value"] is not None}
    return values


def table(results: Results, previous: dict[tuple[str, str], float]) -> str:
    """The results as a Markdown table."""
    lines = ["| Benchmark | Row | Value | Goal | Result | Change |", "|---|---|--:|--:|---|--:|"]
    for name, rows in results.items():
        for row in rows:
            value = "" if row.value is None else f"{row.value:.4g} {row.goal.unit}"
            result = f"FAILED: {row.error}".replace("|", "\\|") if row.value is None else row.status
            change = change_of(row.value, previous.get((name, row.name)))
            lines.append(f"| {name} | {row.name} | {value} | {row.goal} | {result} | {change} |")
    return "\n".join(lines)


def change_of(value: float | None, before: float | None) -> str:
    """By how much a value differs from the one before, in percent."""
    if value is None or before is None:
        return "" if value is None else "new"
    return f"{value / before - 1:+.1%}" if before else f"{value - before:+g}"


def write(folder: Path, before: str, results: Results, shown: str) -> None:
    """Write the results as JSON and as a table, and print the table."""
    now = datetime.now(UTC)
    path = folder / f"{now:%Y-%m-%dT%H-%M-%S-%f}Z"
    benchmarks = {name: [asdict(row) | {"status": row.status} for row in rows] for name, rows in results.items()}
    told = {"at": now.isoformat(), "conditions": before, "benchmarks": benchmarks}
    path.with_suffix(".json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(f"{before}\n\n{shown}\n", encoding="utf-8")
    print(f"\n{shown}\n\n{path.with_suffix('.json')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
