"""Clouds that hold bytes, and a file to give them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from disk_files import MIB, partitioned, raw

from domain.cloud import Cloud
from flows.clouds.local.cloud import LocalCloud


@pytest.fixture
def local(tmp_path: Path) -> LocalCloud:
    """An embedded cloud without bytes: its store in ``store``, its keys in ``keys``."""
    return LocalCloud(tmp_path / "store", tmp_path / "keys")


@pytest.fixture(params=["local"])
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Cloud]:
    """Opens the same cloud once more, as another process would. One adapter a parameter."""
    adapters = {"local": lambda: LocalCloud(tmp_path / "store", tmp_path / "keys")}
    return adapters[request.param]


@pytest.fixture
def cloud(another: Callable[[], Cloud]) -> Cloud:
    """A cloud without bytes."""
    return another()


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A partitioned disk of more than one piece, and of no round number of bytes."""
    file = tmp_path / "disk.raw"
    file.write_bytes(partitioned(raw(5 * MIB + 77)))
    return file
