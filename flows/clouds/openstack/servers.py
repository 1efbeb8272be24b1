"""Carry out orders that create servers and disks, capture images of them, and change servers.

Nova and Cinder choose the ids of what they create, and the id may never arrive. So each resource carries Imagekeeper's
id as well: a server as a tag, a disk in its metadata, and an image as its name while it is being captured. The journal
of pending blobs contains that id before the resource is created; a retry and a clean-up find the resource by it.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus

from domain.cloud import Capture, CloudCall, CloudError, Launch, MakeDisk, NewImage, Stored
from flows.clouds.openstack.calls import Resource, cleanup_on_failure, find_or_create
from flows.clouds.openstack.cinder import Cinder
from flows.clouds.openstack.fields import CAPTURED_AS, capture_changes, checksum_of
from flows.clouds.openstack.glance import Glance, Image
from flows.clouds.openstack.nova import Nova
from flows.clouds.openstack.refusals import RefusedError
from flows.clouds.openstack.resources import ResourceApi
from flows.clouds.openstack.tenants import Tenants
from flows.clouds.pending_blobs import PendingBlobs

RUNNING, STOPPED = "ACTIVE", "SHUTOFF"
FLAVOR_UNKNOWN = "there is no flavor '{flavor}' in {region}"


class Servers:
    """Carries out orders on servers and disks. An order that was carried out before succeeds.

    A method raises a ``CloudError`` if the order fails. Then it deletes what it has created.
    """

    def __init__(self, tenants: Tenants, pending_blobs: PendingBlobs) -> None:
        self._tenants = tenants
        self._pending = pending_blobs
        self._flavors: dict[tuple[str, str], dict[str, Resource]] = {}

    def launch(self, order: Launch) -> Stored:
        """Build the servers of an order: all, or none."""
        nova = self._tenants.nova(order.actor, order.region)
        flavor, network = self._flavor(nova, order.actor, order.region, order.flavor), self._network(order)
        ours = [server_id for server_id, _ in order.servers]

        def build(tag: str, name: str) -> str:
            return find_or_create(
                lambda: next(filter(nova.still_exists, nova.tagged(tag)), None),
                lambda: str(nova.launch(name, order.blob, flavor, order.disk_gb, network, tag)["id"]),
            )

        self._pending.add_blobs([(order.region, tag) for tag in ours], owner=order.actor, kind="server")
        with cleanup_on_failure(lambda: [nova.delete(server_id) for tag in ours for server_id in nova.tagged(tag)]):
            servers = [build(tag, name) for tag, name in order.servers]  # Nova builds them in parallel
            for server_id in servers:
                _check_status(nova.wait_until_idle(server_id), RUNNING)
        return Stored(order.row, None, checksum="", size_bytes=0, blobs=tuple(servers))

    def act(self, order: CloudCall) -> Stored:
        """Start, stop, resize, rebuild or terminate a server."""
        nova = self._tenants.nova(order.actor, order.region)
        match order.action:
            case "start_server":
                _change_status(nova, order.blob, "os-start", RUNNING)
            case "stop_server":
                _change_status(nova, order.blob, "os-stop", STOPPED)
            case "resize_server":
                self._resize(nova, order)
            case "change_os":
                server = _ready(nova, order.blob)
                nova.rebuild(server, str(order.image))
                nova.becomes(order.blob, server["status"])
            case "terminate_server":
                nova.delete(order.blob)
                nova.wait_until_gone(order.blob)
            case other:
                raise CloudError(f"this cloud has no call for {other}")
        return Stored(order.row, order.blob, checksum="", size_bytes=0)

    def make_disk(self, order: MakeDisk) -> Stored:
        """Create a disk from an image."""
        cinder = self._tenants.cinder(order.actor, order.region)
        mark = order.volume_id
        self._pending.add_blobs([(order.region, mark)], owner=order.actor, kind="volume")

        def find() -> str | None:
            return next(filter(cinder.still_exists, cinder.marked(mark)), None)

        def create() -> str:
            return str(cinder.create(order.name, order.blob, order.size_gb, mark)["id"])

        with cleanup_on_failure(lambda: [cinder.delete(volume_id) for volume_id in cinder.marked(mark)]):
            volume_id = find_or_create(find, create)
            cinder.wait_until_idle(volume_id)
        return Stored(order.row, volume_id, checksum="", size_bytes=0)

    def capture(self, order: Capture) -> Stored:
        """Let the cloud create an image from a server or disk, wait until it has finished, and set its fields."""
        image, owner = order.image, order.image.owner
        glance = self._tenants.glance(owner, order.region)
        source, source_id = self._source(order)
        self._pending.add_blobs([(order.region, image.image_id)], owner=owner, kind="capture")
        project = self._tenants.project_of(owner)
        image_id = find_or_create(
            lambda: next(iter(captures(glance, project, image.image_id)), None),
            lambda: source.capture(source_id, image.image_id),
        )
        # Now also by Glance's id: _set_fields replaces the name, which contained Imagekeeper's id until then.
        self._pending.add_blobs([(order.region, image_id)], owner=owner)
        with cleanup_on_failure(lambda: glance.delete(image_id)):
            source.wait_until_idle(source_id)
            captured = self._set_fields(glance, image_id, image)
        size, virtual_size = int(captured["size"]), captured.get("virtual_size")
        return Stored(order.row, image_id, checksum_of(captured) or "", size, virtual_size, captured["disk_format"])

    def cloud_ids(self, kind: str, owner: str, region: str, ours: str) -> list[str]:
        """Return the cloud's ids of what the journal lists under an id of Imagekeeper; none if it was not created."""
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
        """Return the service that creates the image, and the id of the server or disk, once no operation runs on it.

        If a server starts from a volume, Cinder creates the image from that volume: Nova would only create an image
        that refers to a snapshot and has no bytes.
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
        raise CloudError("the server has no bootable disk")

    def _resize(self, nova: Nova, order: CloudCall) -> None:
        """Resize a server and confirm it. Without the confirmation, Nova would reserve both flavors and wait."""
        name = str(json.loads(order.request_json)["flavor"])
        server = _ready(nova, order.blob)
        if server["status"] != "VERIFY_RESIZE":
            if server["flavor"]["original_name"] == name:
                return
            flavor = self._flavor(nova, order.actor, order.region, name)
            nova.act(order.blob, {"resize": {"flavorRef": flavor["id"]}})
            _check_status(nova.wait_until_idle(order.blob), "VERIFY_RESIZE")
        nova.act(order.blob, {"confirmResize": None})
        nova.becomes(order.blob, RUNNING, STOPPED)

    def _flavor(self, nova: Nova, tenant: str, region: str, name: str) -> Resource:
        """Return a flavor; a ``RefusedError`` if the tenant may not use one of that name. Flavors are listed once."""
        if (tenant, region) not in self._flavors:
            self._flavors[tenant, region] = {flavor["name"]: flavor for flavor in nova.flavors()}
        found = self._flavors[tenant, region].get(name)
        if found is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, FLAVOR_UNKNOWN.format(flavor=name, region=region), None)
        return found

    def _network(self, order: Launch) -> str:
        return self._tenants.network_of(order.actor, order.region)

    def _set_fields(self, glance: Glance, image_id: str, image: NewImage) -> Image:
        captured = glance.wait_until_idle(image_id)
        if captured["status"] != "active":
            raise CloudError(f"the capture has ended, but the image has the status {captured['status']}")
        glance.change(image_id, capture_changes(image, captured))
        return captured


def captures(glance: Glance, project: str, ours: str) -> Iterator[str]:
    """Yield the images that were captured for an id of Imagekeeper.

    Until an image is complete the id is its name; then it is the property ``CAPTURED_AS``.
    """
    for query in ({"name": ours}, {CAPTURED_AS: ours}):
        for page in glance.images(owner=project, **query):
            yield from (str(image["id"]) for image in page)


def _ready(source: ResourceApi, resource_id: str) -> Resource:
    """Return a server or disk once no operation runs on it; until then it would refuse another one."""
    if source.get(resource_id) is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no {source.kind} {resource_id}", None)
    return source.wait_until_idle(resource_id)


def _change_status(nova: Nova, server_id: str, call: str, expected: str) -> None:
    """Start or stop a server, unless it has the wanted status already.

    If another client does the same at the same time, Nova answers 409; that is fine if the server gets the status.
    """
    if _ready(nova, server_id)["status"] == expected:
        return
    try:
        nova.act(server_id, {call: None})
    except RefusedError as refusal:
        if refusal.status != HTTPStatus.CONFLICT or nova.wait_until_idle(server_id)["status"] != expected:
            raise
    _check_status(nova.wait_until_idle(server_id), expected)


def _check_status(server: Resource, expected: str) -> None:
    if server["status"] != expected:
        raise CloudError(
            f"the server has the status {server['status']}, not {expected}: check it at the cloud, and apply again"
        )
