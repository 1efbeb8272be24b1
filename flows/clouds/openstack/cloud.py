"""OpenStack as a cloud: real images in the Glance of each region, real shares between projects."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.cloud import (
    Act,
    Answer,
    CloudError,
    CopyBytes,
    ExportFile,
    Failed,
    FetchFile,
    FileFacts,
    Held,
    ImportFile,
    InUse,
    Order,
    Progress,
    Refused,
    Release,
    Stored,
)
from flows.clouds.doubts import Blob, Doubts
from flows.clouds.drafts import Drafts
from flows.clouds.formats import look
from flows.clouds.lanes import side_by_side
from flows.clouds.openstack.acts import Acts
from flows.clouds.openstack.moves import NO_KEYS, Moves
from flows.clouds.openstack.places import Places
from flows.clouds.openstack.refusals import RefusedError, rule_of
from flows.clouds.openstack.tenants import Tenants

SERVERS = (
    *("launch_server", "start_server", "stop_server", "resize_server", "terminate_server", "change_os"),
    *("capture_server", "backup_server", "capture_backup"),
)
DISKS = ("create_volume", "capture_volume")
CANNOT = {
    **dict.fromkeys(SERVERS, "this cloud cannot: Imagekeeper drives its images only, not its servers (Nova)"),
    **dict.fromkeys(DISKS, "this cloud cannot: Imagekeeper drives its images only, not its disks (Cinder)"),
    "publish_image": "this cloud cannot: Glance has no Marketplace, so nobody could launch what is on sale",
}


class OpenStackCloud:
    """The images of the projects that ``tenants`` has credentials for; ``state`` is a folder for what is in doubt.

    A blob is an image's id in Glance. Calls run side by side, ``lanes`` at once. Files may be fetched from ``places``.
    What was made and not recorded is known by a journal on this machine: a process that is killed here leaves nothing
    that the next one here keeps.
    """

    name = "openstack"
    keeps_images = True

    def __init__(self, tenants: Tenants, state: Path, lanes: int = 8, places: Places | None = None) -> None:
        self._places = places or Places()
        self._tenants = tenants
        self._lanes = lanes
        self._doubts = Doubts(state.absolute())
        self._drafts = Drafts(state.absolute(), self._doubts)
        self._moves = Moves(tenants, self._doubts, self._drafts, self._whose)
        self._acts = Acts(tenants)

    def cannot(self, action: str) -> str | None:
        """Servers, disks and a Marketplace."""
        return CANNOT.get(action)

    def cannot_do(self, order: Order) -> str | None:
        """Encrypt what it stores."""
        asked = isinstance(order, ImportFile | FetchFile | CopyBytes) and order.kms_key is not None
        return NO_KEYS if asked else None

    def look(self, file: Path) -> FileFacts:
        """What a file is, from its head and its last sectors."""
        return look(file)

    def look_at(self, url: str) -> FileFacts:
        """What the file at a URL is, where the cloud may fetch it from."""
        return self._places.look_at(url)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Answer every order once, side by side."""
        yield from side_by_side(self._answer, orders, progress, self._lanes)

    def settle(self, in_use: InUse) -> list[str]:
        """Delete images that were made, or let go of, and that nothing uses; name them."""
        with self._doubts.settled() as (ended, living):
            dropped = self._drafts.drop({file for journal in ended for file in journal.files()})
            needed: set[Blob] = set().union(*(journal.blobs() for journal in living))
            owners = {
                (line["region"], line["blob"]): line.get("owner", "")
                for journal in ended
                for line in journal.lines()
                if "blob" in line and (line["region"], line["blob"]) not in needed
            }
            for region in sorted({region for region, _ in owners}):
                blobs = {blob for where, blob in owners if where == region}
                for blob in sorted(blobs - in_use(region, blobs)):
                    if self._deleted(region, blob, owners[region, blob]):
                        dropped.append(f"{region}/{blob}")
        return dropped

    def listing(self) -> Iterator[Held]:
        """Every image that the tenants own, and whether it is in doubt."""
        with self._doubts.alone():
            doubtful = self._doubts.blobs()
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
            action = _action_of(order)
            rule = None if action is None else rule_of(action, refusal)
            if rule is not None:
                return Refused(order.row, rule, str(refusal))
            return Failed(order.row, _why(order, refusal))
        except (CloudError, OSError) as error:
            return Failed(order.row, _why(order, error))

    def _done(self, order: Order, progress: Progress) -> Stored:
        match order:
            case ImportFile():
                return self._moves.import_(order, progress)
            case FetchFile():
                if not self._places.allow(order.url):
                    raise CloudError("nothing may be fetched from there (IMAGEKEEPER_IMPORT_URLS)")
                return self._moves.fetch(order, progress)
            case CopyBytes():
                return self._moves.copy(order, progress)
            case ExportFile():
                return self._moves.export(order, progress)
            case Act():
                return self._acts.act(order)
            case Release():
                if order.blob is not None:
                    self._doubts.add_blobs([(order.region, order.blob)])
                return Stored(order.row, order.blob, checksum="", size_bytes=0)

    def _deleted(self, region: str, blob: str, owner: str) -> bool:
        tenant = owner or self._whose(region, blob)
        if tenant is None:
            return False
        try:
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


def _action_of(order: Order) -> str | None:
    match order:
        case Act():
            return order.action
        case ImportFile() | FetchFile():
            return "import_image"
        case CopyBytes():
            return "copy_image"
        case ExportFile():
            return "export_image"
        case Release():
            return None


def _why(order: Order, error: CloudError | OSError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    match order:
        case ImportFile():
            return f"the file '{order.file}' was not imported into {order.region}: {reason}"
        case FetchFile():
            return f"the file at {order.url} was not imported into {order.region}: {reason}"
        case CopyBytes(source=source):
            return f"image {source.blob} of {source.region} was not copied to {order.region}: {reason}"
        case ExportFile(source=source):
            return f"image {source.blob} of {source.region} was not exported to '{order.file}': {reason}"
        case Act():
            return f"{order.action} of image {order.blob} in {order.region} was not done: {reason}"
        case Release():
            return f"image {order.blob} of {order.region} was not released: {reason}"
