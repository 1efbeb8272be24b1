"""Sync: write the listing of a region to the warehouse. Only differences are written; vanished images are marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from data.warehouse.pipeline import rows, run, step
from domain.inventory import Seen, SeenFlavor, SeenImage, SeenMember

_TYPES = {"size_bytes": pa.int64(), "virtual_size_bytes": pa.int64(), "tags": pa.list_(pa.string())}
_TYPES |= dict.fromkeys(("min_disk_gb", "min_ram_mb", "vcpus", "ram_mb", "disk_gb"), pa.int32())
_TYPES |= dict.fromkeys(("encrypted", "published", "protected", "hidden"), pa.bool_())
_TYPES |= dict.fromkeys(("created_at", "updated_at", "shared_at"), pa.timestamp("us", tz="UTC"))

STEPS = (
    *("matched", "gone", "shares", "changes"),
    *("change_images", "add_images", "delete_images", "end_shares", "change_shares", "add_shares"),
    *("drop_flavors", "add_flavors", "counted"),
)
"""The steps of a sync, in order; ``data/inventory/sql/sync/<step>.sql``."""


@dataclass(frozen=True, slots=True)
class Synced:
    """The result of a sync of one region: numbers of images and shares, and of images and shares that differed."""

    region: str
    images: int
    members: int
    appeared: int
    changed: int
    vanished: int


@dataclass(frozen=True, slots=True)
class Drifted:
    """A state at a cloud that no recorded action explains or that a rule forbids, and the action that repairs it."""

    problem: str
    region: str
    image_id: str
    name: str
    owner: str
    tenant: str | None
    detail: str | None
    repair: str | None


class RegionListing:
    """The listing of a region, collected page by page, as Arrow tables."""

    def __init__(self) -> None:
        self._images: list[SeenImage] = []
        self._members: list[SeenMember] = []
        self._flavors: list[SeenFlavor] = []

    def add(self, seen: Seen) -> None:
        """Add a page of the listing."""
        self._images.extend(seen.images)
        self._members.extend(seen.members)
        self._flavors.extend(seen.flavors)

    @property
    def images(self) -> pa.Table:
        """The images, one row each."""
        return _table(SeenImage, self._images)

    @property
    def members(self) -> pa.Table:
        """The shares, one row each."""
        return _table(SeenMember, self._members)

    @property
    def flavors(self) -> pa.Table:
        """The flavors, one row each."""
        return _table(SeenFlavor, self._flavors)


def sync_region(
    con: duckdb.DuckDBPyConnection,
    listing: RegionListing,
    *,
    sync_id: str,
    cloud: str,
    region: str,
    tenants: Sequence[str],
    started: datetime,
    now: datetime,
) -> Synced:
    """Record the listing of a region, and return the numbers of images, shares and differences.

    Args:
        con: a connection in a transaction.
        listing: the listing.
        sync_id: the id of this sync, the same for all regions.
        cloud: the name of the cloud.
        region: the region.
        tenants: the tenants whose own images are listed completely.
        started: the time of the first request to the cloud, UTC. Images that actions changed since then are left to the
            next sync.
        now: the time of the record, UTC.
    """
    con.register("listed_image", listing.images)
    con.register("listed_member", listing.members)
    con.register("listed_flavor", listing.flavors)
    con.register("listed_tenant", pa.table({"tenant": pa.array(list(tenants), pa.string())}))
    for name, key in (("image", "blob"), ("member", "blob, tenant"), ("flavor", "flavor"), ("tenant", "tenant")):
        # An image that changes between two pages of a listing can be on both.
        con.execute(f"CREATE OR REPLACE TEMP TABLE seen_{name} AS SELECT DISTINCT ON ({key}) * FROM listed_{name}")
        con.unregister(f"listed_{name}")
    sync_values = {"sync_id": sync_id, "cloud": cloud, "region": region, "started": started, "now": now}
    run(con, *(step(f"inventory/sql/sync/{name}") for name in STEPS), **sync_values)
    synced = con.execute(
        "SELECT region, images, members, appeared, changed, vanished FROM inventory_sync"
        " WHERE sync_id = ? AND cloud = ? AND region = ?",
        [sync_id, cloud, region],
    ).fetchall()
    return Synced(*synced[0])


def find_drift(
    con: duckdb.DuckDBPyConnection, sync_id: str, *, profile: str, most: int, acts_on: str | None = None
) -> list[Drifted]:
    """Return the differences of a sync that no action explains, and the states that a rule forbids.

    Args:
        con: a connection to the warehouse.
        sync_id: the sync.
        profile: the rule profile.
        most: the maximum number of rows.
        acts_on: the cloud that batches act on. Rows of other clouds have no ``repair``, because no action reaches them.
    """
    found = rows(con, "inventory/sql/sync/drift", sync_id=sync_id, profile=profile, most=most, acts_on=acts_on)
    return [Drifted(*row) for row in found]


def _table(model: type, rows: Sequence[Any]) -> pa.Table:
    columns = {field.name: _column(field.name, (getattr(row, field.name) for row in rows)) for field in fields(model)}
    return pa.table(columns)


def _column(name: str, values: Iterable[Any]) -> pa.Array:
    return pa.array(list(values), _TYPES.get(name, pa.string()))
