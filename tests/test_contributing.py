"""The lists of CONTRIBUTING.md name the files that a new action, report, price model or cloud really touches."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.warehouse.connection import Warehouse
from support.disk_files import partitioned, raw
from support.project_files import PROJECT, tracked
from support.worlds import small_world

PAGE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PRODUCT = ("domain/", "data/", "flows/", "notebooks/", "examples/")
NO_PART = ("data/warehouse/migrations/", "examples/images/")
"""Migrations are never edited. Images are no text."""

PLAN = "from flows.cli import main; main()"
ADVICE = "the list in CONTRIBUTING.md differs from the code: correct the list, or move what is not needed"


def section(title: str) -> str:
    """The text of a section of the page."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def listed(text: str, **names: str) -> set[str]:
    """The files that the items of a text name before their colon, with names in place of ``<…>``."""
    items = re.findall(r"^(?:\d+\.|-) (.*?)(?::|$)", text, re.MULTILINE)
    files = {file for item in items for file in re.findall(r"`([\w./<>-]+/[\w./<>-]*|[\w.]+\.toml)`", item)}
    for name, value in names.items():
        files = {file.replace(f"<{name}>", value) for file in files}
    return files


def naming(pattern: str) -> set[str]:
    """The files of the product whose text or path matches a pattern."""
    files = [name for name in tracked() if name.startswith(PRODUCT) and not name.startswith(NO_PART)]
    found = re.compile(pattern, re.IGNORECASE)
    return {
        name for name in files if found.search(name) or found.search((PROJECT / name).read_text("utf-8", "replace"))
    }


def test_the_list_of_an_action_names_what_an_action_has() -> None:
    """It names exactly the files of the product in which ``deactivate_image`` occurs, and tests in which it does."""
    product, _, tests = section("Add an action").partition("Test it:")
    names = {"action": "deactivate_image", "area": "images"}
    assert listed(product, **names) == naming(r"deactivate_image|DeactivateImage"), ADVICE
    for name in listed(tests):
        assert "deactivate_image" in (PROJECT / name).read_text(encoding="utf-8"), name


def test_the_list_of_a_price_model_names_what_a_model_has() -> None:
    """It names exactly the files of the product in which ``yearly`` occurs, and tests in which it does."""
    product, _, tests = section("Add a price model").partition("Define the model")
    assert listed(product, model="yearly") == naming("yearly"), ADVICE
    for name in listed(tests):
        assert "yearly" in (PROJECT / name).read_text(encoding="utf-8"), name


