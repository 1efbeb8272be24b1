"""100,000,000 server-hours become charges (11,400 servers, a year), beside the bare SQL that writes as many such rows.

The bare SQL is what a person would write by hand for these prices: it joins the same tables, multiplies, and inserts
rows of the same width, month by month in transactions of their own; it follows no lineage and checks nothing. Both
write a row a server, price and day; that a row an hour would come to the same sums is measured too.
"""

import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rows import Goal, measured, row

from data import read
from data.billing import metering, metering_runs
from data.warehouse.connection import Warehouse
from flows.pages.report_pages import publish

HERE = Path(__file__).parent
GOALS = {"ratio to bare SQL": Goal(2, "x"), "reports over the charges": Goal(10, "s")}
COST = set(re.findall(r'report\("(\w+)"', (HERE.parent / "notebooks" / "03_marketplace_cost.py").read_text()))
FIRST, BEYOND = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def build(folder: Path, servers: int) -> None:
    """Make the world, the same each time."""
    with Warehouse(folder / "world" / "warehouse.duckdb").writing() as con:
        for query in (HERE / "meter_world.sql").read_text().split(";\n"):
            con.execute(query.replace("$servers", str(servers)))


def ours(folder: Path) -> dict[str, float]:
    """Meter each month: gather, price, write; then the checks, timed apart."""
    warehouse = Warehouse(folder / "run" / "warehouse.duckdb", memory_limit="6GiB")
    start, checking, added = time.perf_counter(), 0.0, 0
    for month in metering.months(FIRST, BEYOND):
        with warehouse.writing() as con:
            metering.prepare(con)
            added += metering.meter(con, month, BEYOND).added
            con.execute("INSERT INTO metering VALUES ($1, $2, 0, 0, 0, NULL, $2)", [month, BEYOND])
            before = time.perf_counter()
            assert list(metering_runs.findings_of(con)) == []
            checking += time.perf_counter() - before
    return {"seconds": time.perf_counter() - start - checking, "checks": checking, "rows": added}


def bare(folder: Path) -> dict[str, float]:
    """The same by hand."""
    warehouse = Warehouse(folder / "run" / "warehouse.duckdb", memory_limit="6GiB")
    query = (HERE / "bare_meter.sql").read_text().replace("$until", BEYOND.isoformat())
    start, added = time.perf_counter(), 0
    for month in metering.months(FIRST, BEYOND):
        with warehouse.writing() as con:
            added += con.execute(query.replace("$month", month.isoformat())).fetchall()[0][0]
    return {"seconds": time.perf_counter() - start, "rows": added}


def report(folder: Path) -> dict[str, float]:
    """The page on cost for a month: all that its notebook asks, one query after the other, and the page itself."""
    path, asked = folder / "run" / "warehouse.duckdb", {"month": "2025-12", "as_of": "2026-01-01"}
    start = time.perf_counter()
    for name in read.names():
        known = read.about(name).parameters
        if name in COST:
            read.report(name, warehouse=path, **{key: said for key, said in asked.items() if key in known})
    queried = time.perf_counter()
    publish(path, folder / "pages", only=["marketplace_cost"], parameters=asked)
    return {"queries": queried - start, "page": time.perf_counter() - queried}


def hourly(folder: Path) -> dict[str, float]:
    """A row an hour, in memory, for December: the sums of both, which must agree to the last digit."""
    with Warehouse(folder / "run" / "warehouse.duckdb", memory_limit="6GiB").reading() as con:
        return dict(con.sql((HERE / "hour_by_hour.sql").read_text()).to_arrow_table().to_pylist()[0])


def measure(which: str, folder: Path) -> dict[str, float]:
    """Run one of them in a process of its own; those that write, on a fresh copy of the world."""
    if which in ("ours", "bare"):
        subprocess.run(["rm", "-rf", folder / "run"], check=True)
        subprocess.run(["cp", "-r", folder / "world", folder / "run"], check=True)
    done = subprocess.run([sys.executable, __file__, which, folder], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(servers: int = 11_400, rounds: int = 2) -> None:
    """Build once, run both in turn, print each and the ratio; then the reports over what was written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, servers)
        ratios = []
        for number in range(rounds):
            first, second = measure("bare", folder), measure("ours", folder)
            assert first["rows"] == second["rows"]
            print(f"round {number + 1}: bare {first}\n         ours {second}")
            ratios.append(second["seconds"] / first["seconds"])
            print(f"         ratio {ratios[-1]:.2f}", flush=True)
        row("ratio to bare SQL", statistics.median(ratios), GOALS["ratio to bare SQL"])
        print(f"         reports over {second['rows']:,.0f} charges", flush=True)
        measured(
            "reports over the charges", lambda: measure("report", folder)["seconds"], GOALS["reports over the charges"]
        )
        print(f"         December a row a day, and a row an hour {measure('hourly', folder)}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        told = {"ours": ours, "bare": bare, "report": report, "hourly": hourly}[sys.argv[1]](Path(sys.argv[2]))
        told["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in told.items()}))
    else:
        main()
