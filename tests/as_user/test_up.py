"""``imagekeeper up`` and ``down``: one home for Prefect's server, what runs the flows, and the reports.

The tests follow one home through its life, in the order they stand in.
"""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.states import Scheduled

from data.warehouse.connection import Warehouse
from flows.server.access import Connection, auth_string, report_key
from flows.server.lost_runs import forget_missed
from support.user import User, free_port, soon
from support.warm_command import COMMAND

pytestmark = pytest.mark.home

STOPPED_S = 30
NOTIFY = "custom-webhook/ops"
BATCH = """
actor: acme
region: eu-west-0
actions:
  - {{action: import_image, name: {name}, file: disk.raw, image_type: system_disk, min_disk_gb: 1}}
"""


@dataclass
class Home:
    """A home that is up, as its user sees it."""

    user: User
    port: int
    written: list[Path] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None

    def up(self) -> None:
        """Start it as from a terminal, and wait until it says where it is."""
        out = self.user.folder / f"up-{len(self.written)}.txt"
        self.written.append(out)
        with out.open("wb") as written:
            self.process = subprocess.Popen(
                [COMMAND, "up", "--port", str(self.port)],
                cwd=self.user.folder,
                env=self.user.environment | {"IMAGEKEEPER_NOTIFY": NOTIFY},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )
        soon(lambda: "UI is at" in self.said() or (self.process is not None and self.process.poll() is not None))
        assert "UI is at" in self.said(), self.said()

    def said(self) -> str:
        """What it wrote on the terminal since it was started last."""
        return self.written[-1].read_text()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        assert self.process is not None
        return self.process.wait(STOPPED_S)

    def asks(self, what: str) -> Any:
        """What Prefect's API answers."""
        answer = httpx.get(f"{self.prefect.url}/{what}", headers=self.prefect.headers, timeout=30)
        return answer.raise_for_status().json()

    def tells(self, what: str, said: dict[str, Any]) -> Any:
        """What Prefect's API answers to something told to it; while it is busy it says so, and is told again."""

        def told() -> httpx.Response | None:
            answer = httpx.post(f"{self.prefect.url}/{what}", json=said, headers=self.prefect.headers, timeout=30)
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        return soon(told).raise_for_status().json()

    def automations(self) -> list[str]:
        """The names of Prefect's automations."""
        return sorted(one["name"] for one in self.tells("automations/filter", {}))

    @property
    def prefect(self) -> Connection:
        """Prefect's server, and the password that was made for it."""
        return Connection(f"http://127.0.0.1:{self.port}/api", auth_string(self.user.home / "prefect"))

    @property
    def server(self) -> int:
        """The process of Prefect's server."""
        return int(json.loads((self.user.home / "prefect" / "server.json").read_text())["pid"])

    @property
    def pids(self) -> set[int]:
        """Every process that belongs to it, with the runs that go on."""
        there = json.loads((self.user.home / "prefect" / "up.json").read_text())
        leaders = {there["pid"], there["runner"], self.server}
        return leaders | {pid for pid in processes() if group_of(pid) in leaders}

    def asks_for(self, name: str) -> str:
        """Start the run of a batch that imports an image; its id."""
        batch = self.user.writes(f"{name}.yaml", BATCH.format(name=name))
        deployment = soon(lambda: self.asks("deployments/name/apply-actions/batch"))["id"]
        said = {"parameters": {"batch": str(batch)}}
        return str(self.tells(f"deployments/{deployment}/create_flow_run", said)["id"])

    def runs(self, name: str) -> str:
        """Start the run of a batch that imports an image, and give its id once it is running."""
        run = self.asks_for(name)
        soon(lambda: self.recorded(run) == "RUNNING")
        return run

    def process_of(self, run: str) -> int:
        """The process that carries a run out."""
        named = f"PREFECT__FLOW_RUN_ID={run}".encode()
        return next(pid for pid in self.pids if named in Path(f"/proc/{pid}/environ").read_bytes())

    def images(self, name: str) -> list[str]:
        """The names of the images that are called so, in the order of their names."""
        with Warehouse(self.user.home / "warehouse.duckdb").reading() as con:
            found = con.execute("SELECT name FROM image WHERE name LIKE ? ORDER BY name", [name]).fetchall()
        return [one for (one,) in found]

    def recorded(self, run: str) -> str:
        """The state of a run in the database, which a server need not be there for."""
        with closing(sqlite3.connect(self.user.home / "prefect" / "prefect.db", timeout=30)) as con:
            (state,) = con.execute("SELECT state_type FROM flow_run WHERE id = ?", [run]).fetchone()
        return str(state)


def processes() -> list[int]:
    """The processes there are."""
    listed = subprocess.run(["ps", "-eo", "pid="], capture_output=True, text=True, check=True)
    return [int(line) for line in listed.stdout.split()]


def group_of(pid: int) -> int | None:
    """The group of a process."""
    with suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None


