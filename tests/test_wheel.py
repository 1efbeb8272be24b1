"""The wheel: it contains every file of the program, and the program works from it, away from the repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli.installed_files import KINDS
from support.disk_files import qcow2

PROJECT = Path(__file__).parents[1]
PACKAGES = ("domain", "data", "flows", "notebooks")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
BATCH = """\
actor: acme
region: eu-west-0
actions:
  - {action: import_image, name: web, file: web.qcow2, image_type: data_disk, min_disk_gb: 1}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel in a copy of the repository, so that no build folder stays behind."""
    copy, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, copy)
    done = subprocess.run([sys.executable, "-c", BUILD, built], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(built.glob("*.whl"))


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """Unpack the wheel into a folder of its own, as an installation does."""
    folder = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command of an unpacked wheel in another folder, with the default settings."""
    elsewhere = installed.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "IMAGEKEEPER_"))}
    return subprocess.run(
        [sys.executable, "-P", "-c", "from flows.cli import main; main()", *words],
        cwd=elsewhere,
        env=inherited | {"PYTHONPATH": str(installed), "IMAGEKEEPER_SERVER_IDLE_MINUTES": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_wheel_contains_every_file_of_the_packages(wheel: Path) -> None:
    """Python modules, notebooks, SQL, YAML, CSV, TOML, CSS and HTML: the wheel has what the repository has."""
    expected = {
        str(file.relative_to(PROJECT))
        for package in PACKAGES
        for file in (PROJECT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        contained = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert contained == expected


def test_doctor_knows_every_kind_of_data_file() -> None:
    """Each file that is not a Python module has a kind that ``doctor`` looks for, so that no build omits it unseen."""
    kinds = {
        (package, file.suffix)
        for package in PACKAGES
        for file in (PROJECT / package).rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc")
    }
    assert kinds == set(KINDS)


def test_apply_report_and_doctor_work_from_a_wheel(installed: Path) -> None:
    """In an empty folder the commands do what they do in the repository; their home is ``var`` in that folder."""
    elsewhere = installed.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "batch.yaml").write_text(BATCH)
    (elsewhere / "web.qcow2").write_bytes(qcow2(1 << 20))
    applied = run(installed, "apply", "batch.yaml")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    reported = run(installed, "report", "sharing")
    assert reported.returncode == 0, reported.stdout + reported.stderr
    pages = {page.name for page in (elsewhere / "var" / "reports").glob("*.html")}
    assert pages == {"index.html", "sharing.html"}
    examined = run(installed, "doctor")
    assert examined.returncode == 0, examined.stdout
    assert str(elsewhere / "var") in examined.stdout


def test_doctor_names_lost_files(installed: Path) -> None:
    """Files of an installation are gone: ``doctor`` names them, says what to do, and fails."""
    lost = ("notebooks/02_sharing.py", "data/reports/space/query.sql", "flows/pages/report_page.css")
    for name in lost:
        (installed / name).unlink()
    examined = run(installed, "doctor")
    assert examined.returncode == 1, examined.stdout + examined.stderr
    assert [name for name in lost if name not in examined.stdout] == []
    assert "pip install --force-reinstall" in examined.stdout


def test_a_build_without_data_files_is_noticed(installed: Path) -> None:
    """Where no data file was packaged, none is recorded either: ``doctor`` names the kinds, ``report`` refuses."""
    for file in _data_files(installed):
        file.unlink()
    next(installed.glob("*.dist-info/RECORD")).unlink()
    examined = run(installed, "doctor")
    assert examined.returncode == 1, examined.stdout + examined.stderr
    assert "data/**/*.sql" in examined.stdout
    reported = run(installed, "report", "sharing")
    assert reported.returncode == 1
    assert reported.stderr == "the notebooks are not installed; imagekeeper doctor lists what is missing\n"


def _data_files(installed: Path) -> Iterator[Path]:
    for package, suffix in KINDS:
        yield from (installed / package).rglob(f"*{suffix}")
    yield from (installed / "notebooks").glob("[0-9]*.py")
