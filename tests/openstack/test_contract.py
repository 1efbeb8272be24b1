"""OpenStack keeps what every cloud promises: asked of a real Glance in two regions."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.cloud import Cloud
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.tenants import Tenants
from support.clouds.contract import *  # noqa: F403 - the same tests as of every other cloud
from support.clouds.contract_of_files import *  # noqa: F403
from support.openstack.stack import Stack


@pytest.fixture(scope="module")
def tenants(openstack_stack: Stack) -> Tenants:
    """The credentials of all projects."""
    return Tenants(file=openstack_stack.clouds_yaml)


@pytest.fixture
def another(tenants: Tenants, tmp_path: Path) -> Callable[[], Cloud]:
    """Opens the same cloud once more, as another process would."""
    return lambda: OpenStackCloud(tenants, tmp_path / "state")


@pytest.fixture
def cloud(another: Callable[[], Cloud]) -> Cloud:
    """A cloud in which no other test looks for what is made here."""
    return another()


@pytest.fixture
def encrypts() -> bool:
    """Glance stores what it is given as it is."""
    return False
