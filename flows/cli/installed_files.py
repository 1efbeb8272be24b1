"""Find files of this program that are not installed: SQL, notebooks, reference data, profiles, styles."""

from collections.abc import Iterator
from importlib import resources
from importlib.metadata import PackageNotFoundError, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import get_args

from flows.cli.report_commands import Report
from flows.pages.notebook_files import notebook_files

PACKAGES = ("domain", "data", "flows", "notebooks")

KINDS = (
    ("data", ".sql"),
    ("data", ".yaml"),
    ("data", ".csv"),
    ("domain", ".toml"),
    ("flows", ".css"),
    ("flows", ".html"),
)
"""The kinds of files that are not Python modules, by package. A build that omits one omits all files of its kind."""


def missing_files() -> list[str]:
    """Return the files that are not installed. If a whole kind is missing: its pattern, such as ``data/**/*.sql``."""
    lost = list(_missing_from_record())
    if lost:
        return lost
    kinds = [f"{package}/**/*{suffix}" for package, suffix in KINDS if not _has(resources.files(package), suffix)]
    found = notebook_files()
    notebooks = [f"notebooks/*_{name}.py" for name in get_args(Report) if name not in found]
    return [*kinds, *notebooks]


def _has(folder: Traversable, suffix: str) -> bool:
    return any(_has(entry, suffix) if entry.is_dir() else entry.name.endswith(suffix) for entry in folder.iterdir())


def _missing_from_record() -> Iterator[str]:
    """Yield the files that the installed wheel lists in its RECORD and that do not exist.

    An editable installation records no files of the packages. pip also records compiled modules, which may be absent.
    """
    try:
        recorded = files("imagekeeper") or []
    except PackageNotFoundError:
        return
    for file in recorded:
        if file.parts[0] in PACKAGES and file.suffix != ".pyc" and not Path(str(file.locate())).exists():
            yield str(file)
