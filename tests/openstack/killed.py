"""A batch whose process is killed at a call of the cloud."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from three_tenants import World

SCRIPT = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from data.warehouse import Warehouse
from flows.clouds.openstack.calls import Api
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle import Keeper
from batches import applied, work_of
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
cloud = OpenStackCloud(Tenants(file=Path(sys.argv[8])), folder / "state", lanes=1)
work = work_of(json.loads(steps), folder, actor, batch_id="killed")
applied(work, Keeper(Warehouse(folder / "var" / "warehouse.duckdb"), cloud))
"""


def kill(world: World, steps: list[dict[str, Any]], call: int, when: str = "before") -> None:
    """Apply steps of acme's as the batch ``killed``; the process dies before or after a call that changes something."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SCRIPT, root, root / "tests", world.folder, call, when, json.dumps(steps)]
    command += [world.names["acme"], world.clouds_yaml]
    ended = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
