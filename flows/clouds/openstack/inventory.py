"""List what an OpenStack cloud contains: images of the tenants, images shared with them, public images, and shares."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from domain.cloud import CloudError
from domain.inventory import Seen, SeenFlavor, SeenMember
from flows.clouds.openstack.calls import Resource
from flows.clouds.openstack.fields import moment, seen
from flows.clouds.openstack.glance import Glance, Image
from flows.clouds.openstack.tenants import Tenants
from flows.clouds.pending_blobs import PendingBlobs


class OpenStackInventory:
    """Lists the images that the tenants see in each region, page by page, and the shares of each image.

    Shares are listed for images with the visibility ``shared`` only, because other images have none. Pending blobs
    (their journals are in ``state``) are left out: the process that creates them records them.
    """

    cloud = "openstack"

    def __init__(self, tenants: Tenants, state: Path, threads: int = 8) -> None:
        self._tenants = tenants
        self._pending = PendingBlobs(state.absolute())
        self._threads = threads

    def regions(self) -> dict[str, list[str]]:
        """Return each region with the tenants that have credentials there."""
        return self._tenants.regions()

    def sign_in(self, region: str) -> None:
        """Sign in as each tenant of a region; a ``CloudError`` if credentials do not work."""
        for tenant in self.regions()[region]:
            self._tenants.glance(tenant, region)

    def take(self, region: str) -> Iterator[Seen]:
        """Yield everything that the tenants see in a region, their own images first, each image once."""
        tenants = self.regions()[region]
        projects = {self._tenants.project_of(tenant): self._tenants.glance(tenant, region) for tenant in tenants}
        listed: set[str] = set()
        shared: list[tuple[Glance, str]] = []
        yield Seen(flavors=self._flavors(region, tenants))
        for project, glance in projects.items():
            for page in self._own(glance, project):
                listed.update(image["id"] for image in page)
                shared += [(glance, image["id"]) for image in page if image["visibility"] == "shared"]
                yield self._images(region, page)
        for glance in projects.values():
            for page in glance.images(visibility="shared", member_status="all"):
                of_others = [image for image in page if image.get("owner") not in projects]
                shared += [(glance, image["id"]) for image in of_others]
                yield self._images(region, [image for image in of_others if image["id"] not in listed])
                listed.update(image["id"] for image in of_others)
        # community images of other tenants are left out, as in Glance's own lists
        for page in next(iter(projects.values())).images(visibility="public"):
            yield self._images(region, [image for image in page if image["id"] not in listed])
            listed.update(image["id"] for image in page)
        yield from self._members(shared)

    def _flavors(self, region: str, tenants: Sequence[str]) -> list[SeenFlavor]:
        """Return the flavors that any of the tenants may use; none if the region has no servers."""
        found: dict[str, Resource] = {}
        # If Nova fails, the flavors in the warehouse stay as they are, and the images are listed all the same.
        with suppress(CloudError):
            for tenant in [] if self._tenants.has_no_service("compute", region) else tenants:
                found |= {flavor["name"]: flavor for flavor in self._tenants.nova(tenant, region).flavors()}
        return [
            SeenFlavor(name, "ecs", flavor["vcpus"], flavor["ram"], flavor["disk"])
            for name, flavor in sorted(found.items())
        ]

    def _own(self, glance: Glance, project: str) -> Iterator[list[Image]]:
        """Yield a tenant's own images. Glance lists hidden images only if it is asked for them alone."""
        yield from chain(glance.images(owner=project), glance.images(owner=project, os_hidden="true"))

    def _images(self, region: str, page: Sequence[Image]) -> Seen:
        with self._pending.locked():
            pending = self._pending.blobs()
        # while an image is being captured, its name is Imagekeeper's id of it, which the journal contains
        recorded = (image for image in page if not {(region, image["id"]), (region, image.get("name"))} & pending)
        return Seen(images=[seen(image, self._tenants.name_of) for image in recorded])

    def _members(self, shared: Sequence[tuple[Glance, str]]) -> Iterator[Seen]:
        """Yield the shares of images, requested in parallel."""
        with ThreadPoolExecutor(self._threads) as pool:
            for members in pool.map(lambda pair: pair[0].members(pair[1]), shared):
                if members:
                    yield Seen(members=[self._member(member) for member in members])

    def _member(self, member: dict[str, Any]) -> SeenMember:
        return SeenMember(
            blob=member["image_id"],
            tenant=self._tenants.name_of(member["member_id"]),
            status=member["status"],
            shared_at=moment(member.get("created_at")),
            updated_at=moment(member.get("updated_at")),
        )
