"""Carry out the orders that move bytes: into the image store, inside it, and out of it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from domain.cloud import Bytes, CloudError, CopyBytes, ExportFile, FolderFile, ImportFile, Progress, Stored
from flows.clouds.local.cipher import TAMPERED, Key, decrypt, encrypt, plain_size
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.clouds.streams import Digest, Pieces, Source, digest_of, open_source, read, report_progress, write
from flows.clouds.temporary_files import FILE_EXISTS, existing_file, give_final_name

MISSING = "it is not in the image store: restore it from a backup, or import the image again"

Moving = ImportFile | CopyBytes | ExportFile


class Transfers:
    """Carries out orders that move bytes.

    A method raises a ``CloudError`` or an ``OSError`` if the order fails. Then no file or blob of it remains.
    """

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def move(self, order: Moving, progress: Progress) -> Stored:
        """Carry out an order that moves bytes. ``progress`` is called with the size of each piece."""
        match order:
            case ImportFile():
                return self._import(order, progress)
            case CopyBytes():
                return self._copy(order, progress)
            case ExportFile():
                return self._export(order, progress)

    def reuse(self, order: CopyBytes) -> Stored:
        """Answer a copy whose blob already exists in the target region."""
        size = self._store.blob(order.region, order.source.blob).stat().st_size
        plain = size if order.kms_key is None else plain_size(size)
        return Stored(order.row, order.source.blob, order.source.checksum, plain)

    def _import(self, order: ImportFile, progress: Progress) -> Stored:
        """Read the file once: inspect, hash, encrypt (with a key) and write each piece.

        The checks come after all bytes were read: they must be about the bytes that were stored, not about the file,
        which another process may change meanwhile.
        """
        from flows.clouds.formats import Sample, check_as_judged, check_fact

        expected = order.expected
        with open_source(order.file) as file, closing(Digest()) as digest:
            check_fact("size_bytes", expected.size_bytes, file.size)
            sample = Sample()

            def check() -> None:
                file.check_unchanged()
                check_as_judged(expected, sample.facts(file.size))

            pieces = report_progress(digest.through(sample.of(read(file.handle, file.size))), progress)
            blob = self._store_blob(order, pieces, file.size, digest, check)
            checksum = digest.hexdigest()
        return Stored(order.row, blob, checksum, file.size, expected.virtual_size_bytes, expected.disk_format)

    def _copy(self, order: CopyBytes, progress: Progress) -> Stored:
        """Read and verify the plain bytes, and write them to another region or with another key."""
        with self._plain(order.source) as (plain, size), closing(Digest()) as digest:
            pieces = report_progress(digest.through(plain), progress)
            blob = self._store_blob(order, pieces, size, digest, lambda: _verify(order.source, digest))
        return Stored(order.row, blob, order.source.checksum, size)

    def _export(self, order: ExportFile, progress: Progress) -> Stored:
        """Write the plain bytes to a temporary file, verify them, and then give it its final name.

        An existing file stays as it is. If it has the same bytes, the order was carried out before, and the answer is
        the same.
        """
        with existing_file(order.file) as file:
            if file is not None:
                return _exported_before(order, file)
        with (
            self._plain(order.source) as (plain, size),
            closing(Digest()) as digest,
            self._store.export(order.file) as draft,
        ):
            write(draft.handle, report_progress(digest.through(plain), progress))
            _verify(order.source, digest)
            give_final_name(draft, order.file)
        return Stored(order.row, order.source.blob, order.source.checksum, size)

    @contextmanager
    def _plain(self, source: Bytes) -> Iterator[tuple[Pieces, int]]:
        """Yield the plain bytes of a blob, and their number."""
        blob = self._store.blob(source.region, source.blob)
        if not blob.exists():
            raise CloudError(MISSING)
        with open_source(FolderFile(blob.parent, blob.name)) as file:
            if source.kms_key is None:
                yield read(file.handle, file.size), file.size
            else:
                key = Key(source.kms_key, self._keys.existing(source.kms_key))
                yield decrypt(file.handle, file.size, key), plain_size(file.size)

    def _store_blob(
        self,
        order: ImportFile | CopyBytes,
        plain: Pieces,
        size: int,
        digest: Digest,
        check: Callable[[], None],
    ) -> str:
        """Write plain bytes to a draft, encrypted if the order names a key. If ``check`` passes, make it a blob.

        Return the blob's name, the hash of the stored bytes. ``digest`` hashes the plain bytes on their way.
        """
        with self._store.draft(self._store.incoming(order.region)) as draft:
            if order.kms_key is None:
                write(draft.handle, plain)
                blob = digest.hexdigest()
            else:
                key = Key(order.kms_key, self._keys.key(order.kms_key))
                with closing(Digest()) as encrypted:
                    write(draft.handle, encrypted.through(encrypt(plain, size, key)))
                    blob = encrypted.hexdigest()
            check()
            self._store.keep(draft, order.region, blob)
            return blob


def same_blob(order: CopyBytes) -> bool:
    """Return whether the copy has the same stored bytes as its source, so that both are one blob name.

    An encrypted blob is reused within its region only. In another region the bytes are encrypted again.
    """
    source = order.source
    return source.kms_key == order.kms_key and (order.kms_key is None or source.region == order.region)


def _exported_before(order: ExportFile, file: Source) -> Stored:
    if digest_of(read(file.handle, file.size)) != order.source.checksum:
        raise CloudError(FILE_EXISTS)
    return Stored(order.row, order.source.blob, order.source.checksum, file.size)


def _verify(source: Bytes, digest: Digest) -> None:
    if digest.hexdigest() != source.checksum:
        raise CloudError(TAMPERED)
