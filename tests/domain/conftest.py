"""A world that is seeded already, for tests of many scripts."""

from collections.abc import Iterator

import pytest

from support.worlds.stories import Seeded, seed


@pytest.fixture(scope="session")
def seeded() -> Iterator[Seeded]:
    """A world to come back to."""
    yield from seed()
