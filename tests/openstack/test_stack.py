"""The stack that tests of OpenStack stand on: real servers, real tokens, real refusals."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import openstack
import pytest
from openstack.connection import Connection
from openstack.exceptions import ForbiddenException, raise_from_response

from support.openstack.stack import Stack

Connect = Callable[..., Connection]
NAMED = {"name": "web", "disk_format": "raw", "container_format": "bare"}


@pytest.fixture
def connect(openstack_stack: Stack) -> Iterator[Connect]:
    """Connects as a project."""
    with ExitStack() as open_ones:

        def connected(project: str, region: str = "eu-west-0") -> Connection:
            config = openstack.config.OpenStackConfig(config_files=[str(openstack_stack.clouds())])
            cloud = config.get_one(cloud=project, region_name=region)
            return open_ones.enter_context(Connection(config=cloud))

        yield connected


def test_each_region_has_images_of_its_own(connect: Connect) -> None:
    """An image made in one region is not in the other, which answers all the same."""
    made = create(connect("acme"))
    assert made in ids(connect("acme"))
    assert made not in ids(connect("acme", "eu-west-1"))


def test_an_image_shared_by_one_project_is_seen_by_another(connect: Connect, openstack_stack: Stack) -> None:
    """A new tenant sees the image when it has accepted it; a third never does."""
    recipient = openstack_stack.new_project()["project_name"]
    acme, theirs = connect("acme"), connect(recipient)
    image = create(acme, visibility="shared")
    acme.image.add_member(image, member_id=openstack_stack.projects[recipient])
    assert image not in ids(theirs)
    theirs.image.update_member(openstack_stack.projects[recipient], image, status="accepted")
    assert image in ids(theirs)
    assert image not in ids(connect("initech"))


def test_what_the_platform_says_of_an_image_no_tenant_may_say(connect: Connect, openstack_stack: Stack) -> None:
    """A name that starts with two underscores is refused to a tenant, who can read what the platform wrote."""
    with pytest.raises(ForbiddenException, match="__whole_image"):
        create(connect("acme"), __whole_image="true")
    acme = openstack_stack.projects["acme"]
    image = create(connect("platform"), owner=acme, __whole_image="true")
    assert connect("acme").image.get_image(image).properties["__whole_image"] == "true"


def test_rows_put_into_a_database_are_images(connect: Connect, openstack_stack: Stack) -> None:
    """Glance lists them for their owner, with tags and properties, and has none of them elsewhere."""
    owner = openstack_stack.new_project()["project_name"]
    inserted = openstack_stack.insert_images("eu-west-1", openstack_stack.projects[owner], 30)
    theirs = connect(owner, "eu-west-1")
    assert ids(theirs) == set(inserted)
    image = theirs.image.get_image(inserted[0])
    assert (image.name, image.tags, image.os_distro) == ("image-0", ["inserted"], "debian")
    assert ids(connect(owner)) == set()


def create(cloud: Connection, **said: str) -> str:
    """Make an image without data; gives its id."""
    answer = cloud.image.post("/images", json=NAMED | said)
    raise_from_response(answer)
    return str(answer.json()["id"])


def ids(cloud: Connection) -> set[str]:
    """The ids of all images that a project sees, but for public ones, which others make and delete."""
    return {image.id for image in cloud.image.images() if image.visibility != "public"}