def test_the_list_of_a_report_names_what_a_report_has() -> None:
    """It names exactly the files of the folder of each report."""
    folders = [folder for folder in (PROJECT / "data" / "reports").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        files = {str(path.relative_to(PROJECT)) for path in folder.iterdir()}
        assert files == listed(section("Add a report"), report=folder.name), folder.name


def test_the_list_of_a_cloud_names_what_knows_an_adapter() -> None:
    """Outside its folder, only the listed files import the adapter of OpenStack, name it, or name its package."""
    expected = listed(section("Add a cloud"), cloud="openstack")
    own = {name for name in expected if name.endswith("/")}
    code = naming(r"clouds\.openstack|[\"']openstack[\"']")
    assert {name for name in code if not name.startswith(tuple(own))} == expected - own - {"pyproject.toml"}, ADVICE
    assert re.search(r"^openstack = \[", (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert all((PROJECT / name).exists() for name in own)


def test_the_page_names_only_files_that_exist() -> None:
    """Every path without a placeholder exists."""
    named = re.findall(r"`((?:domain|data|flows|tests|docs|notebooks|examples)/[\w./-]*)`", PAGE)
    assert len(named) > 20
    assert [name for name in named if not (PROJECT / name).exists()] == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the product that a test may change."""
    for name in ("domain", "data", "flows"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def write_batch(folder: Path, *actions: str) -> None:
    """Write ``batch.yaml`` with an import and a share of an image, then the actions given."""
    (folder / "disk.raw").write_bytes(partitioned(raw(2**20)))
    first = (
        "{action: import_image, as: web, name: web, file: disk.raw, image_type: system_disk, min_disk_gb: 1}",
        "{action: share_image, image: $web, tenants: [umbrella]}",
    )
    lines = [f"- {action}" for action in (*first, *actions)]
    (folder / "batch.yaml").write_text("\n".join(["actor: acme", "region: eu-west-0", "actions:", *lines]))


def run(copy: Path, *words: str, **variables: str) -> str:
    """What a Python program prints that imports the copy."""
    home = {"HOME": str(copy), "IMAGEKEEPER_HOME": str(copy / "var")}
    told = subprocess.run(
        [sys.executable, *words],
        cwd=copy,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(copy), **home, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout + told.stderr


def test_a_report_that_follows_the_list_can_be_read(copy: Path) -> None:
    """Its three files are enough: it is read by its name, and a snapshot has it as a view."""
    texts = {
        "about.yaml": "title: Regions\nrows: one region\nparameters: {}\ncolumns:\n"
        "  region: {unit: region, means: the region}\n  images: {unit: images, means: how many images it has}\n",
        "query.sql": "SELECT region, count(*) AS images FROM image GROUP BY region ORDER BY region\n",
        "checks.sql": "SELECT 'none' AS problem, image_id AS thing, '' AS detail FROM image WHERE region = ''\n",
    }
    for name in listed(section("Add a report"), report="images_by_region"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text(texts[Path(name).name], encoding="utf-8")
    warehouse = Warehouse(copy / "warehouse.duckdb")
    with warehouse.writing() as con:
        small_world.build(con)
    program = """
import duckdb
from pathlib import Path
from data import read
from data.warehouse.connection import Warehouse
from data.warehouse.snapshot import publish

rows = read.report("images_by_region", warehouse="warehouse.duckdb").to_records(index=False).tolist()
publish(Warehouse(Path("warehouse.duckdb")), Path("copy.duckdb"))
with duckdb.connect("copy.duckdb", read_only=True) as con:
    seen = con.sql("FROM report.images_by_region").fetchall()
print(len(rows) > 1, rows == seen, len(read.checks("warehouse.duckdb")["images_by_region"]))
"""
    printed = run(copy, "-c", program)
    assert "True True 0" in printed, printed


def test_an_action_that_follows_the_list_is_judged_and_recorded(copy: Path) -> None:
    """The listed parts are enough for a plan: allowed to the owner, denied to others by the rule of the new action."""
    parts = listed(section("Add an action").partition("Change these only")[0], action="deactivate_image", area="images")
    for name in parts - {"examples/first_day.yaml"}:
        text = (copy / name).read_text(encoding="utf-8")
        if "deactivate_image" in name:
            path = copy / name.replace("deactivate_image", "mothball_image")
            path.write_text(text.replace("deactivate", "mothball"), encoding="utf-8")
        elif name.endswith("catalog.py"):
            text = re.sub(r"^( +)DeactivateImage,$", r"\1DeactivateImage,\n\1MothballImage,", text, flags=re.MULTILINE)
            text = text.replace("    | DeactivateImage\n", "    | DeactivateImage\n    | MothballImage\n")
            (copy / name).write_text(text, encoding="utf-8")
        else:
            (copy / name).write_text(text + _class_like(text, "DeactivateImage"), encoding="utf-8")
    write_batch(copy, "{action: mothball_image, image: $web, actor: umbrella}", "{action: mothball_image, image: $web}")
    printed = run(copy, "-c", PLAN, "plan", "batch.yaml")
    assert re.search(r"3 +mothball_image +umbrella +web.*denied\n +mothball.not-owner", printed), printed
    assert re.search(r"4 +mothball_image +acme +web.*would be done", printed), printed


MIRROR = """
from domain.cloud import CloudError
from flows.clouds.local.cloud import LocalCloud

class MirrorCloud(LocalCloud):
    def __init__(self, *folders):
        raise CloudError("the mirror was opened")
"""


def test_a_cloud_that_follows_the_list_is_used_by_plans(copy: Path) -> None:
    """An adapter, its name in the settings and its opening are enough: a plan opens it."""
    folder = copy / "flows" / "clouds" / "mirror"
    settings, resources = copy / "flows/settings.py", copy / "flows/resources.py"
    assert {str(path.relative_to(copy)) for path in (settings, resources)} <= listed(section("Add a cloud"))
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A cloud of the test."""\n')
    (folder / "cloud.py").write_text(MIRROR)
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('cloud: Literal["local"', 'cloud: Literal["mirror", "local"'), encoding="utf-8")
    with resources.open("a", encoding="utf-8") as file:
        file.write(
            "\n\nknown_cloud_of = cloud_of\n\n\ndef cloud_of(settings):\n"
            "    from flows.clouds.mirror.cloud import MirrorCloud\n"
            "    mirror = settings.cloud == 'mirror'\n"
            "    return MirrorCloud(settings.images, settings.keys) if mirror else known_cloud_of(settings)\n"
        )
    write_batch(copy)
    assert run(copy, "-c", PLAN, "plan", "batch.yaml", IMAGEKEEPER_CLOUD="mirror") == "the mirror was opened\n"
    assert "would be done" in run(copy, "-c", PLAN, "plan", "batch.yaml", IMAGEKEEPER_CLOUD="local")


def _class_like(text: str, name: str) -> str:
    """A copy of the class of an action in a module, for the action ``mothball_image``; empty if there is none."""
    found = re.search(rf"^class {name}\w*\(.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        return ""
    return "\n\n" + found[0].replace(name, "MothballImage").replace("deactivate_image", "mothball_image")
