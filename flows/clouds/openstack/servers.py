"""Orders that make servers, disks, and images of them; and what is done to servers, as whoever acts.

Nova and Cinder give ids of their own. So what is about to be made is in doubt under the id that we know it by, which
the thing carries (a tag, metadata, an image's name while it is being captured), and is looked for before it is made.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus

from domain.cloud import Capture, CloudCall, CloudError, Launch, MakeDisk, NewImage, Stored
from flows.clouds.openstack.calls import Resource, cleaned_up, made_once
from flows.clouds.openstack.cinder import Cinder
from flows.clouds.openstack.fields import MADE, captured, checksum_of
from flows.clouds.openstack.glance import Glance, Image
from flows.clouds.openstack.nova import Nova
from flows.clouds.openstack.refusals import RefusedError
from flows.clouds.openstack.resources import ResourceApi
from flows.clouds.openstack.tenants import Tenants
from flows.clouds.pending_blobs import PendingBlobs

RUNNING, STOPPED = "ACTIVE", "SHUTOFF"
FLAVOR_UNKNOWN = "there is no flavor '{flavor}' in {region}"


class Servers:
    """What becomes of servers and disks by each order. What is so already counts as done.

    A ``CloudError`` says why it was not done; then nothing that it made is left behind.
    """

    def __init__(self, tenants: Tenants, pending_blobs: PendingBlobs) -> None:
        self._tenants = tenants
        self._pending = pending_blobs
        self._flavors: dict[tuple[str, str], dict[str, Resource]] = {}

    def launch(self, order: Launch) -> Stored:
        """Build servers, all or none."""
        nova = self._tenants.nova(order.actor, order.region)
        flavor, network = self._flavor(nova, order.actor, order.region, order.flavor), self._network(order)
        ours = [server_id for server_id, _ in order.servers]

        def built(tag: str, name: str) -> str:
            return made_once(
                lambda: next(filter(nova.still_exists, nova.tagged(tag)), None),
                lambda: str(nova.launch(name, order.blob, flavor, order.disk_gb, network, tag)["id"]),
            )

        self._pending.add_blobs([(order.region, one) for one in ours], owner=order.actor, kind="server")
        with cleaned_up(lambda: [nova.delete(one) for tag in ours for one in nova.tagged(tag)]):
            servers = [built(tag, name) for tag, name in order.servers]
            for server_id in servers:
                _is(nova.wait_until_idle(server_id), RUNNING)
        return Stored(order.row, None, checksum="", size_bytes=0, blobs=tuple(servers))

    def act(self, order: CloudCall) -> Stored:
        """Start, stop, resize, rebuild or end a server."""
        nova = self._tenants.nova(order.actor, order.region)
        match order.action:
            case "start_server":
                _brought(nova, order.blob, "os-start", RUNNING)
            case "stop_server":
                _brought(nova, order.blob, "os-stop", STOPPED)
            case "resize_server":
                self._resize(nova, order)
            case "change_os":
                server = _ready(nova, order.blob)
                nova.rebuild(server, str(order.image))
                nova.becomes(order.blob, server["status"])
            case "terminate_server":
                nova.delete(order.blob)
                nova.gone(order.blob)
            case other:
                raise CloudError(f"this cloud has no call for {other}")
        return Stored(order.row, order.blob, checksum="", size_bytes=0)

    def make_disk(self, order: MakeDisk) -> Stored:
        """Make a disk of an image."""
        cinder = self._tenants.cinder(order.actor, order.region)
        mark = order.volume_id
        self._pending.add_blobs([(order.region, mark)], owner=order.actor, kind="volume")

        def there() -> str | None:
            return next(filter(cinder.still_exists, cinder.marked(mark)), None)

        def made() -> str:
            return str(cinder.make(order.name, order.blob, order.size_gb, mark)["id"])

        with cleaned_up(lambda: [cinder.delete(one) for one in cinder.marked(mark)]):
            volume_id = made_once(there, made)
            cinder.wait_until_idle(volume_id)
        return Stored(order.row, volume_id, checksum="", size_bytes=0)

    def capture(self, order: Capture) -> Stored:
        """Have the cloud make an image of a server or disk, wait until it has, and describe it as it is to be."""
        image, owner = order.image, order.image.owner
        glance = self._tenants.glance(owner, order.region)
        source, thing_id = self._source(order)
        self._pending.add_blobs([(order.region, image.image_id)], owner=owner, kind="capture")
        project = self._tenants.project_of(owner)
        image_id = made_once(
            lambda: next(iter(captures(glance, project, image.image_id)), None),
            lambda: source.capture(thing_id, image.image_id),
        )
        self._pending.add_blobs([(order.region, image_id)], owner=owner)
        with cleaned_up(lambda: glance.delete(image_id)):
            source.wait_until_idle(thing_id)
            made = self._described(glance, image_id, image)
        size = int(made["size"])
        return Stored(order.row, image_id, checksum_of(made) or "", size, made.get("virtual_size"), made["disk_format"])

    def found(self, kind: str, owner: str, region: str, ours: str) -> list[str]:
        """What the cloud calls that which is in doubt under an id of ours."""
        match kind:
            case "server":
                return self._tenants.nova(owner, region).tagged(ours)
            case "volume":
                return self._tenants.cinder(owner, region).marked(ours)
            case "capture":
                return list(captures(self._tenants.glance(owner, region), self._tenants.project_of(owner), ours))
            case _:
                return [ours]

    def _source(self, order: Capture) -> tuple[Nova | Cinder, str]:
        """Who makes the image, and of what, once nothing is being done with it.

        Of a server without a disk of its own that is the volume that it starts from: Nova would only note a snapshot.
        """
        disks = [order.blob]
        if order.thing == "server":
            nova = self._tenants.nova(order.image.owner, order.region)
            server = _ready(nova, order.blob)
            if server["image"]:
                return nova, order.blob
            disks = [attached["id"] for attached in server["os-extended-volumes:volumes_attached"]]
        cinder = self._tenants.cinder(order.image.owner, order.region)
        for disk in disks:
            if _ready(cinder, disk)["bootable"] == "true" or order.thing == "volume":
                return cinder, disk
        raise CloudError("the server has no disk that it could have started from")

    def _resize(self, nova: Nova, order: CloudCall) -> None:
        """Give a server a flavor, and confirm it: Nova would wait for a person's word, and hold both places."""
        name = str(json.loads(order.said)["flavor"])
        server = _ready(nova, order.blob)
        if server["status"] != "VERIFY_RESIZE":
            if server["flavor"]["original_name"] == name:
                return
            flavor = self._flavor(nova, order.actor, order.region, name)
            nova.act(order.blob, {"resize": {"flavorRef": flavor["id"]}})
            _is(nova.wait_until_idle(order.blob), "VERIFY_RESIZE")
        nova.act(order.blob, {"confirmResize": None})
        nova.becomes(order.blob, RUNNING, STOPPED)

    def _flavor(self, nova: Nova, tenant: str, region: str, name: str) -> Resource:
        """A flavor as Nova tells of it."""
        if (tenant, region) not in self._flavors:
            self._flavors[tenant, region] = {flavor["name"]: flavor for flavor in nova.flavors()}
        found = self._flavors[tenant, region].get(name)
        if found is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, FLAVOR_UNKNOWN.format(flavor=name, region=region), None)
        return found

    def _network(self, order: Launch) -> str:
        return self._tenants.network_of(order.actor, order.region)

    def _described(self, glance: Glance, image_id: str, image: NewImage) -> Image:
        made = glance.wait_until_idle(image_id)
        if made["status"] != "active":
            raise CloudError(f"the cloud has captured it, and yet the image is {made['status']}")
        glance.change(image_id, captured(image, made))
        return made


def captures(glance: Glance, project: str, ours: str) -> Iterator[str]:
    """The images that were captured under an id of ours: called so until they are whole, and marked so then."""
    for query in ({"name": ours}, {MADE: ours}):
        for page in glance.images(owner=project, **query):
            yield from (str(image["id"]) for image in page)


def _ready(source: ResourceApi, thing_id: str) -> Resource:
    """A server or disk that is there, once nothing is being done with it: meanwhile it would refuse."""
    if source.get(thing_id) is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no {source.kind} {thing_id}", None)
    return source.wait_until_idle(thing_id)


def _brought(nova: Nova, server_id: str, call: str, wanted: str) -> None:
    """Bring a server into a state, where it is not in it; somebody else may be quicker."""
    if _ready(nova, server_id)["status"] == wanted:
        return
    try:
        nova.act(server_id, {call: None})
    except RefusedError as refusal:
        if refusal.status != HTTPStatus.CONFLICT or nova.wait_until_idle(server_id)["status"] != wanted:
            raise
    _is(nova.wait_until_idle(server_id), wanted)


def _is(server: Resource, wanted: str) -> None:
    if server["status"] != wanted:
        raise CloudError(f"the server is {server['status']}, and should be {wanted}: look there, and apply again")
