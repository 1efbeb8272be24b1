"""The home: Prefect's server, what runs the flows, and the reports, kept up together until told to stop."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from data.access.private_folders import private_folder
from flows.server.access import FILE, Connection, ServerError
from flows.server.lost_runs import end_lost
from flows.server.prefect_server import Watch, environment, serving, stop_unused
from flows.server.processes import Child, end_group, lives
from flows.server.record import background_server
from flows.server.report_server import reports_url, showing_reports
from flows.settings import Settings

RUNNER = "flows.server.runner"
"""The module whose process runs the flows."""

RUNNERS = (f"-m {RUNNER}", "-m flows.runner")
"""How the command line of that process reads, and read in earlier versions."""

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


def up(settings: Settings, tell: Tell) -> None:
    """Keep the home up until Ctrl-C, SIGTERM or ``down``; then stop all of it.

    Raises:
        AlreadyUpError: if it is up.
        ServerError: if Prefect's server cannot be had, or what runs the flows does not start.
    """
    home = settings.prefect_home
    private_folder(home)
    lock = FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyUpError(_already(home)) from None
    try:
        _clear(home)
        _write(home, Up(os.getpid()))
        with suppress(_Stopped), _stoppable(), showing_reports(settings, tell):
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
        was_killed = _read(home) is not None
        left = _clear(home)
        background = background_server(home)
        # a server that a killed home or a command left is in nobody's use
        unused = stop_unused(home)
    finally:
        lock.release()
    if stopped is not None:
        return f"Stopped; it was process {stopped}."
    if left or (unused and (was_killed or background is None)):
        return "imagekeeper was killed and had left something running; that is stopped."
    if unused:
        return f"Stopped Prefect's server, which a command had left in the background; it was process {background}."
    return NOT_UP if background is None else f"{NOT_UP} A command is using Prefect's server; stop that first."


def _keep_up(settings: Settings, tell: Tell) -> None:
    """Start the server and the runner, and start again what ends, until a signal comes."""
    home = settings.prefect_home
    runner, idle = _Runner(settings), settings.server_idle_minutes
    try:
        with serving(
            home, settings.prefect_api_url, port=settings.prefect_port, meanwhile=runner.start, idle_minutes=idle
        ) as server:
            try:
                _watch(settings, runner, server, tell)
            finally:
                # before the server, so that it hears what becomes of the runs that go on
                runner.stop()
                if settings.prefect_api_url is None:
                    with suppress(OSError):
                        end_lost(server)
    finally:
        runner.stop()


def _watch(settings: Settings, runner: "_Runner", server: Connection, tell: Tell) -> None:
    failures, watch = 0, Watch(settings.prefect_home, settings.server_idle_minutes)
    while True:
        said = runner.says(LOOK_S)
        if said is not None:
            tell(_where(settings, server, said))
        if runner.ended():
            runner.start_again(server, tell)
        if settings.prefect_api_url is not None:
            continue
        try:
            wrong = watch.revive()
            if wrong is not None:
                tell(f"Prefect's server {wrong}; it is up again.")
            failures = 0
        except ServerError:
            failures += 1
            if failures == REVIVALS:
                raise


def _where(settings: Settings, server: Connection, said: str) -> str:
    """Where the UI and the reports are, and what they ask for."""
    lines = [f"Prefect's UI is at {server.url.removesuffix('/api')}: {said}; Ctrl-C or `imagekeeper down` stops it."]
    if settings.prefect_api_url is None:
        lines.append(f"It asks once for a password: the text in {settings.prefect_home / FILE}")
    if sys.stdout.isatty():
        # not into a log that others may read: this link opens the reports without the password
        lines.append(f"The reports are at {reports_url(settings)}")
    return "\n".join(lines)


class _Runner:
    """The process that runs the flows, in a group of its own with all runs that go on."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log = settings.prefect_home / "runner.log"
        self.process: Child | None = None
        self.ready = False

    def start(self, server: Connection) -> None:
        """Start it for a server, which need not answer yet."""
        self.stop()
        self.ready = False
        here = self.settings
        told = {
            **server.environment,
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
        _write(here.prefect_home, Up(os.getpid(), server.url, self.process.pid))

    def start_again(self, server: Connection, tell: Tell) -> None:
        """Start it again, unless it never came up.

        Raises:
            ServerError: if it ended as it started.
        """
        if not self.ready:
            raise ServerError(f"what runs the flows ended as it started; {self.log} says why")
        tell(f"What runs the flows had ended, {self.log} may say why; it is started again.")
        self.start(server)

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
        end_group(process.pid, RUNNERS, GRACE_S, process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _standing(home: Path) -> Path:
    """The folder to run flows in: the one that the user stands in, so that the paths of batches mean what they say.

    Prefect looks there first for what it imports, so in a project with packages that are called as ours the home it is.
    """
    here = Path.cwd()
    ours = Path(__file__).resolve().parents[2]
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
    left = there is not None and there.runner is not None and lives(there.runner, *RUNNERS)
    if there is not None and there.runner is not None:
        end_group(there.runner, RUNNERS, GRACE_S)
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
