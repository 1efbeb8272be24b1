"""Kill -9 amid a batch: the same batch again leaves at the cloud what it says, nothing twice and nothing lost."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from three_tenants import World

from support.worlds.batches import THERE, applied, work_of

SCRIPT = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from data.warehouse.connection import Warehouse
from flows.clouds.openstack.calls import Api
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle.steps import ExecutionContext
from support.worlds.batches import applied, work_of
folder, call, when, steps, actor = Path(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:8]
plain, calls = Api._call, iter(range(10**6))
def counted(self, method, *args, **how):
    deadly = method != "GET" and next(calls) == call
    if deadly and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = plain(self, method, *args, **how)
    if deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
Api._call = counted
cloud = OpenStackCloud(Tenants(file=Path(sys.argv[8])), folder / "state", threads=1)
work = work_of(json.loads(steps), folder, actor, batch_id="killed")
applied(work, ExecutionContext(Warehouse(folder / "var" / "warehouse.duckdb"), cloud))
"""


DISK = {"file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 1}


@pytest.mark.parametrize("call", [1, 2, 3, 5, 8])
def test_a_batch_of_images_is_finished_by_the_next(nothing_public: None, world: World, call: int) -> None:
    """Images of two regions and their members, killed before some call."""
    steps: list[dict[str, Any]] = [
        {"action": "import_image", "as": "one", "name": "one", **DISK},
        {"action": "import_image", "as": "two", "name": "two", **DISK},
        {"action": "share_image", "image": "$one", "tenants": [world.names["umbrella"], world.names["initech"]]},
        {"action": "copy_image", "image": "$one", "to_region": THERE, "name": "abroad"},
    ]
    assert outcomes_after_a_kill(world, steps, call, "before") == ["done"] * 5
    assert sorted(one["name"] for one in world.images("acme")) == ["one", "two"]
    assert [one["name"] for one in world.images("acme", THERE)] == ["abroad"]
    (one,) = [one for one in world.images("acme") if one["name"] == "one"]
    assert len(world.glance("acme").members(one["id"])) == 2
    assert_in_step(world)


@pytest.mark.parametrize(("call", "when"), [(2, "after"), (3, "after"), (4, "before"), (4, "after")])
def test_a_batch_of_servers_is_finished_by_the_next(nothing_public: None, alone: World, call: int, when: str) -> None:
    """A launch and a capture, whose ids are the cloud's, killed before or after some call."""
    steps: list[dict[str, Any]] = [
        {"action": "import_image", "as": "web", "name": "web", **DISK},
        {"action": "launch_server", "as": "one", "image": "$web", "name": "one", "flavor": "s2.medium.1"},
        {"action": "capture_server", "server": "$one", "name": "golden", "image_type": "system_disk"},
    ]
    assert outcomes_after_a_kill(alone, steps, call, when) == ["done"] * 3
    (server,) = alone.servers("acme")
    with alone.warehouse.reading() as con:
        ((ours, theirs),) = con.execute("SELECT server_id, blob FROM server").fetchall()
    assert (server["status"], server["id"], server["tags"]) == ("ACTIVE", theirs, [ours])
    assert sorted(image["name"] for image in alone.images("acme")) == ["golden", "web"]
    assert_in_step(alone)


def outcomes_after_a_kill(world: World, steps: list[dict[str, Any]], call: int, when: str) -> list[str]:
    """Apply steps of acme's; the process dies before or after a call that changes something. Then apply them again.

    Gives the outcome of each line, or the error of one that failed.
    """
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SCRIPT, root, root / "tests", world.folder, call, when, json.dumps(steps)]
    command += [world.names["acme"], world.clouds_yaml]
    ended = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    found = applied(work_of(steps, world.folder, world.names["acme"], batch_id="killed"), world.context)
    return [line["error"] or line["outcome"] for line in found]


def assert_in_step(world: World) -> None:
    """A sync finds nothing that the warehouse does not know."""
    done = world.sync()
    assert (done.plain["changed"], done.plain["appeared"], done.plain["drift"]) == (0, 0, [])
