"""The home: Prefect's server, what runs the flows, and the reports, kept up together until told to stop."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from filelock import FileLock, Timeout

from flows.prefect_server import ServerError, environment, revive, serving, stop_unused
from flows.processes import Child, end_group, lives
from flows.settings import Settings

RUNNER = "flows.runner"
"""The module whose process runs the flows."""

GRACE_S = 6.0
"""How long a flow run may take to end when all is stopped, in seconds; then it is killed."""

STOP_S = 60.0
"""How long ``down`` waits for a home to stop, in seconds; then it is killed."""

LOOK_S = 0.5
"""How often it is looked whether all that belongs to the home is there, in seconds."""

REVIVALS = 3
"""How often in a row the server is tried to be started again."""

NOT_UP = "imagekeeper is not up."

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Tell = Callable[[str], None]


class AlreadyUpError(ServerError):
    """The home is up already. The message is for people."""


class _Stopped(BaseException):
    """Somebody wants the home to stop."""


@dataclass(frozen=True, slots=True)
class Up:
    """A home that is up: which process keeps it up, where Prefect answers, and which process runs the flows."""

    pid: int
    url: str | None = None
    runner: int | None = None


def reports_url(settings: Settings) -> str:
    """Where the folder of the reports is to be seen while the home is up."""
    return f"http://127.0.0.1:{settings.prefect_port + 1}/"


def up(settings: Settings, tell: Tell) -> None:
    """Keep the home up until Ctrl-C, SIGTERM or ``down``; then stop all of it.

    Raises:
        AlreadyUpError: if it is up.
        ServerError: if Prefect's server cannot be had, or what runs the flows does not start.
    """
    home = settings.prefect_home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyUpError(_already(home)) from None
    try:
        _clear(home)
        _write(home, Up(os.getpid()))
        with suppress(_Stopped), _stoppable(), _reports(settings, tell):
            _keep_up(settings, tell)
    finally:
        _clear(home)
        lock.release()


def down(settings: Settings) -> str:
    """Stop the home, and what a killed one left; what was done, for people."""
    home = settings.prefect_home
    if not home.exists():
        return NOT_UP
    lock = FileLock(home / "up.lock")
    stopped = None
    try:
        lock.acquire(timeout=0)
    except Timeout:
        stopped = _stop(home, lock)
    try:
        left = _clear(home)
        # a server that a killed home left is in nobody's use
        left = stop_unused(home) or left
    finally:
        lock.release()
    if stopped is not None:
        return f"Stopped; it was process {stopped}."
    return "imagekeeper was killed and had left something running; that is stopped." if left else NOT_UP


async def forget_missed(client: Any, now: datetime) -> int:
    """Delete the runs that schedules would have started by ``now``, but for the latest of each deployment; how many.

    Each flow does what earlier runs left undone, so that one makes up for all. A run that began once, or that a person
    asked for, stays.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.sorting import FlowRunSort

    missed = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(is_null_=False),
        state=filters.FlowRunFilterState(name=filters.FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),
    )
    kept = set()
    superfluous = []
    async for run in _runs(client, missed, FlowRunSort.EXPECTED_START_TIME_DESC):
        if not run.auto_scheduled or run.run_count:
            continue
        if run.deployment_id in kept:
            superfluous.append(run.id)
        kept.add(run.deployment_id)
    for run_id in superfluous:
        await client.delete_flow_run(run_id)
    return len(superfluous)


