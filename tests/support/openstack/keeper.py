"""The process that owns a stack: it starts the servers, and stops them when nobody is left who uses them.

``python -m support.openstack.keeper MEETING`` in the folder ``tests``, where MEETING is the folder in which it and its
users meet. It goes into the background at once and belongs to no process of the test run, so that it does not matter in
which order these end, nor how.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from filelock import FileLock

from support.openstack.configuration import configure_cinder, configure_glance, configure_keystone, configure_nova
from support.openstack.identity import Identity
from support.openstack.servers import Server
from support.openstack.template import REGIONS, endpoints, moved, template

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
ROOM = 2 << 30


class ExecutionContext:
    """The servers of a stack, with their data in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keystone = Server("keystone", folder / "keystone")
        self._glances = {region: Server("glance", folder / region) for region in REGIONS}
        self._nova = Server("nova", folder / "nova")
        self._cinder = Server("cinder", folder / "cinder")

    def start(self) -> dict[str, object]:
        """Start all from a copy of the template; gives what users have to know."""
        origin = template()
        keystone_url = f"{self._keystone.url}/v3"
        glance_urls = {region: server.url for region, server in self._glances.items()}
        shutil.copytree(origin / "keystone", self._keystone.folder)
        configure_keystone(self._keystone.folder)
        endpoints(self._keystone.folder / "keystone.db", keystone_url, glance_urls)
        for region, server in self._glances.items():
            shutil.copytree(origin / "glance", server.folder)
            configure_glance(server.folder, region, server.url, keystone_url)
        for server in (self._nova, self._cinder):
            shutil.copytree(origin / server.kind, server.folder)
        moved(self._nova.folder)
        region = REGIONS[0]
        asked = {"glance_url": glance_urls[region], "cinder_url": self._cinder.url}
        configure_nova(self._nova.folder, region, self._nova.url, keystone_url, **asked)
        configure_cinder(self._cinder.folder, region, glance_urls[region], keystone_url)
        servers = [self._keystone, *self._glances.values()]
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        with closing(Identity(keystone_url)) as identity:
            identity.ask_once(glance_urls.values())
        projects = json.loads((origin / "projects.json").read_text())
        urls = {"keystone_url": keystone_url, "glance_urls": glance_urls}
        return {**urls, "nova_url": self._nova.url, "cinder_url": self._cinder.url, "projects": projects}

    def follow(self) -> None:
        """Let those Glances be down that are to be, and no others; start Nova and Cinder once they are wanted."""
        if wanted(self._folder).exists() and not self._nova.started:
            self._nova.start()
            self._cinder.start()
        for region, server in self._glances.items():
            down = stopped(self._folder, region).exists()
            if down and server.started:
                server.stop()
            elif not down and not server.started:
                server.start()

    def stop(self) -> None:
        """Stop all, and remove the data."""
        for server in (self._keystone, *self._glances.values(), self._nova, self._cinder):
            server.stop()
        shutil.rmtree(self._folder)


def stopped(folder: Path, region: str) -> Path:
    """The file that is there while a region's Glance is to be down."""
    return folder / f"{region}.stopped"


def wanted(folder: Path) -> Path:
    """The file that is there once somebody wants Nova and Cinder: most tests need no servers."""
    return folder / "servers.wanted"


def keep(meeting: Path) -> None:
    """Keep a stack while it has users."""
    folder = Path(tempfile.mkdtemp(prefix="imagekeeper-openstack-", dir=MEMORY if roomy(MEMORY) else None))
    context = ExecutionContext(folder)
    try:
        told = context.start() | {"folder": str(folder)}
        (meeting / "stack.new").write_text(json.dumps(told))
        (meeting / "stack.new").rename(meeting / "stack.json")
        while not abandoned(meeting):
            context.follow()
            time.sleep(0.1)
    finally:
        context.stop()


def roomy(folder: Path) -> bool:
    """Whether images have room in a folder that may not be there; a container's has 64 MiB."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


def abandoned(meeting: Path) -> bool:
    """Whether nobody is left; from then on whoever comes has to start another stack."""
    if used(meeting):
        return False
    with FileLock(meeting / "lock"):
        if used(meeting):
            return False
        (meeting / "stack.json").unlink()
    return True


def used(meeting: Path) -> bool:
    """Whether a user is there: each holds a lock on a file of its own, and loses it however it ends."""
    return any(_held(user) for user in (meeting / "users").iterdir())


def _held(file: Path) -> bool:
    try:
        with file.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def main() -> None:
    """Keep a stack in the background, and leave a mark if that fails."""
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    meeting = Path(sys.argv[1])
    try:
        keep(meeting)
    except BaseException:
        (meeting / "failed").touch()
        raise


if __name__ == "__main__":
    main()
