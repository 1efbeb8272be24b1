"""``imagekeeper up`` and ``down``: the local services, which are Prefect's server, the runner and the report server.

The process of ``up`` holds the lock ``up.lock`` and writes ``up.json``. It restarts the server and the runner when they
end. ``down`` sends it SIGTERM. If it was killed, ``down`` stops what ``up.json`` and ``server.json`` name.
"""

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
from flows.server.prefect_environment import environment
from flows.server.prefect_server import ServerMonitor, serving, stop_unused
from flows.server.processes import Child, end_group, is_running
from flows.server.record import background_server
from flows.server.report_server import reports_url, showing_reports
from flows.settings import Settings

RUNNER = "flows.server.runner"
"""The module of the runner, the process that runs deployments."""

RUNNER_COMMANDS = (f"-m {RUNNER}", "-m flows.runner")
"""The part of the command line by which the runner is recognized, in this version and in earlier ones."""

GRACE_S = 6.0
"""How long a flow run may take to end when the services stop, in seconds; then it is killed."""

STOP_S = 60.0
"""How long ``down`` waits for ``up`` to stop, in seconds; then it kills it."""

CHECK_S = 0.5
"""How often ``up`` checks whether the services run, in seconds."""

MOST_RESTARTS = 3
"""After how many failed restarts of the server in a row ``up`` gives up."""

NOT_UP = "imagekeeper is not up."

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Notify = Callable[[str], None]


class AlreadyUpError(ServerError):
    """``imagekeeper up`` runs already. The message is for people."""


class _Stopped(BaseException):
    """A signal asks the services to stop. A BaseException, so that no ``except Exception`` catches it."""


@dataclass(frozen=True, slots=True)
class ServicesRecord:
    """The content of ``up.json``: the pid of ``up``, the URL of Prefect's API, and the pid of the runner."""

    pid: int
    url: str | None = None
    runner: int | None = None


def up(settings: Settings, notify: Notify) -> None:
    """Run the local services until Ctrl-C, SIGTERM or ``down``; then stop them.

    Args:
        settings: the settings.
        notify: called with each message for the user.

    Raises:
        AlreadyUpError: if another process runs them for the same home.
        ServerError: if Prefect's server is not available, or the runner does not start.
    """
    home = settings.prefect_home
    private_folder(home)
    lock = FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyUpError(_already_up(home)) from None
    try:
        _stop_leftovers(home)
        _write(home, ServicesRecord(os.getpid()))
        with suppress(_Stopped), _raise_on_signals(), showing_reports(settings, notify):
            _run_services(settings, notify)
    finally:
        _stop_leftovers(home)
        lock.release()


def down(settings: Settings) -> str:
    """Stop the local services, and what a killed ``up`` left; return what was done, for people."""
    home = settings.prefect_home
    if not home.exists():
        return NOT_UP
    lock = FileLock(home / "up.lock")
    stopped = None
    try:
        lock.acquire(timeout=0)
    except Timeout:
        stopped = _stop_up(home, lock)
    try:
        was_killed = _read(home) is not None
        had_leftovers = _stop_leftovers(home)
        background = background_server(home)
        # the server of a killed ``up`` or a background server: no process uses it
        server_stopped = stop_unused(home)
    finally:
        lock.release()
    if stopped is not None:
        return f"Stopped process {stopped}."
    if had_leftovers or (server_stopped and (was_killed or background is None)):
        return "imagekeeper was killed; the processes that it left are stopped now."
    if server_stopped:
        return f"Stopped the background server (process {background})."
    return NOT_UP if background is None else f"{NOT_UP} A command uses the background server; wait for it or stop it."


def _run_services(settings: Settings, notify: Notify) -> None:
    """Start the server and the runner, and restart what ends, until a signal."""
    home = settings.prefect_home
    runner, idle = _Runner(settings), settings.server_idle_minutes
    try:
        with serving(
            home, settings.prefect_api_url, port=settings.prefect_port, meanwhile=runner.start, idle_minutes=idle
        ) as server:
            try:
                _monitor(settings, runner, server, notify)
            finally:
                # before the server stops, so that the runner can report the states of the runs that it ends
                runner.stop()
                if settings.prefect_api_url is None:
                    with suppress(OSError):
                        end_lost(server)
    finally:
        runner.stop()


def _monitor(settings: Settings, runner: "_Runner", server: Connection, notify: Notify) -> None:
    failures, server_monitor = 0, ServerMonitor(settings.prefect_home, settings.server_idle_minutes)
    while True:
        summary = runner.ready_message(CHECK_S)
        if summary is not None:
            notify(_addresses(settings, server, summary))
        if runner.has_ended():
            runner.restart(server, notify)
        if settings.prefect_api_url is not None:
            continue
        try:
            problem = server_monitor.restart_if_needed()
            if problem is not None:
                notify(f"Prefect's server {problem}; it is up again.")
            failures = 0
        except ServerError:
            failures += 1
            if failures == MOST_RESTARTS:
                raise


