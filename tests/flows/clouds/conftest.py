"""Clouds that hold bytes, and a file to give them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.cloud import Cloud
from flows.clouds.local.cloud import LocalCloud


@pytest.fixture
def local(tmp_path: Path) -> LocalCloud:
    """An embedded cloud without bytes: its store in ``store``, its keys in ``keys``."""
    return LocalCloud(tmp_path / "store", tmp_path / "keys")


@pytest.fixture
def another(tmp_path: Path) -> Callable[[], Cloud]:
    """Opens the same cloud once more, as another process would."""
    return lambda: LocalCloud(tmp_path / "store", tmp_path / "keys")


@pytest.fixture
def cloud(another: Callable[[], Cloud]) -> Cloud:
    """A cloud without bytes."""
    return another()


@pytest.fixture
def encrypts() -> bool:
    """It does."""
    return True
