"""Carry out the orders that move bytes: into Glance, from region to region, and out of Glance.

Imagekeeper chooses the id of an image, so that the same order finds the image that it created before. Glance never
accepts an id twice, even if the first image was deleted. So there is a sequence of ids, each derived from the first one
by UUID version 5, and an order takes the first id that is free.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from http import HTTPStatus
from uuid import UUID, uuid5

from domain.cloud import (
    Bytes,
    CloudError,
    CopyBytes,
    ExportFile,
    FetchFile,
    FileFacts,
    ImportFile,
    NewImage,
    Progress,
    Stored,
)
from flows.clouds.formats import Sample, check_as_judged, check_fact
from flows.clouds.openstack.calls import cleanup_on_failure
from flows.clouds.openstack.fields import checksum_of, glance_fields
from flows.clouds.openstack.glance import Glance, Image
from flows.clouds.openstack.refusals import RefusedError
from flows.clouds.openstack.tenants import Tenants
from flows.clouds.pending_blobs import PendingBlobs
from flows.clouds.streams import Digest, Source, digest_of, open_source, read, report_progress, write
from flows.clouds.temporary_files import FILE_EXISTS, TemporaryFiles, existing_file, give_final_name

PIECE = 1 << 20
MOST_IDS = 50
"""How often the image of an order may have been created and deleted."""

TAMPERED = "what arrived is not what was stored, because the hashes differ: find the cause before you use the image"
NO_KEYS = "this cloud cannot: Glance does not encrypt images; leave the key out, or encrypt the file before the import"
NO_IMAGE = "the order names no image and no owner"


class Transfers:
    """Carries out orders that move bytes. A method raises a ``CloudError`` if the order fails and nothing remains."""

    def __init__(
        self,
        tenants: Tenants,
        pending_blobs: PendingBlobs,
        drafts: TemporaryFiles,
        owner_of: Callable[[str, str], str | None],
    ) -> None:
        self._tenants = tenants
        self._pending = pending_blobs
        self._temporary = drafts
        self._owner_of = owner_of

    def import_(self, order: ImportFile, progress: Progress) -> Stored:
        """Upload a file; inspect and hash the bytes that are sent."""
        image, glance = self._target(order)
        with open_source(order.file) as file:
            check_fact("size_bytes", order.expected.size_bytes, file.size)

            def has_same_bytes(found: Image) -> bool:
                return _has_bytes_of(found, file, order.expected)

            target, is_empty = self._find_or_create(glance, order.region, image, has_same_bytes)
            if not is_empty:
                return _stored(order.row, target, order)
            with cleanup_on_failure(lambda: glance.delete(target["id"])), closing(Digest("sha512")) as digest:
                sample = Sample()
                stream = sample.of(read(file.handle, file.size, piece=PIECE))
                pieces = report_progress(digest.through(stream), progress)

                def checked() -> Iterator[bytes]:
                    # The checks run before the upload ends: if one fails, Glance gets an incomplete request.
                    yield from map(bytes, pieces)
                    file.check_unchanged()
                    check_as_judged(order.expected, sample.facts(file.size))

                glance.upload(target["id"], checked())
                done = glance.wait_until_idle(target["id"])
                _check_active(done)
                _check_hash(done, f"sha512:{digest.hexdigest()}")
        return _stored(order.row, done, order)

    def fetch(self, order: FetchFile, progress: Progress) -> Stored:
        """Let the cloud download a file, and check that it got the file that was judged."""
        image, glance = self._target(order)
        if "web-download" not in glance.import_methods():
            raise CloudError("this cloud fetches no files (its Glance offers no web-download): download it first")
        size = order.expected.size_bytes or 0
        target, is_empty = self._find_or_create(glance, order.region, image, lambda found: found.get("size") == size)
        if is_empty:
            with cleanup_on_failure(lambda: glance.delete(target["id"])):
                glance.fetch_file(target["id"], order.url)
                target = glance.wait_until_idle(target["id"])
                _check_active(target)
                check_fact("size_bytes", size, int(target["size"]))
                if target.get("virtual_size") is not None:
                    check_fact("virtual_size_bytes", order.expected.virtual_size_bytes, int(target["virtual_size"]))
                progress(size)
        return _stored(order.row, target, order)

    def copy(self, order: CopyBytes, progress: Progress) -> Stored:
        """Copy an image to another region: by the cloud if it offers that, else through this machine."""
        image, glance = self._target(order)
        here = self._tenants.glance(image.owner, order.source.region)
        source = _source(here, order.source)
        target, is_empty = self._find_or_create(
            glance, order.region, image, lambda found: checksum_of(found) == checksum_of(source)
        )
        if not is_empty:
            return _copied(order, target)
        with cleanup_on_failure(lambda: glance.delete(target["id"])):
            size = int(source["size"])
            is_elsewhere = order.region != order.source.region
            if not (is_elsewhere and _copied_by_cloud(glance, target["id"], order.source, size, progress)):
                pieces = report_progress(here.download(order.source.blob, size, PIECE), progress)
                glance.upload(target["id"], map(bytes, pieces))
            done = glance.wait_until_idle(target["id"])
            _check_active(done)
            _check_hash(done, checksum_of(source))
        return _copied(order, done)

    def export(self, order: ExportFile, progress: Progress) -> Stored:
        """Download an image to a temporary file, verify it, and then give it its final name."""
        tenant = order.actor or self._owner_of(order.source.region, order.source.blob)
        if tenant is None:
            raise CloudError("no tenant in clouds.yaml owns such an image")
        glance = self._tenants.glance(tenant, order.source.region)
        source = _source(glance, order.source)
        algorithm, _, value = (checksum_of(source) or "").partition(":")
        if not value:
            raise CloudError("the cloud has no hash of the image, so the download could not be verified")
        size = int(source["size"])
        answer = Stored(order.row, order.source.blob, order.source.checksum, size)
        with existing_file(order.file) as file:
            if file is not None:
                if file.size != size or digest_of(read(file.handle, file.size), algorithm) != value:
                    raise CloudError(FILE_EXISTS)
                return answer
        with self._temporary.export(order.file) as draft, closing(Digest(algorithm)) as digest:
            pieces = digest.through(glance.download(order.source.blob, size, PIECE))
            write(draft.handle, report_progress(pieces, progress))
            if digest.hexdigest() != value:
                raise CloudError(TAMPERED)
            give_final_name(draft, order.file)
        return answer

    def _target(self, order: ImportFile | FetchFile | CopyBytes) -> tuple[NewImage, Glance]:
        if order.kms_key is not None:
            raise CloudError(NO_KEYS)
        if order.image is None:
            raise CloudError(NO_IMAGE)
        return order.image, self._tenants.glance(order.image.owner, order.region)

    def _find_or_create(
        self, glance: Glance, region: str, image: NewImage, finished: Callable[[Image], bool]
    ) -> tuple[Image, bool]:
        """Return the image of an order, and whether it has no bytes yet.

        An earlier try may have created the image: then it has no bytes, or ``finished`` returns whether its bytes are
        those of the order. If they are not, take the next id. Each id is in the journal before its image is created.
        """
        project = self._tenants.project_of(image.owner)
        for image_id in _ids(image.image_id):
            self._pending.add_blobs([(region, image_id)], owner=image.owner)
            created = glance.create(glance_fields(image, image_id))
            if created is not None:
                return created, True
            found = glance.image(image_id)
            if found is None or found.get("owner") != project:  # deleted, or another project's
                continue
            found = glance.wait_until_idle(image_id)
            if found["status"] == "queued":
                return found, True
            if finished(found):
                return found, False
        raise CloudError(f"{MOST_IDS} images of this request were deleted again: give the batch another batch_id")


def _ids(first: str) -> Iterator[str]:
    yield first
    yield from (str(uuid5(UUID(first), str(number))) for number in range(1, MOST_IDS))


def _source(glance: Glance, source: Bytes) -> Image:
    found = glance.image(source.blob)
    if found is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no image {source.blob} in {source.region}", None)
    if found["status"] != "active":
        raise CloudError(f"the image has the status {found['status']}, so its bytes cannot be read")
    if source.checksum.startswith(f"{found.get('os_hash_algo')}:"):
        _check_hash(found, source.checksum)
    return found


def _copied_by_cloud(glance: Glance, image_id: str, source: Bytes, size: int, progress: Progress) -> bool:
    """Let the cloud copy the bytes if it offers that. Return whether it did."""
    if "glance-download" not in glance.import_methods():
        return False
    try:
        glance.fetch_image(image_id, source.region, source.blob)
    except CloudError:  # such as regions that cannot reach each other: copy the bytes through this machine
        return False
    progress(size)
    return True


def _check_active(image: Image) -> None:
    if image["status"] != "active":
        raise CloudError(
            f"the cloud got the bytes, but the image has the status {image['status']}: check it there, and apply again"
        )


def _check_hash(image: Image, expected: str | None) -> None:
    if expected is not None and checksum_of(image) != expected:
        raise CloudError(TAMPERED)


def _has_bytes_of(image: Image, file: Source, expected: FileFacts) -> bool:
    """Return whether an image has the bytes of a file. The file is read once: the same bytes are hashed and checked."""
    algorithm, _, value = (checksum_of(image) or "").partition(":")
    if not value:
        return False
    sample = Sample()
    if digest_of(sample.of(read(file.handle, file.size)), algorithm) != value:
        return False
    file.check_unchanged()
    check_as_judged(expected, sample.facts(file.size))
    return True


def _stored(row: int, image: Image, order: ImportFile | FetchFile) -> Stored:
    expected = order.expected
    size, checksum = int(image["size"]), checksum_of(image) or ""
    return Stored(row, image["id"], checksum, size, expected.virtual_size_bytes, expected.disk_format)


def _copied(order: CopyBytes, image: Image) -> Stored:
    return Stored(order.row, image["id"], checksum_of(image) or order.source.checksum, int(image["size"]))