def alive(pids: set[int]) -> set[int]:
    """Which of these processes are there still, but for those that are over and only waited for."""
    told = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    there = {int(pid) for pid, state in map(str.split, told.splitlines()) if not state.startswith("Z")}
    return pids & there


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, prefect_database: Path) -> Iterator[Home]:
    """A home of its own, up; where a database is there already, it is so in half the time."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "disk.raw").write_bytes(bytes(range(256)) * 4096)
    # who stands in another project that has a package of the same name gets ours all the same
    (folder / "flows").mkdir()
    (folder / "flows" / "__init__.py").write_text("raise SystemExit('not this one')")
    made = Home(User(tmp_path_factory.mktemp("home"), folder), free_port())
    (made.user.home / "prefect").mkdir(mode=0o700)
    shutil.copy(prefect_database, made.user.home / "prefect" / "prefect.db")
    made.up()
    yield made
    made.user.says("down")


class Heard(HTTPServer):
    """Somebody who is notified by a webhook."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__(("127.0.0.1", 0), _Listens)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"

    def may_be_told(self, home: Home) -> None:
        """Make the block that notifies by a webhook, as the form in the UI does."""
        kind, name = NOTIFY.split("/")
        type_id = home.asks(f"block_types/slug/{kind}")["id"]
        (schema, *_) = home.tells("block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [type_id]}}})
        said = {"name": name, "url": self.url, "json_data": {"text": "{{subject}}: {{body}}"}}
        named = {"name": name, "block_type_id": type_id, "block_schema_id": schema["id"]}
        home.tells("block_documents/", named | {"data": said})


class _Listens(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Heard)
        self.server.said.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    """Somebody to notify."""
    listens = Heard()
    yield listens
    listens.shutdown()
    listens.server_close()


@contextmanager
def busy(home: Home) -> Iterator[None]:
    """Somebody else writes to the warehouse, so that runs that begin go on until the end of this."""
    with Warehouse(home.user.home / "warehouse.duckdb").writing():
        yield


def test_where_it_is_and_what_it_serves(home: Home) -> None:
    """One line says where the UI is and what is served; by then it answers, from whatever folder it was started."""
    line, password = home.said().splitlines()
    assert str(home.user.home / "prefect" / "auth_string") in password
    assert f"http://127.0.0.1:{home.port}:" in line
    assert "deployments" in line
    served = home.tells("deployments/filter", {})
    assert {"batch", "hourly", "import-image"} <= {one["name"] for one in served}
    assert str(len(served)) in line
    assert home.asks("deployments/name/meter-usage/hourly")["schedules"][0]["schedule"]["cron"] == "7 * * * *"


def test_who_is_to_be_told_and_is_not_there(home: Home) -> None:
    """Where the block is not that is to notify people, the line says so; all else is there."""
    assert f"there is no block {NOTIFY}" in home.said()
    assert home.automations() == [
        "imagekeeper: go on with what was killed",
        "imagekeeper: open the batch that drift proposes",
        "imagekeeper: see that a run was killed",
    ]


def test_started_twice(home: Home) -> None:
    """The second is told which process keeps the home up, and where."""
    told = home.user.says("up")
    assert told.returncode == 2
    assert home.process is not None
    assert f"process {home.process.pid}" in told.stderr
    assert f"http://127.0.0.1:{home.port}" in told.stderr


def test_a_port_that_is_taken(home: Home, tmp_path: Path) -> None:
    """It is named, with what to do."""
    told = User(tmp_path / "other", tmp_path).says("up", "--port", str(home.port))
    assert told.returncode == 2
    assert f"port {home.port} is in use" in told.stderr
    assert f"imagekeeper up --port {home.port + 1}" in told.stderr
    assert User(tmp_path / "other", tmp_path).says("up", "--port", "80").returncode == 2


def test_the_reports_are_shown(home: Home) -> None:
    """The folder of the reports, and nothing else, to this machine, for reading."""
    reports = home.user.home / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "inventory.html").write_text("what there is")
    (reports / "elsewhere").symlink_to(home.user.home)
    with httpx.Client(base_url=f"http://127.0.0.1:{home.port + 1}", headers=home.prefect.headers) as browser:
        assert browser.get("/inventory.html").text == "what there is"
        assert "inventory.html" in browser.get("/").text
        assert browser.post("/inventory.html").status_code == 405
    key = report_key(home.user.home / "prefect")
    assert httpx.get(f"http://127.0.0.1:{home.port + 1}/{key}/inventory.html").text == "what there is"
    assert httpx.get(f"http://127.0.0.1:{home.port + 1}/inventory.html").status_code == 401


