"""1,000,000 share requests against 1,000,000 images and 10,000,000 members, beside the bare SQL that does as much.

The bare SQL is what a person would write by hand for this one case: it reads the same file, joins
the same tables, finds the same denials, and inserts the same rows.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import Goal, row

from data.warehouse.connection import Warehouse
from domain.cloud import FileFacts, FolderFile, Order
from flows.batches.bulk_files import read_bulk
from flows.lifecycle import steps
from flows.lifecycle.steps import ExecutionContext

HERE = Path(__file__).parent
GOALS = {"ratio to bare SQL": Goal(1.5, "x")}


class NoCloud:
    """Sharing on the embedded cloud moves no bytes."""

    name = "local"
    manages_images = False

    def cannot(self, action: str, region: str) -> None:
        """Nothing."""

    def cannot_do(self, order: Order) -> None:
        """Nothing either."""

    def inspect_url(self, url: str) -> FileFacts:
        """Nothing is there."""
        return FileFacts(found=False)

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Nothing is looked at."""
        return FileFacts(found=(file.folder / file.name).exists())

    def carry_out(self, orders: object, progress: object) -> list[object]:
        """Nothing is carried out."""
        return []

    def clean_up(self, in_use: object) -> list[str]:
        """Nothing is in doubt."""
        return []


def build(folder: Path, images: int) -> None:
    """Make the world and the requests, the same each time."""
    with Warehouse(folder / "world" / "warehouse.duckdb").writing() as con:
        con.execute("SET preserve_insertion_order = false")
        for query in (HERE / "world.sql").read_text().split(";\n"):
            if query.strip():
                con.execute(query.replace("$images", str(images)).replace("$folder", str(folder)))


def ours(folder: Path) -> dict[str, float]:
    """Apply the file: gather, judge and record."""
    warehouse = Warehouse(folder / "run" / "warehouse.duckdb")
    start = time.perf_counter()
    work = read_bulk(folder / "requests.parquet", "share_image")
    read = time.perf_counter()
    summary = steps.apply(work, ExecutionContext(warehouse, NoCloud()))
    end = time.perf_counter()
    return {"seconds": end - start, "check_file": read - start, "done": summary.done, "denied": summary.denied}


def bare(folder: Path) -> dict[str, float]:
    """The same by hand."""
    start = time.perf_counter()
    with Warehouse(folder / "run" / "warehouse.duckdb").writing() as con:
        for query in (HERE / "bare_share.sql").read_text().split(";\n"):
            if query.strip():
                con.execute(query.replace("$folder", str(folder)))
        counted = time.perf_counter()
        rows = con.execute("SELECT verdict, count(*) FROM action_log GROUP BY verdict").fetchall()
    end = time.perf_counter()
    counts = dict(rows)
    return {"seconds": end - start, "sql": counted - start, "done": counts["allowed"], "denied": counts["denied"]}


def measure(which: str, folder: Path) -> dict[str, float]:
    """Run one of the two in a process of its own, on a fresh copy of the world."""
    subprocess.run(["rm", "-rf", folder / "run"], check=True)
    subprocess.run(["cp", "-r", folder / "world", folder / "run"], check=True)
    done = subprocess.run([sys.executable, __file__, which, folder], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(images: int = 1_000_000, rounds: int = 3) -> None:
    """Build once, run both in turn, print each and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, images)
        ratios = []
        for number in range(rounds):
            first, second = measure("bare", folder), measure("ours", folder)
            print(f"round {number + 1}: bare {first}\n         ours {second}")
            ratios.append(second["seconds"] / first["seconds"])
            print(f"         ratio {ratios[-1]:.2f}", flush=True)
        row("ratio to bare SQL", statistics.median(ratios), GOALS["ratio to bare SQL"])


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ("ours", "bare"):
        told = {"ours": ours, "bare": bare}[sys.argv[1]](Path(sys.argv[2]))
        told["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({name: round(value, 3) for name, value in told.items()}))
    elif len(sys.argv) == 3 and sys.argv[1] == "build":
        build(Path(sys.argv[2]), 1_000_000)
    else:
        main()
