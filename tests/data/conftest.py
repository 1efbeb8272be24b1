"""Warehouses to read from: an empty one, and one with the small world."""

from pathlib import Path

import pytest

from data.warehouse.connection import Warehouse
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
