"""Warehouses to read from, an empty one and one with the small world, and the pages of each."""

from pathlib import Path

import pytest
import small_world

from data.warehouse import Warehouse
from flows.report_pages import headings, publish


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
    folder = tmp_path_factory.mktemp("pages")
    made = publish(small, folder, parameters={"as_of": small_world.AS_OF})
    assert [page.name for page in made] == [*headings(), "index.html"]
    return folder


@pytest.fixture(scope="session")
def blank_pages(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a warehouse in which nothing has happened."""
    folder = tmp_path_factory.mktemp("blank_pages")
    publish(empty, folder)
    return folder
