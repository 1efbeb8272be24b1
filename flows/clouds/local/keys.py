"""The key service of the embedded cloud: each key is a file of 32 random bytes."""

import os
from contextlib import suppress
from pathlib import Path

from data.access.private_folders import private_folder, tighten
from domain.cloud import CloudError, path_part
from flows.clouds.local.store import Store
from flows.clouds.streams import sync_to_disk

KEY_BYTES = 32


class Keys:
    """Keys by name, each in ``<name>.key`` of a folder that only its owner may enter.

    A key is created when an encryption first needs it. Two processes that do so at the same time get the same key. The
    key is on the disk before it is used: without the key, what it encrypted is lost. The image store journals the
    temporary files of keys, so that a killed process leaves none.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def key(self, name: str) -> bytes:
        """Return the key to encrypt with. Create it if it does not exist."""
        file = self._file(name)
        if not file.exists():
            self._make(file)
        return self._read(file)

    def existing(self, name: str) -> bytes:
        """Return the key to decrypt with.

        Raises:
            CloudError: if the key does not exist. A new key could not decrypt anything.
        """
        file = self._file(name)
        if not file.exists():
            raise CloudError(f"the key '{name}' is not in {self._folder}: restore {file.name} there, and apply again")
        return self._read(file)

    def _file(self, name: str) -> Path:
        return self._folder / f"{path_part(name)}.key"

    def _make(self, file: Path) -> None:
        private_folder(self._folder)
        tighten(self._folder)
        with self._store.draft(self._folder) as draft:
            os.write(draft.handle, os.urandom(KEY_BYTES))
            os.fsync(draft.handle)
            with suppress(FileExistsError):  # another process was first: use its key
                os.link(draft.name, file, src_dir_fd=draft.folder, follow_symlinks=False)
        sync_to_disk(self._folder)

    def _read(self, file: Path) -> bytes:
        secret = file.read_bytes()
        if len(secret) != KEY_BYTES:
            raise CloudError(f"the key file {file} has {len(secret)} bytes, not {KEY_BYTES}: restore it from a backup")
        return secret
