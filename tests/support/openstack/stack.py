"""A real Keystone and one real Glance a region, as tests see them."""

import fcntl
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from json import loads
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml
from filelock import FileLock

from support.openstack import image_rows
from support.openstack.identity import administered, credentials
from support.openstack.keeper import stopped, used, wanted
from support.openstack.servers import ASKED, answers


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything is. All tests of a run share it; those that need a tenant of their own make one."""

    folder: Path
    """What the servers write; gone with them."""
    keystone_url: str
    """With ``/v3``, as ``auth_url`` has it."""
    glance_urls: dict[str, str]
    """By region, without ``/v2``."""
    nova_url: str
    """Of the first region, without a path: the only one that has servers."""
    cinder_url: str
    """Likewise."""
    projects: dict[str, str]
    """Ids by name: the tenants, ``platform``, and what ``new_project`` made in this process."""

    @property
    def first(self) -> str:
        """The region that has servers, once somebody wants them."""
        return next(iter(self.glance_urls))

    @property
    def clouds_yaml(self) -> Path:
        """The clouds.yaml with an entry for each project there was from the beginning."""
        return self.folder / "clouds.yaml"

    def clouds(self, *names: str) -> Path:
        """Write a clouds.yaml of its own with these projects, or with all that are known."""
        path = self.folder / f"clouds-{uuid.uuid4().hex}.yaml"
        self.write_clouds(path, names or tuple(self.projects))
        return path

    def clouds_called(self, **projects: str) -> Path:
        """Write a clouds.yaml whose entries are called otherwise than their projects."""
        path = self.clouds(*projects.values())
        written = yaml.safe_load(path.read_text())["clouds"]
        entries = {name: written[project] for name, project in projects.items()}
        path.write_text(yaml.safe_dump({"clouds": entries}))
        return path

    def write_clouds(self, path: Path, names: tuple[str, ...]) -> None:
        """Write a clouds.yaml with these projects; each can use all regions."""
        entries = {
            name: {
                "auth_type": "password",
                "auth": credentials(self.keystone_url, name),
                "regions": list(self.glance_urls),
                "identity_api_version": "3",
                "image_api_version": "2",
                "server_network": "none",
            }
            for name in names
        }
        path.write_text(yaml.safe_dump({"clouds": entries}))

    def new_project(self, name: str | None = None) -> dict[str, str]:
        """Make a project with a user who is its member; gives what clouds.yaml calls ``auth``."""
        name = name or f"tenant-{uuid.uuid4().hex[:12]}"
        self.projects[name] = administered(self.keystone_url).new_project(name)
        return credentials(self.keystone_url, name)

    def insert_images(self, region: str, owner: str, count: int, name: str = "image") -> list[str]:
        """Put active private images without data straight into a region's database; gives their ids."""
        return image_rows.insert(self.folder / region / "glance.db", owner, count, name)

    @contextmanager
    def outage(self, region: str) -> Iterator[None]:
        """Have a region's Glance down meanwhile: connections are refused.

        It is down for all tests of the run; one that wants this has a stack of its own, with ``joined(tmp_path)``.
        """
        self.stop(region)
        try:
            yield
        finally:
            self.start(region)

    def want_compute(self) -> None:
        """Have the first region's Nova and Cinder started, without waiting."""
        wanted(self.folder).touch()

    def compute(self) -> None:
        """Have the first region's Nova and Cinder started, wait until they can be used, and put them in the catalog."""
        listed = self.folder / "servers.listed"
        with FileLock(self.folder / "servers.lock"):
            if listed.exists():
                return
            self.want_compute()
            _until(lambda: answers(self.nova_url + ASKED["nova"]), 120)
            _until(lambda: answers(self.cinder_url + ASKED["cinder"]), 120)
            urls = {"compute": f"{self.nova_url}/compute/v2.1", "block-storage": f"{self.cinder_url}/v3"}
            identity = administered(self.keystone_url)
            for kind, url in urls.items():
                service = identity.create("service", type=kind, name=kind)
                identity.create("endpoint", service_id=service, interface="public", region_id=self.first, url=url)
            listed.touch()

    def stop(self, region: str) -> None:
        """Kill a region's Glance."""
        stopped(self.folder, region).touch()
        _until(lambda: not self._up(region), 30)

    def start(self, region: str) -> None:
        """Start a region's Glance again, on the same port and with what it had, and wait until it answers."""
        stopped(self.folder, region).unlink(missing_ok=True)
        _until(lambda: self._up(region), 120)

    def _up(self, region: str) -> bool:
        return answers(self.glance_urls[region] + ASKED["glance"])


@contextmanager
def joined(meeting: Path) -> Iterator[Stack]:
    """The stack that all who meet in a folder share: the first has it started, the last waits until it is gone."""
    users = meeting / "users"
    users.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=users) as us:
        fcntl.flock(us, fcntl.LOCK_EX)
        with FileLock(meeting / "lock"):
            stack = _stack(meeting)
        yield stack
    _until(lambda: used(meeting) or not stack.folder.exists(), 30)


def _stack(meeting: Path) -> Stack:
    file = meeting / "stack.json"
    first = not file.exists()
    if first:
        _start_keeper(meeting)
    told = loads(file.read_text())
    stack = Stack(**told | {"folder": Path(told["folder"])})
    if first:
        stack.write_clouds(stack.clouds_yaml, tuple(stack.projects))
    return stack


def _start_keeper(meeting: Path) -> None:
    failed, log = meeting / "failed", meeting / "context.log"
    failed.unlink(missing_ok=True)
    with log.open("w") as said:
        subprocess.run(
            [sys.executable, "-m", "support.openstack.keeper", str(meeting)],
            cwd=Path(__file__).parents[2],
            check=True,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    _until(lambda: (meeting / "stack.json").exists() or failed.exists(), 300)
    if failed.exists():
        raise RuntimeError(f"the stack did not start: {log.read_text()[-2000:]}")


def _until(true: Callable[[], object], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError(f"not so after {seconds:.0f} seconds")
        time.sleep(0.05)
