"""The embedded key service: one file of 32 random bytes a key."""

import os
from contextlib import suppress
from pathlib import Path

from data.access.private_folders import private_folder, tighten
from domain.cloud import CloudError, path_part
from flows.clouds.local.store import Store
from flows.clouds.streams import write_through

KEY_BYTES = 32


class Keys:
    """Keys by name, each in ``<name>.key`` of a folder that only its owner may enter.

    A key comes into being where it is first asked for to encrypt; two processes that do so at once
    agree on one. It is on the disk before it is used: who loses a key loses what it encrypted.
    The store only keeps account of drafts, so that a killed process leaves none.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def key(self, name: str) -> bytes:
        """The key to encrypt with. A name that is new makes a new key."""
        file = self._file(name)
        if not file.exists():
            self._make(file)
        return self._read(file)

    def existing(self, name: str) -> bytes:
        """The key to decrypt with. A key that is gone is an error, never a new key."""
        file = self._file(name)
        if not file.exists():
            raise CloudError(f"the key '{name}' is not in {self._folder}: put {file.name} back there, and apply again")
        return self._read(file)

    def _file(self, name: str) -> Path:
        return self._folder / f"{path_part(name)}.key"

    def _make(self, file: Path) -> None:
        private_folder(self._folder)
        tighten(self._folder)
        with self._store.draft(self._folder) as draft:
            os.write(draft.handle, os.urandom(KEY_BYTES))
            os.fsync(draft.handle)
            with suppress(FileExistsError):  # another process was first: its key is the key
                os.link(draft.name, file, src_dir_fd=draft.folder, follow_symlinks=False)
        write_through(self._folder)

    def _read(self, file: Path) -> bytes:
        secret = file.read_bytes()
        if len(secret) != KEY_BYTES:
            raise CloudError(f"the key file {file} has {len(secret)} bytes, not {KEY_BYTES}: put the true one back")
        return secret
