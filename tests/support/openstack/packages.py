"""Keystone and Glance, in a virtual environment of their own: they need other versions of what the project needs."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).parents[2] / "openstack"
LOCK = HERE / "requirements.lock"
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
PROGRAMS = Path(__file__).parent / "programs"
"""What runs in that environment, and the configuration of it."""


class NotToBeHadError(Exception):
    """The environment cannot be made. The message says why."""


def ready() -> None:
    """Make the environment, if it is not there yet or is another than the lock says.

    Raises:
        NotToBeHadError: if it cannot be made.
    """
    wanted = hashlib.sha256(sys.version.encode() + LOCK.read_bytes()).hexdigest()
    with FileLock(HERE / ".venv.lock"):
        made_as = VENV / ".made_as"
        if made_as.is_file() and made_as.read_text() == wanted:
            return
        shutil.rmtree(VENV, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(VENV))
        builder = VENV / "builder.lock"
        builder.write_text(_pinned("setuptools"))
        _install("--only-binary", ":all:", "-r", str(builder))
        _install("--no-build-isolation", "-r", str(LOCK))
        made_as.write_text(wanted)


def _pinned(name: str) -> str:
    """The lines of the lock on one package: what comes as source is built with what is pinned too."""
    found = re.search(rf"^{name}==.*\n([ ].*\n)+", LOCK.read_text(), re.MULTILINE)
    if not found:
        raise NotToBeHadError(f"{name} is not in {LOCK.name}")
    return found[0]


def _install(*what: str) -> None:
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    _run(*pip, "--no-deps", "--require-hashes", *what)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "it says nothing").splitlines()[-1]
        raise NotToBeHadError(f"{' '.join(command[1:4])}: {last}")