def test_missed_runs_are_not_all_made_up_for(home: Home) -> None:
    """Of what schedules would have started in a downtime the latest is kept, and all to come or asked for."""
    now = datetime.now(UTC)

    async def look() -> tuple[int, list[str]]:
        async with PrefectClient(home.prefect.url, auth_string=home.prefect.auth_string) as client:
            flow = await client.create_flow_from_name("sleeper")
            deployments = [await client.create_deployment(flow, name) for name in ("one", "other")]
            for deployment in deployments:
                for hours in (-3, -2, -1, 1):
                    await made(client, deployment, f"{hours} h", now + timedelta(hours=hours))
            with closing(sqlite3.connect(home.user.home / "prefect" / "prefect.db", timeout=30)) as con, con:
                con.execute("UPDATE flow_run SET auto_scheduled = 1 WHERE name LIKE '% h'")
            await made(client, deployments[0], "asked for", now - timedelta(hours=5))
            forgotten = await forget_missed(client, now)
            return forgotten, [run.name for run in await client.read_flow_runs() if run.flow_id == flow]

    async def made(client: PrefectClient, deployment: Any, name: str, when: datetime) -> None:
        await client.create_flow_run_from_deployment(deployment, name=name, state=Scheduled(scheduled_time=when))

    forgotten, left = asyncio.run(look())
    assert forgotten == 4
    assert sorted(left) == sorted(["-1 h", "1 h"] * 2 + ["asked for"])


def test_eight_at_once_though_one_is_killed(home: Home) -> None:
    """Eight runs that move bytes, more than go on at once, and a kill -9 of one: nothing is lost, nothing twice."""
    with busy(home):
        runs = [home.asks_for(f"eight-{n}") for n in range(8)]
        going = soon(lambda: next((run for run in runs if home.recorded(run) == "RUNNING"), None))
        os.kill(home.process_of(going), signal.SIGKILL)
        soon(lambda: home.recorded(going) != "RUNNING")
    for run in runs:
        soon(lambda run=run: home.recorded(run) == "COMPLETED")
    assert home.images("eight-%") == [f"eight-{n}" for n in range(8)]
    states = [one["type"] for one in home.asks(f"flow_run_states/?flow_run_id={going}")]
    assert (states.count("CRASHED"), states[-1]) == (1, "COMPLETED")


def test_the_server_is_started_again(home: Home) -> None:
    """After a kill -9 of Prefect's server it is back on its port, and a run that was going goes on to its end."""
    killed = home.server
    with busy(home):
        run = home.runs("outlives")
        os.kill(killed, signal.SIGKILL)
        soon(lambda: home.server != killed and home.asks("health"))
        assert home.recorded(run) == "RUNNING"
    soon(lambda: home.recorded(run) == "COMPLETED")
    assert "it is up again" in home.said()
    assert "Traceback" not in home.said()


def test_a_server_that_hangs_is_started_again(home: Home) -> None:
    """One that lives and says nothing, here as it was made to stand still, is ended and started again."""
    hanging = home.server
    os.kill(hanging, signal.SIGSTOP)
    soon(lambda: home.server != hanging and home.asks("health"), seconds=150)
    soon(lambda: "had not answered for a minute; it is up again" in home.said())
    assert not alive({hanging})


def test_killed(home: Home, heard: "Heard") -> None:
    """After a kill -9 `down` clears up what is left, and says so; after the next `up` the run that was lost goes on."""
    heard.may_be_told(home)
    pids = home.pids
    with busy(home):
        run = home.runs("lost")
        assert home.process is not None
        home.process.kill()
        home.process.wait()
        told = home.user.says("down")
    assert told.returncode == 0
    assert "was killed" in told.stdout
    assert not alive(pids)
    home.up()
    soon(lambda: home.recorded(run) == "COMPLETED")
    assert home.images("lost") == ["lost"]


def test_drift_is_told_and_what_repairs_it_opened(home: Home, heard: "Heard") -> None:
    """A blob that is gone: whoever is to be notified is, and the batch that is proposed waits for a person."""
    assert "there is no block" not in home.said()
    assert len(home.automations()) == 5
    next((home.user.home / "images").glob("*/blobs/*/*")).unlink()
    check = home.asks("deployments/name/check-drift/daily")["id"]
    home.tells(f"deployments/{check}/create_flow_run", {})
    batch = {"deployments": {"name": {"any_": ["batch"]}}, "flow_runs": {"state": {"name": {"any_": ["Suspended"]}}}}
    (opened,) = soon(lambda: home.tells("flow_runs/filter", batch))
    assert opened["parameters"]["batch"].startswith(str(home.user.home / "proposed"))
    (told,) = soon(lambda: heard.said)
    assert "Imagekeeper: drift: " in told
    assert "missing" in told


def test_ctrl_c_ends_all_of_it(home: Home) -> None:
    """Every process, also of a run that goes on; that run ends as crashed or cancelled, and nobody sees a traceback."""
    with busy(home):
        run = home.runs("ended")
        pids = home.pids
        assert len(pids) >= 4  # a schedule may have begun a run of its own just then
        assert home.process is not None
        os.killpg(home.process.pid, signal.SIGINT)
        assert home.ended() == 0
    assert not alive(pids)
    assert home.recorded(run) in ("CRASHED", "CANCELLED")
    assert home.said().splitlines()[2:] == ["Stopped."]


def test_down_where_nothing_is_up(home: Home) -> None:
    """It says so, and that is no error."""
    told = home.user.says("down")
    assert (told.returncode, told.stdout) == (0, "imagekeeper is not up.\n")
