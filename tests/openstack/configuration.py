"""The configuration of the servers: the files beside this one, with names and places filled in."""

from pathlib import Path
from string import Template

from packages import HERE, VENV

FILES = ("keystone.conf", "glance-api.conf", "property-protections.conf")
PASTE = VENV / "etc" / "glance" / "glance-api-paste.ini"
"""How Glance puts its parts together; it comes with Glance."""


def configure_keystone(folder: Path) -> None:
    """Write Keystone's configuration into its folder."""
    _write("keystone.conf", folder)


def configure_glance(folder: Path, region: str, url: str, keystone_url: str) -> None:
    """Write the configuration of a region's Glance into its folder."""
    for part in ("images", "staging", "tasks", "lock"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    _write("glance-api.conf", folder, region=region, url=url, keystone_url=keystone_url, paste=str(PASTE))
    _write("property-protections.conf", folder)


def _write(name: str, folder: Path, **filled_in: str) -> None:
    text = Template((HERE / name).read_text()).substitute(filled_in, folder=str(folder))
    (folder / name).write_text(text)
