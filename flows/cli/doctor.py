"""Examines whether everything that a run needs is in its place."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from data.warehouse.connection import Warehouse, WarehouseError, migrations
from domain.cloud import CloudError
from flows.cli.installed_files import missing_files
from flows.resources import inventories_of
from flows.server.access import FILE, ServerError
from flows.server.record import idle_minutes, known, unguarded
from flows.settings import Settings, SettingsError

ENOUGH_BYTES = 1 << 30

MOST_NAMES = 3
"""How many missing files are listed by name."""

REINSTALL = "install Imagekeeper again (pip install --force-reinstall imagekeeper; in the repository: make setup)"


@dataclass(frozen=True, slots=True)
class Check:
    """What was examined, whether it is well, and what was found (and what to do, where it is not well)."""

    what: str
    well: bool
    said: str


def examine(settings: Settings) -> Iterator[Check]:
    """Examine, one thing after the other; none changes anything that is there."""
    yield Check("Python", sys.version_info >= (3, 11), platform.python_version())
    for package in ("prefect", "duckdb", "oslo.utils", "cryptography", "papermill", "nbconvert"):
        yield _package(package)
    yield _program_files()
    yield _folder(settings)
    yield _private(settings)
    yield _answer("warehouse", lambda: _warehouse(settings))
    yield _answer("Prefect's server", lambda: _prefect(settings))
    if settings.cloud != "local" or settings.aws_profiles:
        yield _answer("clouds", lambda: _clouds(settings))


def _package(name: str) -> Check:
    try:
        return Check(name, well=True, said=version(name))
    except PackageNotFoundError:
        return Check(name, well=False, said=f"is not installed: {REINSTALL}")


def _program_files() -> Check:
    missing = missing_files()
    if not missing:
        return Check("program files", well=True, said="SQL, notebooks and reference data are installed")
    more = f" and {len(missing) - MOST_NAMES:,} more" if len(missing) > MOST_NAMES else ""
    names = f"{', '.join(missing[:MOST_NAMES])}{more}"
    return Check("program files", well=False, said=f"not installed: {names}: {REINSTALL}")


def _folder(settings: Settings) -> Check:
    home = settings.home.absolute()
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    if not os.access(nearest, os.W_OK):
        return Check("home", well=False, said=f"{home} cannot be written: set IMAGEKEEPER_HOME to a folder that can")
    return Check("home", free > ENOUGH_BYTES, f"{home}, {free / 2**30:,.1f} GiB free")


def _private(settings: Settings) -> Check:
    """Whether other accounts are kept out of what is the owner's; the mode of the home is the owner's choice."""
    folders = (settings.keys, settings.images, settings.prefect_home, settings.pending_blobs.parent)
    exposed = [str(folder) for folder in folders if folder.exists() and folder.stat().st_mode & 0o077]
    if exposed:
        names = " ".join(exposed)
        return Check("private files", well=False, said=f"other accounts can open {names}: chmod 700 {names}")
    return Check("private files", well=True, said="keys, images, clouds and Prefect are closed to other accounts")


def _answer(what: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(what, well=True, said=ask())
    except (WarehouseError, CloudError, SettingsError, ServerError) as error:
        return Check(what, well=False, said=str(error))


def _clouds(settings: Settings) -> str:
    """Who can sign in where; each is tried."""
    said = []
    for cloud in inventories_of(settings):
        for region, tenants in cloud.regions().items():
            cloud.sign_in(region)
            said.append(f"{cloud.cloud}, {region}: {', '.join(tenants)}")
    return "; ".join(said)


def _prefect(settings: Settings) -> str:
    """Where the server of this home is.

    Raises:
        ServerError: if it is one that asks for no password.
    """
    home = settings.prefect_home
    open_to_all = unguarded(home)
    if open_to_all is not None:
        raise ServerError(
            f"process {open_to_all} was started by an earlier version and asks for no password, so that any web page"
            " can command it: imagekeeper down stops it"
        )
    server = known(home)
    if server is None:
        return "does not run; a command that needs it starts it"
    where = f"{server.url.removesuffix('/api')}, asks for the password in {home / FILE}"
    idle = idle_minutes(server.pid)
    if idle is None:
        return where
    return f"{where}; process {server.pid} ends when nobody has used it for {idle:g} min, or by imagekeeper down"


def _warehouse(settings: Settings) -> str:
    if not settings.warehouse.exists():
        return "none yet; the first run makes it"
    with Warehouse(settings.warehouse, timeout_s=settings.lock_timeout_s).reading() as con:
        lines, images = con.execute(
            "SELECT (SELECT count(*) FROM action_log), (SELECT count(*) FROM image WHERE deleted_at IS NULL)"
        ).fetchall()[0]
    return f"{settings.warehouse}, schema {migrations()[-1][0]}, {images:,} images, {lines:,} lines in the log"
