"""The configuration of the servers: the files in ``programs``, with names and places filled in."""

import shutil
from pathlib import Path
from string import Template

from support.openstack.packages import PROGRAMS, VENV

FILES = ("keystone.conf", "glance-api.conf", "property-protections.conf", "nova.conf", "placement.conf", "cinder.conf")
PASTE = VENV / "etc" / "glance" / "glance-api-paste.ini"
"""How Glance puts its parts together; it comes with Glance."""

SERVICE_USER = "\n".join(
    (
        *("auth_type = password", "auth_url = {keystone_url}", "region_name = {region}", "valid_interfaces = public"),
        *("username = glance", "password = glance-password", "project_name = service"),
        *("user_domain_id = default", "project_domain_id = default"),
    )
)
"""What Nova signs in with wherever it asks another service: as the one service user there is."""


def configure_keystone(folder: Path) -> None:
    """Write Keystone's configuration into its folder."""
    _write("keystone.conf", folder)


def configure_glance(folder: Path, region: str, url: str, keystone_url: str) -> None:
    """Write the configuration of a region's Glance into its folder."""
    for part in ("images", "staging", "tasks", "lock"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    _write("glance-api.conf", folder, region=region, url=url, keystone_url=keystone_url, paste=str(PASTE))
    _write("property-protections.conf", folder)


def configure_nova(folder: Path, region: str, url: str, keystone_url: str, **others: str) -> None:
    """Write the configuration of a region's Nova and Placement into its folder; it asks Glance and Cinder."""
    (folder / "lock").mkdir(parents=True, exist_ok=True)
    shutil.copy(VENV / "etc" / "nova" / "api-paste.ini", folder)
    user = SERVICE_USER.format(keystone_url=keystone_url, region=region)
    for name in ("nova.conf", "placement.conf"):
        _write(name, folder, url=url, keystone_url=keystone_url, service_user=user, **others)


def configure_cinder(folder: Path, region: str, glance_url: str, keystone_url: str) -> None:
    """Write the configuration of a region's Cinder into its folder."""
    (folder / "lock").mkdir(parents=True, exist_ok=True)
    for name in ("api-paste.ini", "resource_filters.json"):
        shutil.copy(VENV / "etc" / "cinder" / name, folder)
    user = SERVICE_USER.format(keystone_url=keystone_url, region=region)
    _write("cinder.conf", folder, glance_url=glance_url, keystone_url=keystone_url, service_user=user)


def _write(name: str, folder: Path, **filled_in: str) -> None:
    text = Template((PROGRAMS / name).read_text()).substitute(filled_in, folder=str(folder))
    (folder / name).write_text(text)