def _addresses(settings: Settings, server: Connection, summary: str) -> str:
    """Return the message with the addresses of the UI and the reports, and where the password is."""
    lines = [f"Prefect's UI is at {server.url.removesuffix('/api')}: {summary}; Ctrl-C or `imagekeeper down` stops it."]
    if settings.prefect_api_url is None:
        lines.append(f"It asks once for a password: the text in {settings.prefect_home / FILE}")
    if sys.stdout.isatty():
        # Not into a log, which other accounts may read: this link opens the reports without the password.
        lines.append(f"The reports are at {reports_url(settings)}")
    return "\n".join(lines)


class _Runner:
    """The runner process. It leads a process group with all flow runs that it has started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log = settings.prefect_home / "runner.log"
        self.process: Child | None = None
        self.ready = False

    def start(self, server: Connection) -> None:
        """Start the runner for a server, which may not answer yet."""
        self.stop()
        self.ready = False
        settings = self.settings
        own = {
            **server.environment,
            "PYTHONSAFEPATH": "1",
            "IMAGEKEEPER_HOME": str(settings.home.absolute()),
            "IMAGEKEEPER_PREFECT_PORT": str(settings.prefect_port),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-m", RUNNER, *(["--shared"] if settings.prefect_api_url else [])],
                env=inherited | environment(settings.prefect_home) | own,
                # The runner stops when this pipe closes, so also when we are killed.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                cwd=_working_folder(settings.home),
            )
        _write(settings.prefect_home, ServicesRecord(os.getpid(), server.url, self.process.pid))

    def restart(self, server: Connection, notify: Notify) -> None:
        """Start the runner again after it has ended.

        Raises:
            ServerError: if it ended before it was ready: it would end again.
        """
        if not self.ready:
            raise ServerError(f"the runner ended while it started; see {self.log}")
        notify(f"The runner had ended and is started again; see {self.log}.")
        self.start(server)

    def ready_message(self, seconds: float) -> str | None:
        """Wait up to ``seconds``; return the message of the runner when it becomes ready, once, and otherwise None."""
        if self.process is None or self.process.stdout is None or self.ready:
            time.sleep(seconds)
            return None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        message = self.process.stdout.readline().decode().strip()
        self.ready = bool(message)
        if not message:
            # end of file: the runner is ending
            self.process.wait(GRACE_S)
        return message or None

    def has_ended(self) -> bool:
        """Return whether the runner has ended."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Stop the runner and all flow runs that it has started."""
        process, self.process = self.process, None
        if process is None:
            return
        end_group(process.pid, RUNNER_COMMANDS, GRACE_S, process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _working_folder(home: Path) -> Path:
    """Return the working directory of flow runs: that of the user, so that relative paths of batches work.

    Prefect imports from there first. So it is the home if the user's directory has a package with one of our names.
    """
    current = Path.cwd()
    installed = Path(__file__).resolve().parents[2]
    packages = ("domain", "data", "flows", "notebooks")
    conflicts = current != installed and any((current / name / "__init__.py").exists() for name in packages)
    return home.absolute() if conflicts else current


@contextmanager
def _raise_on_signals() -> Iterator[None]:
    """Raise ``_Stopped`` in the block on the first signal. Ignore later ones, so that they do not interrupt cleanup."""

    def stop(*_: object) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    # nohup ignores SIGHUP, and so must we
    handled = [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    previous = {number: signal.getsignal(number) for number in handled}
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _already_up(home: Path) -> str:
    services = _wait_for_record(home)
    if services is None:
        return "imagekeeper is up already; `imagekeeper down` stops it"
    state = "it is starting" if services.url is None else services.url.removesuffix("/api")
    return f"imagekeeper is up already, process {services.pid}: {state}; `imagekeeper down` stops it"


def _stop_up(home: Path, lock: FileLock) -> int:
    """Stop the process of ``up`` and take its lock; return its pid.

    Raises:
        ServerError: if it does not stop.
    """
    services = _wait_for_record(home)
    if services is not None:
        for number, wait_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(services.pid, number)
            with suppress(Timeout):
                lock.acquire(timeout=wait_s)
                return services.pid
    raise ServerError(f"imagekeeper is up and does not stop; {home / 'up.lock'} is locked")


def _wait_for_record(home: Path) -> ServicesRecord | None:
    """Return the content of ``up.json``; wait for it, because ``up`` may have just started."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        services = _read(home)
        if services is not None:
            return services
        time.sleep(0.1)
    return None


def _stop_leftovers(home: Path) -> bool:
    """Stop the runner that a killed ``up`` has left; return whether there was one."""
    services = _read(home)
    had_runner = services is not None and services.runner is not None and is_running(services.runner, *RUNNER_COMMANDS)
    if services is not None and services.runner is not None:
        end_group(services.runner, RUNNER_COMMANDS, GRACE_S)
    (home / "up.json").unlink(missing_ok=True)
    return had_runner


def _read(home: Path) -> ServicesRecord | None:
    with suppress(OSError, ValueError, TypeError):
        return ServicesRecord(**json.loads((home / "up.json").read_text()))
    return None


def _write(home: Path, services: ServicesRecord) -> None:
    """Write ``up.json`` atomically: other processes read it at any time."""
    new = home / "up.json.new"
    new.write_text(json.dumps(asdict(services)))
    new.replace(home / "up.json")
