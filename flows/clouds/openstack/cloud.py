"""The port ``Cloud`` for OpenStack: images of each region's Glance, shares between projects, servers and disks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.actions import MODELS
from domain.cloud import (
    Answer,
    Capture,
    CloudCall,
    CloudError,
    CopyBytes,
    ExportFile,
    Failed,
    FetchFile,
    FileFacts,
    FolderFile,
    Held,
    ImportFile,
    InUse,
    Launch,
    MakeDisk,
    Order,
    Progress,
    Refused,
    Release,
    Stored,
)
from domain.vocabulary import ImageType
from flows.clouds import formats
from flows.clouds.openstack.allowed_urls import AllowedUrls
from flows.clouds.openstack.image_calls import ImageCalls
from flows.clouds.openstack.refusals import RefusedError, rule_of
from flows.clouds.openstack.servers import Servers
from flows.clouds.openstack.tenants import NO_CINDER, NO_NOVA, Tenants
from flows.clouds.openstack.transfers import NO_KEYS, Transfers
from flows.clouds.pending_blobs import Blob, PendingBlobs
from flows.clouds.temporary_files import TemporaryFiles
from flows.clouds.thread_pool import run_in_threads

NEEDS = {"server": ("compute", NO_NOVA), "volume": ("block-storage", NO_CINDER)}
"""The service that manages a thing, and the message if the catalog does not contain it. Glance is always there."""

NO_BACKUPS = "this cloud cannot: OpenStack has no backups of whole servers, and no images of them; only IMS clouds do"
NO_MARKETPLACE = "this cloud cannot: Glance has no Marketplace, so no tenant could launch a published image"

NOT_DONE: dict[type[Order], str] = {
    ImportFile: "the file '{order.file}' was not imported into {order.region}",
    FetchFile: "the file at {order.url} was not imported into {order.region}",
    CopyBytes: "image {order.source.blob} of {order.source.region} was not copied to {order.region}",
    ExportFile: "image {order.source.blob} of {order.source.region} was not exported to '{order.file}'",
    CloudCall: "{order.action} of {thing} {order.blob} in {order.region} was not done",
    Launch: "no server was launched from image {order.blob} in {order.region}",
    MakeDisk: "no disk was created from image {order.blob} in {order.region}",
    Capture: "no image was created from {order.thing} {order.blob} in {order.region}",
    Release: "image {order.blob} of {order.region} was not released",
}
"""The first part of the message of an order that failed; the reason follows."""


class OpenStackCloud:
    """The images, servers and disks of the projects that ``tenants`` has credentials for.

    ``state`` is the folder with the journals of pending blobs. A blob is the id of an image in Glance, of a server in
    Nova, or of a disk in Cinder. ``threads`` calls run at a time. The cloud may fetch files from ``allowed_urls``.

    If a process is killed, its journal remains on this machine. The next process on this machine that cleans up
    deletes what was created and not recorded.
    """

    name = "openstack"
    manages_images = True

    def __init__(
        self, tenants: Tenants, state: Path, threads: int = 8, allowed_urls: AllowedUrls | None = None
    ) -> None:
        self._allowed_urls = allowed_urls or AllowedUrls()
        self._tenants = tenants
        self._threads = threads
        self._pending = PendingBlobs(state.absolute())
        self._temporary = TemporaryFiles(state.absolute(), self._pending)
        self._transfers = Transfers(tenants, self._pending, self._temporary, self._owner_of)
        self._image_calls = ImageCalls(tenants)
        self._servers = Servers(tenants, self._pending)

    def cannot(self, action: str, region: str) -> str | None:
        """Return why an action is impossible: no Nova or Cinder in the catalog, backups, or the Marketplace."""
        model = MODELS[action]
        things = {*model.references, model.creates}
        if "backup" in things:
            return NO_BACKUPS
        if model.creates == "offer":
            return NO_MARKETPLACE
        # a capture of one of a server's disks needs the server first
        service, reason = next((needed for thing, needed in NEEDS.items() if thing in things), ("", ""))
        return reason.format(region=region) if service and self._tenants.has_no_service(service, region) else None

    def cannot_do(self, order: Order) -> str | None:
        """Return why an order is impossible: encryption, images of whole servers, or no Cinder in the catalog."""
        match order:
            case ImportFile() | FetchFile() | CopyBytes() if order.kms_key is not None:
                return NO_KEYS
            case Capture() if order.image.image_type == ImageType.FULL_ECS:
                return NO_BACKUPS
            case Capture(thing="volume") if self._tenants.has_no_service("block-storage", order.region):
                return NO_CINDER.format(region=order.region)
            case _:
                return None

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Return the facts of a file, from its first and last bytes."""
        return formats.inspect_file(file)

    def inspect_url(self, url: str) -> FileFacts:
        """Return the facts of the file at a URL, if it is an allowed URL."""
        return self._allowed_urls.inspect_url(url)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Yield one answer per order. The orders run in parallel."""
        yield from run_in_threads(self._answer, orders, progress, self._threads)

    def clean_up(self, in_use: InUse) -> list[str]:
        """Delete the unused pending blobs and temporary files of this process and of dead ones. Return their names."""
        with self._pending.journals_to_clean_up() as (ended, living):
            deleted = self._temporary.delete({file for journal in ended for file in journal.files()})
            needed: set[Blob] = set().union(*(journal.blobs() for journal in living))
            pending_blobs: dict[Blob, tuple[str, str]] = {}
            for line in (line for journal in ended for line in journal.lines() if "blob" in line):
                if (line["region"], line["blob"]) not in needed:
                    kind, owner = line.get("kind", "image"), line.get("owner", "")
                    for cloud_id in self._servers.cloud_ids(kind, owner, line["region"], line["blob"]):
                        pending_blobs[line["region"], cloud_id] = (kind, owner)
            for region in sorted({region for region, _ in pending_blobs}):
                blobs = {blob for blob_region, blob in pending_blobs if blob_region == region}
                for blob in sorted(blobs - in_use(region, blobs)):
                    if self._delete(region, blob, *pending_blobs[region, blob]):
                        deleted.append(f"{region}/{blob}")
        return deleted

    def listing(self) -> Iterator[Held]:
        """Yield every image that the tenants own, and whether it is pending."""
        with self._pending.locked():
            pending = self._pending.blobs()
        for region, tenants in self._tenants.regions().items():
            for tenant in tenants:
                project = self._tenants.project_of(tenant)
                for page in self._tenants.glance(tenant, region).images(owner=project):
                    for image in page:
                        blob = str(image["id"])
                        yield Held(region, blob, int(image.get("size") or 0), None, (region, blob) in pending)

    def _answer(self, order: Order, progress: Progress) -> Answer:
        try:
            return self._execute(order, progress)
        except RefusedError as refusal:
            rule = None if order.action is None else rule_of(order.action, refusal)
            if rule is not None:
                return Refused(order.row, rule, str(refusal))
            return Failed(order.row, _failure(order, refusal))
        except (CloudError, OSError) as error:
            return Failed(order.row, _failure(order, error))

    def _execute(self, order: Order, progress: Progress) -> Stored:
        match order:
            case CloudCall():
                return (self._servers if MODELS[order.action].changes_server() else self._image_calls).act(order)
            case Launch():
                return self._servers.launch(order)
            case MakeDisk():
                return self._servers.make_disk(order)
            case Capture():
                return self._servers.capture(order)
            case Release():
                if order.blob is not None:
                    self._pending.add_blobs([(order.region, order.blob)])
                return Stored(order.row, order.blob, checksum="", size_bytes=0)
            case _:
                return self._transfer(order, progress)

    def _transfer(self, order: ImportFile | FetchFile | CopyBytes | ExportFile, progress: Progress) -> Stored:
        match order:
            case ImportFile():
                return self._transfers.import_(order, progress)
            case FetchFile():
                if not self._allowed_urls.allow(order.url):
                    raise CloudError("this URL is not allowed: add its beginning to IMAGEKEEPER_IMPORT_URLS")
                return self._transfers.fetch(order, progress)
            case CopyBytes():
                return self._transfers.copy(order, progress)
            case ExportFile():
                return self._transfers.export(order, progress)

    def _delete(self, region: str, blob: str, kind: str, owner: str) -> bool:
        tenant = owner or self._owner_of(region, blob)
        if tenant is None:
            return False
        try:
            if kind == "server":
                return self._tenants.nova(tenant, region).delete(blob)
            if kind == "volume":
                return self._tenants.cinder(tenant, region).delete(blob)
            return self._tenants.glance(tenant, region).delete(blob)
        except RefusedError:  # a tenant has protected it or uses it: it stays, and the next sync finds it
            return False

    def _owner_of(self, region: str, blob: str) -> str | None:
        """Return the tenant that owns an image; None if no tenant here owns it, or it is deleted.

        Raises:
            CloudError: if Glance does not answer.
        """
        for tenant in self._tenants.regions().get(region, []):
            image = self._tenants.glance(tenant, region).image(blob)
            if image is not None and image.get("owner") == self._tenants.project_of(tenant):
                return tenant
        return None


def _failure(order: Order, error: CloudError | OSError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    thing = "server" if isinstance(order, CloudCall) and MODELS[order.action].changes_server() else "image"
    return f"{NOT_DONE[type(order)].format(order=order, thing=thing)}: {reason}"
