"""The program as people run it: the command, with a home of its own."""

from pathlib import Path

import pytest

from flows.server.access import Connection
from support.user import User, at_a_desk


@pytest.fixture
def user(tmp_path: Path, prefect_server: Connection) -> User:
    """A user with an empty home, and small files to import."""
    return at_a_desk(tmp_path, prefect_server)
