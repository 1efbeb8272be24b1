"""Orders that move bytes: into the store, inside it, and out of it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from domain.cloud import Bytes, CloudError, CopyBytes, ExportFile, FolderFile, ImportFile, Progress, Stored
from flows.clouds.local.cipher import TAMPERED, Key, opened_size, seal, unseal
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.clouds.streams import Digest, Pieces, Source, digest_of, opened, read, told, write
from flows.clouds.temporary_files import THERE, name, there

MISSING = "it is not in the store: bring it back from a backup, or import the image anew"

Moving = ImportFile | CopyBytes | ExportFile


class Transfers:
    """What becomes of bytes by each order.

    A ``CloudError`` or an ``OSError`` says why it was not done. Then nothing is left behind.
    """

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def move(self, order: Moving, progress: Progress) -> Stored:
        """Carry out an order that moves bytes; ``progress`` hears of them."""
        match order:
            case ImportFile():
                return self._import(order, progress)
            case CopyBytes():
                return self._copy(order, progress)
            case ExportFile():
                return self._export(order, progress)

    def reuse(self, order: CopyBytes) -> Stored:
        """Answer a copy whose blob is already where it is wanted."""
        size = self._store.blob(order.region, order.source.blob).stat().st_size
        plain = size if order.kms_key is None else opened_size(size)
        return Stored(order.row, order.source.blob, order.source.checksum, plain)

    def _import(self, order: ImportFile, progress: Progress) -> Stored:
        """Read the file once: what passes is inspected, hashed, encrypted where asked, and written."""
        from flows.clouds.formats import Sample, judged_so, same

        expected = order.expected
        with opened(order.file) as file, closing(Digest()) as digest:
            same("size_bytes", expected.size_bytes, file.size)
            sample = Sample()

            def check() -> None:
                file.check_unchanged()
                judged_so(expected, sample.facts(file.size))

            pieces = told(digest.through(sample.of(read(file.handle, file.size))), progress)
            blob = self._stored(order, pieces, file.size, digest, check)
            checksum = digest.hexdigest()
        return Stored(order.row, blob, checksum, file.size, expected.virtual_size_bytes, expected.disk_format)

    def _copy(self, order: CopyBytes, progress: Progress) -> Stored:
        """Read the plain bytes, verify them, and write them to another region or under another key."""
        with self._plain(order.source) as (plain, size), closing(Digest()) as digest:
            pieces = told(digest.through(plain), progress)
            blob = self._stored(order, pieces, size, digest, lambda: _verify(order.source, digest))
        return Stored(order.row, blob, order.source.checksum, size)

    def _export(self, order: ExportFile, progress: Progress) -> Stored:
        """Write the plain bytes beside the file that is asked for, verify them, and only then name them so.

        A file that is there already stays as it is. If it has the very bytes, the order was carried
        out before, and the answer is the same.
        """
        with there(order.file) as file:
            if file is not None:
                return _exported_before(order, file)
        with (
            self._plain(order.source) as (plain, size),
            closing(Digest()) as digest,
            self._store.export(order.file) as draft,
        ):
            write(draft.handle, told(digest.through(plain), progress))
            _verify(order.source, digest)
            name(draft, order.file)
        return Stored(order.row, order.source.blob, order.source.checksum, size)

    @contextmanager
    def _plain(self, source: Bytes) -> Iterator[tuple[Pieces, int]]:
        """The plain bytes of a blob, and how many they are."""
        blob = self._store.blob(source.region, source.blob)
        if not blob.exists():
            raise CloudError(MISSING)
        with opened(FolderFile(blob.parent, blob.name)) as file:
            if source.kms_key is None:
                yield read(file.handle, file.size), file.size
            else:
                key = Key(source.kms_key, self._keys.existing(source.kms_key))
                yield unseal(file.handle, file.size, key), opened_size(file.size)

    def _stored(
        self,
        order: ImportFile | CopyBytes,
        plain: Pieces,
        size: int,
        digest: Digest,
        check: Callable[[], None],
    ) -> str:
        """Write plain bytes as a blob, encrypted where asked, and keep it if the check passes; its name."""
        with self._store.draft(self._store.incoming(order.region)) as draft:
            if order.kms_key is None:
                write(draft.handle, plain)
                blob = digest.hexdigest()
            else:
                key = Key(order.kms_key, self._keys.key(order.kms_key))
                with closing(Digest()) as sealed:
                    write(draft.handle, sealed.through(seal(plain, size, key)))
                    blob = sealed.hexdigest()
            check()
            self._store.keep(draft, order.region, blob)
            return blob


def same_blob(order: CopyBytes) -> bool:
    """Whether the copy is, byte for byte, the blob that it is a copy of.

    Under a key that is so in one region only: elsewhere the bytes are encrypted anew.
    """
    source = order.source
    return source.kms_key == order.kms_key and (order.kms_key is None or source.region == order.region)


def _exported_before(order: ExportFile, file: Source) -> Stored:
    if digest_of(read(file.handle, file.size)) != order.source.checksum:
        raise CloudError(THERE)
    return Stored(order.row, order.source.blob, order.source.checksum, file.size)


def _verify(source: Bytes, digest: Digest) -> None:
    if digest.hexdigest() != source.checksum:
        raise CloudError(TAMPERED)
