"""Orders that move bytes: into Glance, from region to region, and out of it.

An image gets its id from us, so that the same order again finds what it made. Glance never gives an id twice, not even
that of a deleted image; so the id after it is one that follows from the first.
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
from flows.clouds.formats import Sample, judged_so, same
from flows.clouds.openstack.calls import cleaned_up
from flows.clouds.openstack.fields import checksum_of, written
from flows.clouds.openstack.glance import Glance, Image
from flows.clouds.openstack.refusals import RefusedError
from flows.clouds.openstack.tenants import Tenants
from flows.clouds.pending_blobs import PendingBlobs
from flows.clouds.streams import Digest, Source, digest_of, opened, read, told, write
from flows.clouds.temporary_files import THERE, TemporaryFiles, name, there

PIECE = 1 << 20
MOST_IDS = 50
"""How often an order's image may have been made and deleted again."""

TAMPERED = "what arrived is not what was stored: its hash is another; look into it before anybody uses it"
NO_KEYS = "this cloud cannot: Glance encrypts nothing by itself; ask for no encryption, or encrypt the file beforehand"
NO_IMAGE = "it is not said whose image that is to be"


class Transfers:
    """What becomes of bytes by each order. A ``CloudError`` says why it was not done; then nothing is left behind."""

    def __init__(
        self,
        tenants: Tenants,
        pending_blobs: PendingBlobs,
        drafts: TemporaryFiles,
        whose: Callable[[str, str], str | None],
    ) -> None:
        self._tenants = tenants
        self._pending = pending_blobs
        self._temporary = drafts
        self._whose = whose

    def import_(self, order: ImportFile, progress: Progress) -> Stored:
        """Upload a file, inspected and hashed on its way."""
        image, glance = self._maker(order)
        with opened(order.file) as file:
            same("size_bytes", order.expected.size_bytes, file.size)

            def there_already(found: Image) -> bool:
                return _has_bytes_of(found, file, order.expected)

            made, is_new = self._made(glance, order.region, image, there_already)
            if not is_new:
                return _stored(order.row, made, order)
            with cleaned_up(lambda: glance.delete(made["id"])), closing(Digest("sha512")) as digest:
                sample = Sample()
                pieces = told(digest.through(sample.of(read(file.handle, file.size, piece=PIECE))), progress)

                def checked() -> Iterator[bytes]:
                    yield from map(bytes, pieces)
                    file.check_unchanged()
                    judged_so(order.expected, sample.facts(file.size))

                glance.upload(made["id"], checked())
                done = glance.wait_until_idle(made["id"])
                _active(done)
                _same_digest(done, f"sha512:{digest.hexdigest()}")
        return _stored(order.row, done, order)

    def fetch(self, order: FetchFile, progress: Progress) -> Stored:
        """Have the cloud download a file, and see whether it got what was judged."""
        image, glance = self._maker(order)
        if "web-download" not in glance.import_methods():
            raise CloudError("this cloud fetches no files (its Glance offers no web-download): download it first")
        size = order.expected.size_bytes or 0
        made, is_new = self._made(glance, order.region, image, lambda found: found.get("size") == size)
        if is_new:
            with cleaned_up(lambda: glance.delete(made["id"])):
                glance.fetch_file(made["id"], order.url)
                made = glance.wait_until_idle(made["id"])
                _active(made)
                same("size_bytes", size, int(made["size"]))
                if made.get("virtual_size") is not None:
                    same("virtual_size_bytes", order.expected.virtual_size_bytes, int(made["virtual_size"]))
                progress(size)
        return _stored(order.row, made, order)

    def copy(self, order: CopyBytes, progress: Progress) -> Stored:
        """Have the cloud copy an image to another region, or pass the bytes on, as the cloud allows."""
        image, glance = self._maker(order)
        here = self._tenants.glance(image.owner, order.source.region)
        source = _source(here, order.source)
        made, is_new = self._made(glance, order.region, image, lambda found: checksum_of(found) == checksum_of(source))
        if not is_new:
            return _copied(order, made)
        with cleaned_up(lambda: glance.delete(made["id"])):
            size = int(source["size"])
            if not (order.region != order.source.region and _fetched(glance, made["id"], order.source, size, progress)):
                pieces = told(here.download(order.source.blob, size, PIECE), progress)
                glance.upload(made["id"], map(bytes, pieces))
            done = glance.wait_until_idle(made["id"])
            _active(done)
            _same_digest(done, checksum_of(source))
        return _copied(order, done)

    def export(self, order: ExportFile, progress: Progress) -> Stored:
        """Download an image beside its file, verify it, and only then name it so."""
        tenant = order.actor or self._whose(order.source.region, order.source.blob)
        if tenant is None:
            raise CloudError("there is no such image that any of the tenants owns")
        glance = self._tenants.glance(tenant, order.source.region)
        source = _source(glance, order.source)
        algorithm, _, value = (checksum_of(source) or "").partition(":")
        if not value:
            raise CloudError("the cloud keeps no hash of it, so nobody could tell whether it arrived as it is")
        size = int(source["size"])
        answer = Stored(order.row, order.source.blob, order.source.checksum, size)
        with there(order.file) as file:
            if file is not None:
                if file.size != size or digest_of(read(file.handle, file.size), algorithm) != value:
                    raise CloudError(THERE)
                return answer
        with self._temporary.export(order.file) as draft, closing(Digest(algorithm)) as digest:
            write(draft.handle, told(digest.through(glance.download(order.source.blob, size, PIECE)), progress))
            if digest.hexdigest() != value:
                raise CloudError(TAMPERED)
            name(draft, order.file)
        return answer

    def _maker(self, order: ImportFile | FetchFile | CopyBytes) -> tuple[NewImage, Glance]:
        if order.kms_key is not None:
            raise CloudError(NO_KEYS)
        if order.image is None:
            raise CloudError(NO_IMAGE)
        return order.image, self._tenants.glance(order.image.owner, order.region)

    def _made(
        self, glance: Glance, region: str, image: NewImage, finished: Callable[[Image], bool]
    ) -> tuple[Image, bool]:
        """The image that an order fills, and whether it has no bytes yet; ``finished`` tells if it has the right ones.

        It is in doubt before it is there.
        """
        project = self._tenants.project_of(image.owner)
        for image_id in _ids(image.image_id):
            self._pending.add_blobs([(region, image_id)], owner=image.owner)
            made = glance.create(written(image, image_id))
            if made is not None:
                return made, True
            found = glance.image(image_id)
            if found is None or found.get("owner") != project:
                continue
            found = glance.wait_until_idle(image_id)
            if found["status"] == "queued":
                return found, True
            if finished(found):
                return found, False
        raise CloudError(f"{MOST_IDS} images made for this were deleted again: give the batch another batch_id")


