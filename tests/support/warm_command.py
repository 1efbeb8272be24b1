"""The command ``imagekeeper`` without the time that importing takes: forked from a process that has imported it.

Each call is a process of its own, with its own folder, environment, umask and output. Prefect is imported by that
process only, because it reads the environment when it is imported. ``make soak`` starts the command itself instead.

``python -m support.warm_command SOCKET`` serves until nobody holds its standard input open. A request is one line of
JSON; the answer is the status of the process, as ``subprocess`` gives it.
"""

import atexit
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from support.effort import FULL

COMMAND = Path(sys.executable).parent / "imagekeeper"
TIMEOUT_S = 300
PRELOADED = (
    *("flows.cli.command", "flows.cli.terminal", "flows.lifecycle.steps", "flows.batches.yaml_files"),
    *("flows.batches.bulk_files", "flows.clouds.local.cloud", "data.read", "data.billing.invoicing", "rich.table"),
    *("pandas", "pyarrow", "httpx", "h2.connection", "anyio", "websockets", "pendulum", "griffe", "jsonschema"),
    *("fsspec", "pathspec", "prometheus_client", "opentelemetry.trace", "pydantic_extra_types", "dateutil.rrule"),
    *("humanize", "coolname", "asgi_lifespan", "click", "toml", "slugify", "starlette.status", "multiprocessing"),
)
"""What the command imports, and what Prefect imports, but not Prefect."""


def run(words: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run ``imagekeeper`` with these words, and wait for it; the umask is 022, as on most machines.

    Raises:
        subprocess.TimeoutExpired: if it takes more than five minutes.
    """
    command = [str(COMMAND), *map(str, words)]
    if FULL:
        return subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, umask=0o022
        )
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as asked:
        written = [Path(folder) / name for name in ("stdout", "stderr")]
        asked.connect(str(_server()))
        request = {"command": command, "cwd": str(cwd), "env": dict(env), "written": [str(path) for path in written]}
        asked.sendall(json.dumps(request).encode() + b"\n")
        status = int(asked.makefile().readline())
        out, err = (path.read_text(encoding="utf-8") for path in written)
    if status == -signal.SIGALRM:
        raise subprocess.TimeoutExpired(command, TIMEOUT_S, out, err)
    return subprocess.CompletedProcess(command, status, out, err)


_STARTING = threading.Lock()
_SERVERS: list[Path] = []


def _server() -> Path:
    """The socket of the server of this test process, which is started the first time and ends with this process."""
    with _STARTING:
        if not _SERVERS:
            folder = tempfile.TemporaryDirectory()
            path = Path(folder.name) / "socket"
            root = Path(__file__).parents[2]
            server = subprocess.Popen(
                [sys.executable, "-m", "support.warm_command", path],
                env=os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            atexit.register(folder.cleanup)
            atexit.register(server.communicate)
            _SERVERS.append(path)
        return _SERVERS[0]


def _serve(path: str) -> None:
    """Answer each request in a process of its own until standard input ends."""
    for name in PRELOADED:
        importlib.import_module(name)
    assert "prefect" not in sys.modules, "Prefect reads the environment when it is imported"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            asked, _ = listening.accept()
            with asked:
                if os.fork() == 0:
                    listening.close()
                    _answer(asked)


def _answer(asked: socket.socket) -> None:
    """Run the command in one more process, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request = json.loads(asked.makefile().readline())
    child = os.fork()
    if child == 0:
        asked.close()
        _become_the_command(request)
    _, status = os.waitpid(child, 0)
    asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become_the_command(request: dict[str, Any]) -> None:
    signal.alarm(TIMEOUT_S)
    os.umask(0o022)
    files = [os.open(os.devnull, os.O_RDONLY), *(os.open(p, os.O_WRONLY | os.O_CREAT) for p in request["written"])]
    for descriptor, file in enumerate(files):
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = request["command"]
    status = 1
    try:
        sys.modules["flows.cli.command"].main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
