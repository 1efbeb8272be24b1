"""The commands of docs/how-to/scale-out.md, run on a real PostgreSQL, with two workers and Dask."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.runs.deployments import SCHEDULED, registry
from flows.server.access import Connection, auth_string
from flows.server.prefect_environment import TUNING
from flows.server.record import answers
from support.user import PROJECT, User, free_port, soon

pytestmark = pytest.mark.scale

PAGE = (PROJECT / "docs" / "how-to" / "scale-out.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name), default=None)
SLOW_CLOUD = Path(__file__).parents[1] / "support" / "clouds" / "slow_cloud.py"
BATCH = """
actor: acme
region: eu-west-0
actions:
"""
IMPORT = "  - {{action: import_image, name: {name}, file: disk.raw, image_type: system_disk, min_disk_gb: {gb}}}\n"
SINGLES = 5
SAID_ANEW = (
    "schedules",
    "pull_steps",
    "status",
    "last_polled",
    "version_id",
    "version_info",
    "global_concurrency_limit",
)
"""What of a deployment has times and numbers of its own, or may change meanwhile."""


def block(words: str) -> str:
    """The one block of commands of the page that has these words."""
    (found,) = (one for one in BLOCKS if words in one)
    return str(found)


@contextmanager
def running(words: list[Any], log: Path, end: int = signal.SIGKILL, **how: Any) -> Iterator[None]:
    """A program that runs meanwhile, in a group of its own; all of the group is ended after it."""
    with log.open("wb") as written:
        process = subprocess.Popen(words, stdout=written, stderr=written, start_new_session=True, **how)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, end)
        process.wait(30)


@dataclass
class Site:
    """An installation as the page describes it, on ports and in folders of the test."""

    user: User
    logs: Path
    ports: dict[int, int] = field(default_factory=lambda: {port: free_port() for port in (5432, 4200, 8786)})

    def said(self, words: str) -> str:
        """A block of the page, with our ports and folders."""
        text = block(words).replace("/var/lib/imagekeeper", str(self.user.home))
        text = text.replace("/srv/batches", str(self.user.folder))
        for theirs, ours in self.ports.items():
            text = text.replace(str(theirs), str(ours))
        return text

    @property
    def environment(self) -> dict[str, str]:
        """What the commands find in their environment: this installation first, no other's Prefect."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "PREFECT_HOME": str(self.logs / "prefect"), "PREFECT_SERVER_UI_ENABLED": "false"}
        return {name: value for name, value in self.user.environment.items() if name != "IMAGEKEEPER_HOME"} | own

    def does(self, *blocks: str, folder: Path = PROJECT) -> str:
        """Run blocks of the page in one shell, and give what is printed."""
        script = "".join(self.said(words) for words in blocks)
        told = subprocess.run(
            ["bash", "-ec", script],
            env=self.environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def keeps(self, name: str, *blocks: str) -> Any:
        """Run blocks of the page in one shell for as long as a ``with`` lasts."""
        script = "".join(self.said(words) for words in blocks)
        return running(["bash", "-ec", script], self.logs / f"{name}.log", env=self.environment, cwd=self.user.folder)

    @property
    def server(self) -> Connection:
        """The server, and the password that was created for it."""
        return Connection(f"http://127.0.0.1:{self.ports[4200]}/api", auth_string(self.user.home / "prefect"))

    @cached_property
    def prefect(self) -> httpx.Client:
        """Who asks Prefect's API."""
        return httpx.Client(base_url=self.server.url, headers=self.server.headers, timeout=30)

    def asks(self, what: str, said: dict[str, Any] | None = None) -> Any:
        """What Prefect's API answers."""
        answer = self.prefect.get(what) if said is None else self.prefect.post(what, json=said)
        return answer.raise_for_status().json()

    def starts(self, deployment: str, **parameters: Any) -> str:
        """Start a run, and give its id."""
        known = self.asks(f"deployments/name/{deployment}")["id"]
        return str(self.asks(f"deployments/{known}/create_flow_run", {"parameters": parameters})["id"])

    def completed(self, kind: str) -> Counter[str]:
        """How many flow runs or task runs were completed, by the first two words of their names."""
        found = self.asks(f"{kind}/filter", {kind: {"state": {"type": {"any_": ["COMPLETED"]}}}})
        return Counter(" ".join(one["name"].split()[:2]) for one in found)


@contextmanager
def postgres(port: int, log: Path) -> Iterator[dict[str, str]]:
    """A PostgreSQL of our own; what its tools must find in their environment. It refuses to be run by root."""
    if POSTGRES is None:
        pytest.skip("there is no PostgreSQL: apt-get install postgresql")
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="postgres"))
    try:
        if who:
            os.chown(folder, who["user"], who["group"])
        initdb = [
            POSTGRES / "initdb",
            "-D",
            folder,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **who)
        quick = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]
        server = [POSTGRES / "postgres", "-D", folder, "-p", str(port), "-k", folder, *quick]
        there = {"PGHOST": str(folder), "PGPORT": str(port), "PGUSER": "postgres", "PATH": f"{POSTGRES}:/usr/bin:/bin"}
        with running(server, log, signal.SIGINT, cwd="/", **who):
            soon(lambda: subprocess.run([POSTGRES / "pg_isready", "-q"], env=there, check=False).returncode == 0)
            yield there
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Prefect's server on PostgreSQL, a work pool, what is deployed to it, Dask, and two workers."""
    tmp_path = tmp_path_factory.mktemp("site")
    folder, logs = tmp_path / "desk", tmp_path / "logs"
    folder.mkdir()
    logs.mkdir()
    (folder / "disk.raw").write_bytes(bytes(range(256)) * 4096)
    made = Site(User(tmp_path / "home", folder), logs)
    with ExitStack() as up:
        there = up.enter_context(postgres(made.ports[5432], logs / "postgres.log"))
        subprocess.run(["bash", "-ec", made.said("CREATE ROLE")], env=there, cwd="/", check=True, capture_output=True)
        up.enter_context(made.keeps("server", "guarded_prefect --port"))
        up.enter_context(made.keeps("scheduler", "dask scheduler"))
        up.enter_context(made.keeps("dask", "dask worker"))
        soon(lambda: answers(made.server.url))
        up.callback(made.prefect.close)
        made.does("work-pool create")
        dask = ("IMAGEKEEPER_TASK_RUNNER", "IMAGEKEEPER_DASK_ADDRESS")
        for name in ("one", "other"):
            up.enter_context(made.keeps(name, *dask, "prefect worker start"))
        made.does("flows.deploy", folder=tmp_path)
        yield made


