"""OpenStack as a cloud: the images of each region's Glance, shares between projects, and servers where it has them."""

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
from flows.clouds.formats import look
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
"""Which service of the catalog manages a thing, and what is said where there is none. Glance is always there."""

NO_BACKUPS = "this cloud cannot: OpenStack makes no backups of whole servers, nor images of them; only IMS clouds do"
NO_MARKETPLACE = "this cloud cannot: Glance has no Marketplace, so nobody could launch what is on sale"

NOT_DONE: dict[type[Order], str] = {
    ImportFile: "the file '{order.file}' was not imported into {order.region}",
    FetchFile: "the file at {order.url} was not imported into {order.region}",
    CopyBytes: "image {order.source.blob} of {order.source.region} was not copied to {order.region}",
    ExportFile: "image {order.source.blob} of {order.source.region} was not exported to '{order.file}'",
    CloudCall: "{order.action} of {thing} {order.blob} in {order.region} was not done",
    Launch: "no server was launched from image {order.blob} in {order.region}",
    MakeDisk: "no disk was made of image {order.blob} in {order.region}",
    Capture: "no image was made of {order.thing} {order.blob} in {order.region}",
    Release: "image {order.blob} of {order.region} was not released",
}
"""What is said before the reason."""


class OpenStackCloud:
    """The images, servers and disks of the projects that ``tenants`` has credentials for.

    ``state`` is a folder for what is in doubt. A blob is an image's id in Glance, a server's in Nova, a disk's in
    Cinder. Calls run side by side, ``threads`` at once. Files may be fetched from ``allowed_urls``.
    What was made and not recorded is known by a journal on this machine: a process that is killed here leaves nothing
    that the next one here keeps.
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
        self._transfers = Transfers(tenants, self._pending, self._temporary, self._whose)
        self._image_calls = ImageCalls(tenants)
        self._servers = Servers(tenants, self._pending)

    def cannot(self, action: str, region: str) -> str | None:
        """Servers and disks where the catalog has none; backups, and a Marketplace."""
        model = MODELS[action]
        things = {*model.references, model.creates}
        if "backup" in things:
            return NO_BACKUPS
        if model.creates == "offer":
            return NO_MARKETPLACE
        # a capture of one of a server's disks needs the server first
        service, why = next((needed for thing, needed in NEEDS.items() if thing in things), ("", ""))
        return why.format(region=region) if service and self._tenants.lacks(service, region) else None

    def cannot_do(self, order: Order) -> str | None:
        """Encrypt what it stores, and capture whole servers."""
        match order:
            case ImportFile() | FetchFile() | CopyBytes() if order.kms_key is not None:
                return NO_KEYS
            case Capture() if order.image.image_type == ImageType.FULL_ECS:
                return NO_BACKUPS
            case Capture(thing="volume") if self._tenants.lacks("block-storage", order.region):
                return NO_CINDER.format(region=order.region)
            case _:
                return None

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """What a file is, from its head and its last sectors."""
        return look(file)

    def inspect_url(self, url: str) -> FileFacts:
        """What the file at a URL is, where the cloud may fetch it from."""
        return self._allowed_urls.inspect_url(url)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Answer every order once, side by side."""
        yield from run_in_threads(self._answer, orders, progress, self._threads)

    def clean_up(self, in_use: InUse) -> list[str]:
        """Delete what was made, or let go of, and what nothing uses; name it."""
        with self._pending.journals_to_clean_up() as (ended, living):
            dropped = self._temporary.drop({file for journal in ended for file in journal.files()})
            needed: set[Blob] = set().union(*(journal.blobs() for journal in living))
            pending_blobs: dict[Blob, tuple[str, str]] = {}
            for line in (line for journal in ended for line in journal.lines() if "blob" in line):
                if (line["region"], line["blob"]) not in needed:
                    kind, owner = line.get("kind", "image"), line.get("owner", "")
                    for found in self._servers.found(kind, owner, line["region"], line["blob"]):
                        pending_blobs[line["region"], found] = (kind, owner)
            for region in sorted({region for region, _ in pending_blobs}):
                blobs = {blob for where, blob in pending_blobs if where == region}
                for blob in sorted(blobs - in_use(region, blobs)):
                    if self._deleted(region, blob, *pending_blobs[region, blob]):
                        dropped.append(f"{region}/{blob}")
        return dropped

    def listing(self) -> Iterator[Held]:
        """Every image that the tenants own, and whether it is in doubt."""
        with self._pending.alone():
            doubtful = self._pending.blobs()
        for region, tenants in self._tenants.regions().items():
            for tenant in tenants:
                project = self._tenants.project_of(tenant)
                for page in self._tenants.glance(tenant, region).images(owner=project):
                    for image in page:
                        blob = str(image["id"])
                        yield Held(region, blob, int(image.get("size") or 0), None, (region, blob) in doubtful)

    def _answer(self, order: Order, progress: Progress) -> Answer:
        try:
            return self._done(order, progress)
        except RefusedError as refusal:
            rule = None if order.action is None else rule_of(order.action, refusal)
            if rule is not None:
                return Refused(order.row, rule, str(refusal))
            return Failed(order.row, _why(order, refusal))
        except (CloudError, OSError) as error:
            return Failed(order.row, _why(order, error))

    def _done(self, order: Order, progress: Progress) -> Stored:
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
                return self._moved(order, progress)

    def _moved(self, order: ImportFile | FetchFile | CopyBytes | ExportFile, progress: Progress) -> Stored:
        match order:
            case ImportFile():
                return self._transfers.import_(order, progress)
            case FetchFile():
                if not self._allowed_urls.allow(order.url):
                    raise CloudError("nothing may be fetched from there (IMAGEKEEPER_IMPORT_URLS)")
                return self._transfers.fetch(order, progress)
            case CopyBytes():
                return self._transfers.copy(order, progress)
            case ExportFile():
                return self._transfers.export(order, progress)

    def _deleted(self, region: str, blob: str, kind: str, owner: str) -> bool:
        tenant = owner or self._whose(region, blob)
        if tenant is None:
            return False
        try:
            if kind == "server":
                return self._tenants.nova(tenant, region).delete(blob)
            if kind == "volume":
                return self._tenants.cinder(tenant, region).delete(blob)
            return self._tenants.glance(tenant, region).delete(blob)
        except RefusedError:  # somebody has protected it or uses it: it is theirs now, and the next sync names it
            return False

    def _whose(self, region: str, blob: str) -> str | None:
        """The tenant that owns an image; None where it is no tenant's, or gone.

        Raises:
            CloudError: if that cannot be asked.
        """
        for tenant in self._tenants.regions().get(region, []):
            image = self._tenants.glance(tenant, region).image(blob)
            if image is not None and image.get("owner") == self._tenants.project_of(tenant):
                return tenant
        return None


def _why(order: Order, error: CloudError | OSError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    thing = "server" if isinstance(order, CloudCall) and MODELS[order.action].changes_server() else "image"
    return f"{NOT_DONE[type(order)].format(order=order, thing=thing)}: {reason}"
