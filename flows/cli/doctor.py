"""Check what commands and flow runs need: packages, files, folders, the warehouse, servers and clouds."""

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
from flows.server.record import answering_server, idle_minutes, unguarded
from flows.settings import Settings, SettingsError

MIN_FREE_BYTES = 1 << 30

MOST_NAMES = 3
"""The most missing files that are named."""

REINSTALL = "install Imagekeeper again (pip install --force-reinstall imagekeeper; in the repository: make setup)"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check: its subject, whether it is in order, and what was found or what to do."""

    subject: str
    ok: bool
    message: str


def examine(settings: Settings) -> Iterator[Check]:
    """Run the checks one after another. They change nothing."""
    yield Check("Python", sys.version_info >= (3, 11), platform.python_version())
    for package in ("prefect", "duckdb", "oslo.utils", "cryptography", "papermill", "nbconvert"):
        yield _package(package)
    yield _program_files()
    yield _folder(settings)
    yield _private(settings)
    yield _checked("warehouse", lambda: _warehouse(settings))
    yield _checked("Prefect's server", lambda: _prefect(settings))
    if settings.cloud != "local" or settings.aws_profiles:
        yield _checked("clouds", lambda: _clouds(settings))


def _package(name: str) -> Check:
    try:
        return Check(name, ok=True, message=version(name))
    except PackageNotFoundError:
        return Check(name, ok=False, message=f"is not installed: {REINSTALL}")


def _program_files() -> Check:
    missing = missing_files()
    if not missing:
        return Check("program files", ok=True, message="SQL, notebooks and reference data are installed")
    more = f" and {len(missing) - MOST_NAMES:,} more" if len(missing) > MOST_NAMES else ""
    names = f"{', '.join(missing[:MOST_NAMES])}{more}"
    return Check("program files", ok=False, message=f"not installed: {names}: {REINSTALL}")


def _folder(settings: Settings) -> Check:
    home = settings.home.absolute()
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    if not os.access(nearest, os.W_OK):
        return Check("home", ok=False, message=f"{home} is not writable: set IMAGEKEEPER_HOME to a folder that is")
    return Check("home", free > MIN_FREE_BYTES, f"{home}, {free / 2**30:,.1f} GiB free")


def _private(settings: Settings) -> Check:
    """Check that other accounts cannot open private folders. The mode of the home itself is the owner's choice."""
    folders = (settings.keys, settings.images, settings.prefect_home, settings.pending_blobs.parent)
    exposed = [str(folder) for folder in folders if folder.exists() and folder.stat().st_mode & 0o077]
    if exposed:
        names = " ".join(exposed)
        return Check("private files", ok=False, message=f"other accounts can open {names}: chmod 700 {names}")
    return Check("private files", ok=True, message="other accounts cannot open keys, images, clouds and Prefect")


def _checked(subject: str, check: Callable[[], str]) -> Check:
    """Run a check that returns its message or raises an error with one."""
    try:
        return Check(subject, ok=True, message=check())
    except (WarehouseError, CloudError, SettingsError, ServerError) as error:
        return Check(subject, ok=False, message=str(error))


def _clouds(settings: Settings) -> str:
    """Sign in with every tenant in every region; return who can."""
    signed_in = []
    for cloud in inventories_of(settings):
        for region, tenants in cloud.regions().items():
            cloud.sign_in(region)
            signed_in.append(f"{cloud.cloud}, {region}: {', '.join(tenants)}")
    return "; ".join(signed_in)


def _prefect(settings: Settings) -> str:
    """Return the state of the guarded server.

    Raises:
        ServerError: if an earlier version started it, without a password.
    """
    home = settings.prefect_home
    unguarded_pid = unguarded(home)
    if unguarded_pid is not None:
        raise ServerError(
            f"an earlier version started process {unguarded_pid}. It requires no password, so any web page can control"
            " it: stop it with imagekeeper down"
        )
    server = answering_server(home)
    if server is None:
        return "not running; a command that needs it starts it"
    address = f"{server.url.removesuffix('/api')}, requires the password in {home / FILE}"
    idle = idle_minutes(server.pid)
    if idle is None:
        return address
    return f"{address}; process {server.pid} stops after {idle:g} min without use, or with imagekeeper down"


def _warehouse(settings: Settings) -> str:
    if not settings.warehouse.exists():
        return "none yet; the first run creates it"
    with Warehouse(settings.warehouse, timeout_s=settings.lock_timeout_s).reading() as con:
        lines, images = con.execute(
            "SELECT (SELECT count(*) FROM action_log), (SELECT count(*) FROM image WHERE deleted_at IS NULL)"
        ).fetchall()[0]
    return f"{settings.warehouse}, schema {migrations()[-1][0]}, {images:,} images, {lines:,} rows in the action log"
