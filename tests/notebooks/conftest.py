"""Warehouses to read from, an empty one and one with the small world, and the pages of each."""

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from data.warehouse.connection import Warehouse
from flows.pages.report_pages import headings, publish
from support.worlds import small_world


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which nothing has happened."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    with Warehouse(path).writing():
        pass
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the small world. For reading only: all tests share it."""
    path = tmp_path_factory.mktemp("small") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        small_world.build(con)
        small_world.metered(con, small_world.AS_OF)
    return path


@pytest.fixture(scope="session")
def pages(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the small world."""
    folder = shared(tmp_path_factory) / "pages"

    def make() -> None:
        made = publish(small, folder, parameters={"as_of": small_world.AS_OF})
        assert [page.name for page in made] == [*headings(), "index.html"]

    return once(folder, make)


@pytest.fixture(scope="session")
def blank_pages(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a warehouse in which nothing has happened."""
    folder = shared(tmp_path_factory) / "blank_pages"
    return once(folder, lambda: publish(empty, folder))


def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run have in common."""
    ours = tmp_path_factory.getbasetemp()
    return ours.parent if ours.name.startswith("popen-") else ours


def once(folder: Path, make: Callable[[], object]) -> Path:
    """Have a folder made by whichever process of the test run needs it first: the pages take most of a minute."""
    with FileLock(f"{folder}.lock"):
        if not folder.with_suffix(".made").exists():
            make()
            folder.with_suffix(".made").touch()
    return folder