def _ids(first: str) -> Iterator[str]:
    yield first
    yield from (str(uuid5(UUID(first), str(number))) for number in range(1, MOST_IDS))


def _source(glance: Glance, source: Bytes) -> Image:
    found = glance.image(source.blob)
    if found is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no image {source.blob} in {source.region}", None)
    if found["status"] != "active":
        raise CloudError(f"the image is {found['status']}, so its bytes are not to be had")
    if source.checksum.startswith(f"{found.get('os_hash_algo')}:"):
        _same_digest(found, source.checksum)
    return found


def _fetched(glance: Glance, image_id: str, source: Bytes, size: int, progress: Progress) -> bool:
    """Whether the cloud itself brought the bytes, where it offers to."""
    if "glance-download" not in glance.import_methods():
        return False
    try:
        glance.fetch_image(image_id, source.region, source.blob)
    except CloudError:  # a filter of addresses, a region that cannot reach the other: the bytes can still pass by here
        return False
    progress(size)
    return True


def _active(image: Image) -> None:
    if image["status"] != "active":
        raise CloudError(f"the cloud took the bytes, and yet the image is {image['status']}: look there, apply again")


def _same_digest(image: Image, expected: str | None) -> None:
    if expected is not None and checksum_of(image) != expected:
        raise CloudError(TAMPERED)


def _has_bytes_of(image: Image, file: Source, expected: FileFacts) -> bool:
    """Whether an image was made of a file, which is read once: hashed and judged on the same bytes."""
    algorithm, _, value = (checksum_of(image) or "").partition(":")
    if not value:
        return False
    sample = Sample()
    if digest_of(sample.of(read(file.handle, file.size)), algorithm) != value:
        return False
    file.check_unchanged()
    judged_so(expected, sample.facts(file.size))
    return True


def _stored(row: int, image: Image, order: ImportFile | FetchFile) -> Stored:
    expected = order.expected
    size, checksum = int(image["size"]), checksum_of(image) or ""
    return Stored(row, image["id"], checksum, size, expected.virtual_size_bytes, expected.disk_format)


def _copied(order: CopyBytes, image: Image) -> Stored:
    return Stored(order.row, image["id"], checksum_of(image) or order.source.checksum, int(image["size"]))