def test_all_of_it(site: Site) -> None:
    """Five runs and a batch that start at once are done by two workers; Dask carries out what the batch orders."""
    assert len(site.asks("deployments/filter", {})) == len(registry())
    form = site.asks("deployments/name/import-image/import-image")["parameter_openapi_schema"]["properties"]
    assert (form["min_disk_gb"]["title"], form["min_disk_gb"]["minimum"]) == ("Min disk (GB)", 1)
    imported = site.user.home / "import"
    imported.mkdir(parents=True)
    (imported / "disk.raw").write_bytes(bytes(range(255)) * 4096)
    site.user.writes(
        "first_day.yaml", BATCH + "".join(IMPORT.format(name=f"batch-{number}", gb=1) for number in range(8))
    )

    def start(number: int) -> None:
        said = {"name": f"single-{number}", "file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 1}
        site.starts("import-image/import-image", **said, actor="acme", region="eu-west-0")

    with ThreadPoolExecutor(SINGLES + 1) as pool:
        batch = pool.submit(site.does, "prefect deployment run", folder=site.user.folder)
        list(pool.map(start, range(SINGLES)))
        batch.result()
    soon(lambda: site.completed("flow_runs")["import image"] == SINGLES)
    names = {row["name"] for row in site.user.asks("SELECT name FROM image WHERE owner = 'acme' AND status = 'active'")}
    assert names == {f"single-{number}" for number in range(SINGLES)} | {f"batch-{number}" for number in range(8)}
    assert len(site.asks("work_pools/imagekeeper/workers/filter", {})) == 2
    soon(lambda: site.completed("task_runs") == {"chunk 1": SINGLES + 1, "1 orders": 8})
    # what Dask's processes made is settled
    assert list((site.user.home / "images" / ".doubts").iterdir()) == []


def test_schedules_start_runs(site: Site) -> None:
    """On PostgreSQL too: what is to come of each schedule is there."""
    coming = soon(lambda: site.asks("flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}))
    assert len({run["deployment_id"] for run in coming}) == len(SCHEDULED)


def test_prefect_yaml(site: Site, tmp_path: Path) -> None:
    """What ``prefect deploy`` makes of the file is what we deploy, but for the forms; three of them here."""
    head, *entries = re.split(r"^(?=- name: )", (PROJECT / "prefect.yaml").read_text(), flags=re.MULTILINE)
    some = [entry for entry in entries if re.match("- name: (batch|import-image|daily)$", entry, re.MULTILINE)]
    (tmp_path / "prefect.yaml").write_text(head + "".join(some))
    full_names = ("apply-actions/batch", "import-image/import-image", "check-drift/daily")
    before = [site.asks(f"deployments/name/{name}") for name in full_names]
    site.does("prefect --no-prompt deploy", folder=tmp_path)
    after = [site.asks(f"deployments/name/{name}") for name in full_names]
    changed = {key for one, other in zip(before, after, strict=True) for key in one if one[key] != other[key]}
    assert {"updated", "parameter_openapi_schema"} <= changed <= {"updated", "parameter_openapi_schema", *SAID_ANEW}
    assert [one["slug"] for one in after[2]["schedules"]] == ["daily"]


def test_the_page_starts_the_server_as_we_do() -> None:
    """What makes our own server quick is on the page."""
    said = dict(re.findall(r"export (\w+)=(\S+)", block("guarded_prefect --port")))
    wanted = {name: value for name, value in TUNING.items() if name.startswith("PREFECT_SERVER_")}
    assert {name: said.get(name) for name in wanted} == wanted


def test_a_slow_cloud(site: Site, tmp_path: Path) -> None:
    """On a cloud that takes 3 s for an order Dask has 16 done sooner than they are in turn."""
    there = User(tmp_path / "home", site.user.folder, site.server)
    lines = (IMPORT.format(name=f"slow-{number}", gb=3) for number in range(16))
    batch = there.writes("slow.yaml", BATCH + "".join(lines))
    how = {"IMAGEKEEPER_TASK_RUNNER": "dask", "PREFECT_HOME": str(there.home), "PREFECT_LOGGING_LEVEL": "ERROR"}
    told = subprocess.run(
        [sys.executable, SLOW_CLOUD, batch, "3"],
        env=there.environment | how,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    seconds, done = told.stdout.split()
    assert done == "16"
    assert float(seconds) < 16 * 3
