"""A real Keystone and one real Glance a region, shared by all processes of a test run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import ReadWriteLock
from three_tenants import PLAIN, World

from support.openstack import packages
from support.openstack.stack import Stack, joined


@pytest.fixture(scope="session")
def openstack_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of the test run. People who cannot have it skip these tests; CI does not."""
    try:
        packages.ready()
    except packages.NotToBeHadError as error:
        told = f"Keystone and Glance cannot be installed: {error}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(told)
    with joined(shared(tmp_path_factory) / "openstack") as stack:
        if any("servers" in getattr(test, "fixturenames", ()) for test in request.session.items):
            stack.want_compute()  # other tests go on while they start
        yield stack


@pytest.fixture(scope="session")
def publicity(openstack_stack: Stack) -> ReadWriteLock:
    """Who makes an image that everybody sees holds it to write, who counts what is seen holds it to read."""
    return ReadWriteLock(openstack_stack.folder / "publicity")


@pytest.fixture
def nothing_public(publicity: ReadWriteLock) -> Iterator[None]:
    """Meanwhile no test makes an image that everybody sees."""
    with publicity.read_lock():
        yield


@pytest.fixture(scope="session")
def servers(openstack_stack: Stack) -> None:
    """The first region has servers."""
    openstack_stack.compute()


@pytest.fixture
def world(openstack_stack: Stack, tmp_path: Path) -> World:
    """Three tenants that no other test knows."""
    return World(openstack_stack, tmp_path)


@pytest.fixture
def alone(openstack_stack: Stack, servers: None, tmp_path: Path) -> World:
    """Acme alone, who knows which flavors the cloud has."""
    world = World(openstack_stack, tmp_path, PLAIN[:1])
    assert world.sync().errors == []
    return world


def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run have in common."""
    ours = tmp_path_factory.getbasetemp()
    return ours.parent if ours.name.startswith("popen-") else ours
