"""A Keystone, Glance, Nova or Cinder as a process."""

import os
import socket
import subprocess
import time
from pathlib import Path

import requests

from support.openstack.packages import PROGRAMS, PYTHON

ASKED = {
    "keystone": "/v3",
    "glance": "/v2/images",
    "nova": "/compute/v2.1/servers",
    "cinder": "/v3/volumes",
}
"""What a server answers as soon as it is up, even if with a 401."""

SERVED = {
    "keystone": "keystone.wsgi.api",
    "glance": "glance.wsgi.api",
    "nova": "nova_server",
    "cinder": "cinder_server",
}
"""The module whose ``application`` is served."""

LOOPBACK = "127.0.0.1"


class Server:
    """A server that has its port from the beginning, so that others can be told of it before it is started."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self._bound: socket.socket | None = _bound(0)
        self._process: subprocess.Popen[bytes] | None = None
        self.port: int = self._bound.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"

    @property
    def started(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._process is not None

    def start(self) -> None:
        """Start it; it takes seconds until it answers."""
        command = [str(PYTHON), str(PROGRAMS / "serve.py"), SERVED[self.kind]]
        with self._bound or _bound(self.port) as bound, (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(bound.fileno()), str(os.getpid())],
                pass_fds=[bound.fileno()],
                env=environment(self.kind, self.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._bound = None

    def wait(self, seconds: float = 120) -> None:
        """Wait until it answers.

        Raises:
            RuntimeError: if it ended instead, or took too long.
        """
        until = time.monotonic() + seconds
        while not answers(self.url + ASKED[self.kind]):
            if self._process is None or self._process.poll() is not None or time.monotonic() > until:
                said = (self.folder / "server.log").read_text()[-2000:]
                raise RuntimeError(f"{self.kind} does not answer: {said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, whatever it does; from then on its port refuses."""
        if self._bound:
            self._bound.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._bound = self._process = None


def environment(kind: str, folder: Path) -> dict[str, str]:
    """What tells a program where its configuration is, and not to look for loopback elsewhere."""
    kinds = ("nova", "placement") if kind == "nova" else (kind,)
    where = {f"OS_{one.upper()}_CONFIG_DIR": str(folder) for one in kinds}
    where |= {"NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}
    return {**os.environ, "PYTHONWARNINGS": "ignore", **where}


def answers(url: str) -> bool:
    """Whether somebody answers there, and not with an error of the server's own."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=10).status_code < requests.codes.server_error
        except requests.RequestException:
            return False


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    return bound
