"""All of a Nova in one process: its API and Placement's, conductor, scheduler and one host; and no networks.

Imported by serve.py, which serves ``application``. Nova's API is unavailable until a server could be launched.
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nova import monkey_patch

monkey_patch.patch(backend="threading")  # before anything else of Nova is there

FOLDER = os.environ["OS_NOVA_CONFIG_DIR"]
sys.argv = ["nova", "--config-file", f"{FOLDER}/nova.conf"]

import nova.virt  # noqa: E402 - see above
import os_vif  # noqa: E402
from nova import context, service  # noqa: E402
from nova.compute import rpcapi as compute  # noqa: E402
from nova.conductor import rpcapi as conductor  # noqa: E402
from nova.objects import flavor as flavors  # noqa: E402
from nova.objects import host_mapping  # noqa: E402
from nova.scheduler import rpcapi as scheduler  # noqa: E402
from nova.wsgi import osapi_compute  # noqa: E402
from placement.wsgi import api as placement  # noqa: E402

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

nova.virt.__path__.append(str(Path(__file__).parent))  # it looks for drivers nowhere else

READY, ONE = threading.Event(), threading.Lock()
SERVICES = {
    "nova-conductor": {"topic": conductor.RPC_TOPIC},
    "nova-scheduler": {"topic": scheduler.RPC_TOPIC},
    "nova-compute": {"topic": compute.RPC_TOPIC, "topic_alt": compute.RPC_TOPIC_ALT},
}

FLAVORS = {
    "s2.medium.1": (1, 1024, 10),
    "s2.large.2": (2, 4096, 10),
    "t1.tiny": (1, 64, 20),
    "s6.small.1": (1, 1024, 0),
}
"""Virtual CPUs, MB of memory and GB of disk of each; what has no disk starts from one of Cinder's."""


def networks(environ: dict[str, Any], start: Any) -> list[bytes]:
    """What a Neutron without networks answers, as far as Nova asks."""
    last = environ["PATH_INFO"].rsplit("/", 1)[-1].removesuffix(".json")
    return _answer(start, "200 OK", f'{{"{last}": []}}')


def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Pass a request on by the first part of its path."""
    first = environ["PATH_INFO"].split("/")[1]
    if first not in PARTS:
        return _answer(start, "404 Not Found", "{}")
    if first == "compute" and not READY.is_set():
        return _answer(start, "503 Service Unavailable", "{}")
    environ["SCRIPT_NAME"] += f"/{first}"
    environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(f"/{first}")
    return PARTS[first](environ, start)


def one_at_a_time(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Placement, without two requests at once.

    Of two that take from one host, one reads it again in a second transaction inside its first; and with transactions
    of serve.py that one waits for itself.
    """
    with ONE:
        return placement.application(environ, start)


def start_services() -> None:
    """Start what works behind the API, and let it be known to the scheduler; or end the process."""
    try:
        os_vif.initialize()
        for binary, topics in SERVICES.items():
            service.Service.create(binary=binary, **topics).start()
        admin = context.get_admin_context()
        host_mapping.discover_hosts(admin)
        for name, (vcpus, memory, disk) in FLAVORS.items():
            said = {"name": name, "flavorid": name, "vcpus": vcpus, "memory_mb": memory, "root_gb": disk}
            flavors.Flavor(admin, **said, ephemeral_gb=0, swap=0, rxtx_factor=1, is_public=True).create()
        READY.set()
    except BaseException:  # noqa: BLE001 - whatever it is, nobody else would hear of it
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _answer(start: Any, status: str, body: str) -> list[bytes]:
    start(status, [("Content-Type", "application/json")])
    return [body.encode()]


PARTS: dict[str, Wsgi] = {
    "compute": osapi_compute.application,
    "placement": one_at_a_time,
    "network": networks,
}


def _soon() -> None:
    time.sleep(0.2)  # the host reports to Placement, which is served as soon as this module is imported
    start_services()


threading.Thread(target=_soon, daemon=True).start()
