"""What OpenStack says it holds: the images of each tenant, those shared with it, and public ones, with their shares."""

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
    """The images that the tenants see in each region. Glance is asked page by page, for shares image by image.

    Only images whose visibility is ``shared`` have shares, so only they are asked. What a process of ours is making
    just now (``state`` knows) is left out: it writes that down itself.
    """

    cloud = "openstack"

    def __init__(self, tenants: Tenants, state: Path, threads: int = 8) -> None:
        self._tenants = tenants
        self._pending = PendingBlobs(state.absolute())
        self._lanes = threads

    def regions(self) -> dict[str, list[str]]:
        """Each region with the tenants that have credentials there."""
        return self._tenants.regions()

    def sign_in(self, region: str) -> None:
        """See that the credentials of all those tenants work there."""
        for tenant in self.regions()[region]:
            self._tenants.glance(tenant, region)

    def take(self, region: str) -> Iterator[Seen]:
        """All that the tenants see in a region, their own first."""
        tenants = self.regions()[region]
        projects = {self._tenants.project_of(tenant): self._tenants.glance(tenant, region) for tenant in tenants}
        told: set[str] = set()
        shared: list[tuple[Glance, str]] = []
        yield Seen(flavors=self._flavors(region, tenants))
        for project, glance in projects.items():
            for page in self._own(glance, project):
                told.update(image["id"] for image in page)
                shared += [(glance, image["id"]) for image in page if image["visibility"] == "shared"]
                yield self._images(region, page)
        for glance in projects.values():
            for page in glance.images(visibility="shared", member_status="all"):
                of_others = [image for image in page if image.get("owner") not in projects]
                shared += [(glance, image["id"]) for image in of_others]
                yield self._images(region, [image for image in of_others if image["id"] not in told])
                told.update(image["id"] for image in of_others)
        # others' community images are left out, as Glance's own lists leave them out
        for page in next(iter(projects.values())).images(visibility="public"):
            yield self._images(region, [image for image in page if image["id"] not in told])
            told.update(image["id"] for image in page)
        yield from self._members(shared)

    def _flavors(self, region: str, tenants: Sequence[str]) -> list[SeenFlavor]:
        """The flavors that any of the tenants may use, where there are servers; those that Nova tells now."""
        found: dict[str, Resource] = {}
        # what it does not tell stays as it was, and images are looked at all the same
        with suppress(CloudError):
            for tenant in [] if self._tenants.lacks("compute", region) else tenants:
                found |= {flavor["name"]: flavor for flavor in self._tenants.nova(tenant, region).flavors()}
        return [SeenFlavor(name, "ecs", one["vcpus"], one["ram"], one["disk"]) for name, one in sorted(found.items())]

    def _own(self, glance: Glance, project: str) -> Iterator[list[Image]]:
        """A tenant's own images; Glance lists hidden ones only apart."""
        yield from chain(glance.images(owner=project), glance.images(owner=project, os_hidden="true"))

    def _images(self, region: str, page: Sequence[Image]) -> Seen:
        with self._pending.alone():
            doubtful = self._pending.blobs()
        # while an image is captured, its name is what it is known by
        sure = (image for image in page if not {(region, image["id"]), (region, image.get("name"))} & doubtful)
        return Seen(images=[seen(image, self._tenants.name_of) for image in sure])

    def _members(self, shared: Sequence[tuple[Glance, str]]) -> Iterator[Seen]:
        """The shares of images, asked side by side."""
        with ThreadPoolExecutor(self._lanes) as pool:
            for members in pool.map(lambda one: one[0].members(one[1]), shared):
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
