"""kill -9 at any moment: the next apply of the same file finishes the work."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from data.warehouse.connection import Warehouse
from flows.batches.yaml_files import read_batch
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext
from support.effort import FULL

APPLY = """
import sys
from pathlib import Path
from test_killed import apply
print("begins", flush=True)
apply(Path(sys.argv[1]), Path(sys.argv[2]))
"""
DISK_BYTES = 24 * 2**20
HOLDINGS = {
    "image": "SELECT name, region, checksum, encrypted, status, size_bytes FROM image ORDER BY ALL",
    "image_member": "SELECT i.name, m.tenant, m.removed_at IS NULL FROM image_member AS m JOIN image AS i"
    " USING (image_id) ORDER BY ALL",
    "server": "SELECT name, state, flavor FROM server ORDER BY ALL",
    "server_span": "SELECT s.name, p.state FROM server_span AS p JOIN server AS s USING (server_id) ORDER BY ALL",
    "action_log": "SELECT line, verdict, denied_by, outcome FROM action_log ORDER BY ALL",
}


def keeper_at(home: Path) -> ExecutionContext:
    """A context with the embedded cloud, as the program has it."""
    return ExecutionContext(Warehouse(home / "warehouse.duckdb"), LocalCloud(home / "images", home / "keys"))


def apply(desk: Path, home: Path) -> lifecycle.Summary:
    """Apply the batch on a desk."""
    batch = read_batch(desk / "batch.yaml")
    return lifecycle.apply(ActionBatch(batch, "batch.yaml", desk), keeper_at(home))


def held(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What there is at the end, by table, without what a clock or chance decides."""
    with Warehouse(home / "warehouse.duckdb").reading() as con:
        return {table: con.execute(query).fetchall() for table, query in HOLDINGS.items()}


def stored(home: Path) -> set[str]:
    """Every file of the store, but for its locks."""
    files = (path for path in (home / "images").rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(home / "images")) for path in files if path.name != ".lock"}


def used(home: Path) -> set[str]:
    """The blobs that some image, server or disk uses."""
    with Warehouse(home / "warehouse.duckdb").reading() as con:
        rows = con.execute(
            "SELECT blob FROM image WHERE deleted_at IS NULL UNION SELECT blob FROM server WHERE deleted_at IS NULL"
        ).fetchall()
    return {blob for (blob,) in rows}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch in which much of the time goes into moving bytes."""
    folder = tmp_path_factory.mktemp("desk")
    chance = random.Random(1)
    for number in range(3):
        (folder / f"disk-{number}.raw").write_bytes(chance.randbytes(DISK_BYTES))
    steps = [
        f"  - {{action: import_image, as: i{n}, name: disk-{n}, file: disk-{n}.raw, image_type: system_disk,"
        f" min_disk_gb: 1, encrypted: {str(n == 2).lower()}}}"
        for n in range(3)
    ]
    steps += [
        "  - {action: share_image, image: $i0, tenants: [umbrella, initech]}",
        "  - {action: copy_image, as: west, image: $i0, to_region: eu-west-1}",
        "  - {action: copy_image, as: open, image: $i2, name: open, encrypted: false}",
        "  - {action: launch_server, as: s, image: $i1, name: server, flavor: s3.large.2}",
        "  - {action: stop_server, server: $s}",
        "  - {action: share_image, image: $i2, tenants: [umbrella]}",
        "  - {action: delete_image, image: $i1}",
        "  - {action: delete_image, image: $open}",
        "  - {action: export_image, image: $i0, file: out/disk.raw}",
    ]
    (folder / "batch.yaml").write_text("\n".join(["actor: acme", "region: eu-west-0", "actions:", *steps]))
    return folder


@pytest.fixture(scope="module")
def undisturbed(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[tuple[Any, ...]]], float]:
    """What the batch comes to when nobody kills it, and how long it takes."""
    home = tmp_path_factory.mktemp("undisturbed")
    start = time.monotonic()
    apply(desk, home)
    (desk / "out" / "disk.raw").unlink()
    return held(home), time.monotonic() - start


@pytest.mark.parametrize("moment", [0.02, 0.4, 0.8] if not FULL else [n / 40 for n in range(40)])
def test_killed_at_some_moment(
    moment: float, desk: Path, undisturbed: tuple[dict[str, list[tuple[Any, ...]]], float], tmp_path: Path
) -> None:
    """Nothing lost, nothing twice, no stray file: as if it had not been killed."""
    expected, seconds = undisturbed
    (desk / "out" / "disk.raw").unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", APPLY, desk, tmp_path], cwd=Path(__file__).parent, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process, process.stdout as told:
        told.readline()
        time.sleep(seconds * moment)
        process.send_signal(signal.SIGKILL)
    apply(desk, tmp_path)
    assert held(tmp_path) == expected
    assert {path.rsplit("/", 1)[1] for path in stored(tmp_path)} == used(tmp_path)
    assert (desk / "out" / "disk.raw").read_bytes() == (desk / "disk-0.raw").read_bytes()
