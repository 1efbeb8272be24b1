"""The databases of a stack with regions, projects and users in them: made once, in half a minute, and copied since."""

import base64
import hashlib
import json
import secrets
import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from filelock import FileLock

from support.openstack.configuration import (
    FILES,
    configure_cinder,
    configure_glance,
    configure_keystone,
    configure_nova,
)
from support.openstack.identity import ADMIN, Identity, password
from support.openstack.packages import LOCK, PROGRAMS, VENV
from support.openstack.servers import Server, environment

REGIONS = ("eu-west-0", "eu-west-1")
PROJECTS = ("acme", "umbrella", "initech")
NOWHERE = "http://127.0.0.1:9"
"""What stands for the servers' URLs in the template; ``endpoints`` says where they are."""


def template() -> Path:
    """The folder with the databases, made if it is not there.

    Another set of versions, names or configuration has another folder.
    """
    folder = VENV / "templates" / _key()
    with FileLock(VENV / "templates.lock"):
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            _make(making)
            making.rename(folder)
    return folder


def _key() -> str:
    key = hashlib.sha256(json.dumps([REGIONS, PROJECTS]).encode())
    for file in (LOCK, Path(__file__), Path(__file__).with_name("identity.py"), *(PROGRAMS / name for name in FILES)):
        key.update(file.read_bytes())
    return key.hexdigest()[:16]


def _make(folder: Path) -> None:
    keystone, glance, nova, cinder = (folder / kind for kind in ("keystone", "glance", "nova", "cinder"))
    for keys in ("fernet-keys", "credential-keys"):
        _write_keys(keystone / keys)
    configure_keystone(keystone)
    configure_glance(glance, REGIONS[0], NOWHERE, NOWHERE)
    configure_nova(nova, REGIONS[0], NOWHERE, NOWHERE, glance_url=NOWHERE, cinder_url=NOWHERE)
    configure_cinder(cinder, REGIONS[0], NOWHERE, NOWHERE)
    with ThreadPoolExecutor() as aside:
        others = [aside.submit(_sync_others, glance, cinder), aside.submit(_sync_nova, nova)]
        _bootstrap(keystone)
        projects = _seeded(keystone)
        for one in others:
            one.result()
    (folder / "projects.json").write_text(json.dumps(projects))
    for database in folder.glob("*/*.db"):
        with closing(sqlite3.connect(database)) as con:
            con.execute("PRAGMA journal_mode = wal")  # stays with the file


def _write_keys(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for name in ("0", "1"):
        key = folder / name
        key.write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
        key.chmod(0o600)


def _bootstrap(folder: Path) -> None:
    """Make Keystone's tables, and in them the administrator, the roles and the first region."""
    admin = ("--bootstrap-username", ADMIN, "--bootstrap-project-name", ADMIN)
    admin += ("--bootstrap-password", password(ADMIN), "--bootstrap-region-id", REGIONS[0])
    where = ("--bootstrap-public-url", NOWHERE, "--bootstrap-internal-url", NOWHERE)
    for step in (("db_sync",), ("bootstrap", *admin, *where)):
        with _managing("keystone", folder, "keystone.conf", *step) as process:
            _finish(process, folder)


def _sync_others(glance: Path, cinder: Path) -> None:
    with _managing("glance", glance, "glance-api.conf", "db_sync") as process:
        _finish(process, glance)
    with _managing("cinder", cinder, "cinder.conf", "db", "sync") as process:
        _finish(process, cinder)


def _sync_nova(folder: Path) -> None:
    """Make the tables of Nova and Placement, and the two cells that every Nova has; a cell is known by its database."""
    cells = [f"sqlite:///{folder}/{name}.db?timeout=60" for name in ("nova_cell0", "nova")]
    steps = (
        ("placement", "placement.conf", ("db", "sync")),
        ("nova", "nova.conf", ("api_db", "sync")),
        ("nova", "nova.conf", ("cell_v2", "map_cell0", "--database_connection", cells[0])),
        ("nova", "nova.conf", ("db", "sync")),
        (
            *("nova", "nova.conf"),
            ("cell_v2", "create_cell", "--name", "one", "--database_connection", cells[1], "--transport-url", "fake:/"),
        ),
    )
    for kind, settings, step in steps:
        with _managing(kind, folder, settings, *step) as process:
            _finish(process, folder)


def moved(folder: Path) -> None:
    """Tell a copy of Nova where its databases are."""
    with closing(sqlite3.connect(folder / "nova_api.db")) as con, con:
        for name in ("nova_cell0", "nova"):
            url = f"sqlite:///{folder}/{name}.db?timeout=60"
            ours = f"%/{name}.db%"
            con.execute(
                "UPDATE cell_mappings SET database_connection = ? WHERE database_connection LIKE ?", (url, ours)
            )


def _managing(kind: str, folder: Path, settings: str, *step: str) -> subprocess.Popen[bytes]:
    command = [str(VENV / "bin" / f"{kind}-manage"), "--config-file", str(folder / settings), *step]
    with (folder / "manage.log").open("ab") as log:
        return subprocess.Popen(command, env=environment(kind, folder), stdout=log, stderr=log)


def _finish(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.wait():
        raise RuntimeError((folder / "manage.log").read_text()[-2000:])


def _seeded(folder: Path) -> dict[str, str]:
    server = Server("keystone", folder)
    server.start()
    try:
        server.wait()
        with closing(Identity(f"{server.url}/v3")) as identity:
            return _seed(identity)
    finally:
        server.stop()


def _seed(identity: Identity) -> dict[str, str]:
    """Make what tests start from; gives the ids of the projects by their names."""
    identity.new_project("service", "glance", roles=("service", "admin"))
    projects = {name: identity.new_project(name) for name in PROJECTS}
    services = [identity.find("service", type="identity"), identity.create("service", type="image", name="glance")]
    for region in REGIONS[1:]:
        identity.create("region", id=region)
    places = [(service, region) for service in services for region in REGIONS]
    for service_id, region_id in places[1:]:  # the first was made by the bootstrap
        identity.create("endpoint", service_id=service_id, interface="public", region_id=region_id, url=NOWHERE)
    return {ADMIN: identity.find("project", name=ADMIN), **projects}


def endpoints(database: Path, keystone_url: str, glance_urls: dict[str, str]) -> None:
    """Say in a copy of Keystone's database where the servers are."""
    update = "UPDATE endpoint SET url = ? WHERE region_id = ? AND service_id IN (SELECT id FROM service WHERE type = ?)"
    with closing(sqlite3.connect(database)) as con, con:
        for region, url in glance_urls.items():
            con.execute(update, (url, region, "image"))
            con.execute(update, (keystone_url, region, "identity"))