def end_lost(url: str) -> int:
    """Have the runs end as crashed that deployments began and that nobody carries on; how many.

    Only to be called where nothing runs deployments: before the runner begins, or after it was killed.
    """
    going = {"deployment_id": {"is_null_": False}, "state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}}
    crashed = {"type": "CRASHED", "message": "What ran it was stopped; the next run does what is left."}
    lost = _post(f"{url}/flow_runs/filter", {"flow_runs": going})
    for run in lost:
        _post(f"{url}/flow_runs/{run['id']}/set_state", {"state": crashed, "force": True})
    return len(lost)


def _post(url: str, said: dict[str, Any]) -> Any:
    """Tell Prefect's API something, without the second that importing its client takes."""
    request = Request(url, json.dumps(said).encode(), {"Content-Type": "application/json"})  # noqa: S310 - http only
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - http only
        return json.load(answer)


async def _runs(client: Any, wanted: Any, sort: Any, page: int = 200) -> Any:
    """All flow runs that a filter names, page by page."""
    offset = 0
    while True:
        found = await client.read_flow_runs(flow_run_filter=wanted, sort=sort, limit=page, offset=offset)
        for run in found:
            yield run
        if len(found) < page:
            return
        offset += page


def _keep_up(settings: Settings, tell: Tell) -> None:
    """Start the server and the runner, and start again what ends, until a signal comes."""
    home = settings.prefect_home
    runner = _Runner(settings)
    try:
        with serving(home, settings.prefect_api_url, port=settings.prefect_port, meanwhile=runner.start) as url:
            try:
                _watch(settings, runner, url, tell)
            finally:
                # before the server, so that it hears what becomes of the runs that go on
                runner.stop()
                if settings.prefect_api_url is None:
                    with suppress(OSError):
                        end_lost(url)
    finally:
        runner.stop()


def _watch(settings: Settings, runner: "_Runner", url: str, tell: Tell) -> None:
    failures = 0
    while True:
        said = runner.says(LOOK_S)
        if said is not None:
            tell(f"Prefect's UI is at {url.removesuffix('/api')}: {said}; Ctrl-C or `imagekeeper down` stops it.")
        if runner.ended():
            runner.start_again(url, tell)
        if settings.prefect_api_url is not None:
            continue
        try:
            if revive(settings.prefect_home):
                tell("Prefect's server had ended; it is up again.")
            failures = 0
        except ServerError:
            failures += 1
            if failures == REVIVALS:
                raise


class _Runner:
    """The process that runs the flows, in a group of its own with all runs that go on."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log = settings.prefect_home / "runner.log"
        self.process: Child | None = None
        self.ready = False

    def start(self, url: str) -> None:
        """Start it for the server at ``url``, which need not answer yet."""
        self.stop()
        self.ready = False
        here = self.settings
        told = {
            "PREFECT_API_URL": url,
            "PYTHONSAFEPATH": "1",
            "IMAGEKEEPER_HOME": str(here.home.absolute()),
            "IMAGEKEEPER_PREFECT_PORT": str(here.prefect_port),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                [sys.executable, "-m", RUNNER, *(["--shared"] if here.prefect_api_url else [])],
                env=inherited | environment(here.prefect_home) | told,
                # it ends when this pipe does, also when we are killed
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                cwd=_standing(here.home),
            )
        _write(here.prefect_home, Up(os.getpid(), url, self.process.pid))

    def start_again(self, url: str, tell: Tell) -> None:
        """Start it again, unless it never came up.

        Raises:
            ServerError: if it ended as it started.
        """
        if not self.ready:
            raise ServerError(f"what runs the flows ended as it started; {self.log} says why")
        tell(f"What runs the flows had ended, {self.log} may say why; it is started again.")
        self.start(url)

    def says(self, seconds: float) -> str | None:
        """What it says when it is ready, once; waits for that, or just waits."""
        if self.process is None or self.process.stdout is None or self.ready:
            time.sleep(seconds)
            return None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        said = self.process.stdout.readline().decode().strip()
        self.ready = bool(said)
        if not said:
            # the end of what it says: it is ending
            self.process.wait(GRACE_S)
        return said or None

    def ended(self) -> bool:
        """Whether it is over."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """End it and all runs that go on."""
        process, self.process = self.process, None
        if process is None:
            return
        end_group(process.pid, RUNNER, GRACE_S, process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _standing(home: Path) -> Path:
    """The folder to run flows in: the one that the user stands in, so that the paths of batches mean what they say.

    Prefect looks there first for what it imports, so in a project with packages that are called as ours the home it is.
    """
    here = Path.cwd()
    ours = Path(__file__).resolve().parents[1]
    theirs = here != ours and any((here / name / "__init__.py").exists() for name in ("domain", "data", "flows"))
    return home.absolute() if theirs else here


@contextmanager
def _stoppable() -> Iterator[None]:
    """Signals end what is inside, and are ignored while it is cleared up."""

    def stop(*_: object) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise _Stopped

    # under nohup the end of the terminal is to be ignored
    heeded = [one for one in SIGNALS if one != signal.SIGHUP or signal.getsignal(one) != signal.SIG_IGN]
    before = {one: signal.getsignal(one) for one in heeded}
    for one in heeded:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _reports(settings: Settings, tell: Tell) -> Iterator[None]:
    """Show the folder of the reports on loopback, where its port is free."""
    try:
        server = ThreadingHTTPServer(
            ("127.0.0.1", settings.prefect_port + 1), partial(_Pages, directory=str(settings.reports))
        )
    except OSError:
        tell(f"Port {settings.prefect_port + 1} is taken, so the reports are only in the folder {settings.reports}.")
        yield
        return
    threading.Thread(target=server.serve_forever, daemon=True, name="reports").start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Pages(SimpleHTTPRequestHandler):
    """Gives the files of one folder to a browser on this machine, and does nothing else."""

    def do_GET(self) -> None:
        """Give a file, or the list of the folder."""
        folder = Path(self.directory).resolve()
        asked = Path(self.translate_path(self.path)).resolve()
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):
            # a page of the web that has its name lead to this machine must not read what is here
            self.send_error(403)
        elif not asked.is_relative_to(folder):
            self.send_error(404)
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        """There is only GET."""
        self.send_error(501)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal is for what the home has to say."""


def _already(home: Path) -> str:
    there = _said(home)
    if there is None:
        return "imagekeeper is up already; `imagekeeper down` stops it"
    where = "it is starting" if there.url is None else there.url.removesuffix("/api")
    return f"imagekeeper is up already, process {there.pid}: {where}; `imagekeeper down` stops it"


def _stop(home: Path, lock: FileLock) -> int:
    """Have the process stop that keeps the home up, and take its lock; which process it was.

    Raises:
        ServerError: if it does not stop.
    """
    there = _said(home)
    if there is not None:
        for how, patience_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(there.pid, how)
            with suppress(Timeout):
                lock.acquire(timeout=patience_s)
                return there.pid
    raise ServerError(f"imagekeeper is up and does not stop; {home / 'up.lock'} is held")


def _said(home: Path) -> Up | None:
    """What a home that is up says of itself; it may have begun just now."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        there = _read(home)
        if there is not None:
            return there
        time.sleep(0.1)
    return None


def _clear(home: Path) -> bool:
    """Stop what a killed home left of its runner; whether there was something."""
    there = _read(home)
    left = there is not None and there.runner is not None and lives(there.runner, RUNNER)
    if there is not None and there.runner is not None:
        end_group(there.runner, RUNNER, GRACE_S)
    (home / "up.json").unlink(missing_ok=True)
    return left


def _read(home: Path) -> Up | None:
    with suppress(OSError, ValueError, TypeError):
        return Up(**json.loads((home / "up.json").read_text()))
    return None


def _write(home: Path, there: Up) -> None:
    """Written whole or not at all: others read it at any moment."""
    new = home / "up.json.new"
    new.write_text(json.dumps(asdict(there)))
    new.replace(home / "up.json")
