"""Every query of every report, and every page, on 1,000,000 images, 10,000,000 members and a year of charges.

The world is the demo world, the same each time. Beside two of the queries stands what a person would write without
them: the tables fetched into pandas, joined and counted there; both must come to the same numbers.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from rows import Goal, measured, row

from data import demo, read
from data.warehouse.connection import Warehouse
from flows.pages.report_pages import headings, publish

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
MEMBERS = "SELECT image_id, tenant, status FROM image_member WHERE removed_at IS NULL"
OWNERS = "SELECT image_id, owner, region, image_type, size_bytes FROM image WHERE deleted_at IS NULL"


def fetched(path: Path, query: str) -> pd.DataFrame:
    """What a person fetches who goes on in pandas."""
    with Warehouse(path).reading() as con:
        return con.sql(query).df()


def matrix_in_pandas(path: Path) -> dict[tuple[str, str], int]:
    """How many images each owner shares with each tenant."""
    joined = fetched(path, MEMBERS).merge(fetched(path, OWNERS)[["image_id", "owner"]], on="image_id")
    return joined.groupby(["owner", "tenant"]).size().to_dict()


def matrix(path: Path) -> dict[tuple[str, str], int]:
    """The same, as a report."""
    told = read.report("sharing_matrix", warehouse=path, as_of=UNTIL)
    return dict(zip(zip(told.owner, told.tenant, strict=True), told.shares, strict=True))


def storage_in_pandas(path: Path) -> dict[str, int]:
    """The size of all image files in each region."""
    return fetched(path, OWNERS).groupby("region").size_bytes.sum().astype(int).to_dict()


def storage(path: Path) -> dict[str, int]:
    """The same, as a report."""
    told = read.report("storage_by_region", warehouse=path, as_of=UNTIL)
    return dict(zip(told.region, told.size_bytes, strict=True))


GOALS = {
    "query": Goal(2, "s"),
    "page": Goal(20, "s"),
    "size of page": Goal(4, "MB"),
    "peer": Goal(1, "x", at_least=True),
}
"""By kind of row: each query, each page, and each peer as pandas' time over ours."""

PEERS = {"sharing_matrix": (matrix, matrix_in_pandas), "storage_by_region": (storage, storage_in_pandas)}


def best(work: Callable[[], Any], rounds: int = 3) -> tuple[float, Any]:
    """The shortest of some rounds, in seconds, and what it came to."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        told = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), told


def queries() -> list[str]:
    """The reports; where the policy judges for several actions, one action at a time, as the page does."""
    by_action = [f"{name} {action}" for name in read.names() if "action" in read.about(name).parameters
                 for action in read.about(name).judges or ()]  # fmt: skip
    return [name for name in read.names() if "action" not in read.about(name).parameters] + by_action


def query(path: Path, said: str) -> pd.DataFrame:
    """A report as the pages ask for it: lists of at most 500 rows, and what another profile would change."""
    name, _, action = said.partition(" ")
    asked = {"as_of": UNTIL, "top": 500, "other_profile": "otc", "action": action or None}
    known = read.about(name).parameters
    return read.report(name, warehouse=path, **{key: value for key, value in asked.items() if key in known})


def measure(which: str, path: Path) -> dict[str, Any]:
    """One of them, in this process."""
    kind, name = which.split(":")
    if kind == "query":
        return {"seconds": best(lambda: query(path, name))[0]}
    if kind == "page":
        seconds, (page, _) = best(lambda: publish(path, path.parent / "pages", [name], {"as_of": UNTIL}), rounds=1)
        return {"seconds": seconds, "megabytes": page.stat().st_size / 1e6}
    ours, theirs = PEERS[name]
    (fast, said), (slow, by_hand) = best(lambda: ours(path)), best(lambda: theirs(path), rounds=1)
    assert said == by_hand
    return {"report": fast, "pandas": slow}


def apart(which: str, path: Path) -> dict[str, Any]:
    """One of them, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, which, path], check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def in_pandas(report: str, path: Path) -> float:
    """How many times as long pandas takes, for the same numbers."""
    told = apart(f"peer:{report}", path)
    print(f"{report} {told['report']:.2f} s, in pandas {told['pandas']:.2f} s", flush=True)
    return float(told["pandas"] / told["report"])


def published(page: str, path: Path) -> float:
    """The seconds a page takes; its size is a row of its own."""
    told = apart(f"page:{page.removesuffix('.html')}", path)
    print(f"{page}: peak {told['peak_gib']:.2f} GiB without the kernel", flush=True)
    row(f"size of {page}", told["megabytes"], GOALS["size of page"])
    return float(told["seconds"])


def main(images: int = 1_000_000, tenants: int = 1_000, months: int = 12) -> None:
    """Make the world, and measure every query and page."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "warehouse.duckdb"
        start = time.perf_counter()
        filled = demo.fill(
            Warehouse(path, memory_limit="6GiB"), images=images, tenants=tenants, months=months, until=UNTIL
        )
        print(f"world of {filled}: {time.perf_counter() - start:.0f} s to make, {path.stat().st_size / 2**20:.0f} MiB")
        for report in queries():
            measured(f"query {report}", lambda of=report: apart(f"query:{of}", path)["seconds"], GOALS["query"])
        for report in PEERS:
            measured(f"peer {report}", lambda of=report: in_pandas(of, path), GOALS["peer"])
        for page in headings():
            measured(f"page {page}", lambda of=page: published(of, path), GOALS["page"])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        result = measure(sys.argv[1], Path(sys.argv[2]))
        result["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps(result))
    else:
        main()
