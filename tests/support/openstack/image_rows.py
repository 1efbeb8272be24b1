"""Images put straight into a Glance's database: many in a second, where Glance makes forty."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

PROPERTIES = {"os_distro": "debian", "os_version": "12", "architecture": "x86_64"}
TAG = "inserted"
SIZE = 1 << 20

IMAGE = """
INSERT INTO images (id, name, size, virtual_size, status, created_at, updated_at, deleted, owner, min_disk, min_ram,
                    protected, disk_format, container_format, visibility, os_hidden, checksum, os_hash_algo,
                    os_hash_value)
VALUES (:id, :name, :size, :size, 'active', :now, :now, 0, :owner, 1, 0,
        0, 'raw', 'bare', 'private', 0, :hash32, 'sha512', :hash128)
"""
PROPERTY = """
INSERT INTO image_properties (image_id, name, value, created_at, updated_at, deleted) VALUES (?, ?, ?, ?, ?, 0)
"""
TAGGED = "INSERT INTO image_tags (image_id, value, created_at, updated_at, deleted) VALUES (?, ?, ?, ?, 0)"


def insert(database: Path, owner: str, count: int, name: str) -> list[str]:
    """Insert active private images of a project, each with three properties and a tag; gives their ids.

    They are called by the name and a number from 0. There is no data behind them.
    """
    ids = [str(uuid.uuid4()) for _ in range(count)]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(database, timeout=60)) as con, con:
        con.executemany(IMAGE, _images(ids, owner, name, now))
        con.executemany(PROPERTY, ((i, key, value, now, now) for i in ids for key, value in PROPERTIES.items()))
        con.executemany(TAGGED, ((i, TAG, now, now) for i in ids))
    return ids


def _images(ids: list[str], owner: str, name: str, now: str) -> Iterator[dict[str, str | int]]:
    for number, image_id in enumerate(ids):
        digest = f"{number:032x}"
        yield {
            "id": image_id,
            "name": f"{name}-{number}",
            "size": SIZE,
            "now": now,
            "owner": owner,
            "hash32": digest,
            "hash128": digest * 4,
        }
