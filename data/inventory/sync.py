"""What a cloud says of a region, written into the holdings set-wise: only what is otherwise; what is gone is marked."""

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
    """What a sync of a region came to: how many images and shares there are, and how many were otherwise."""

    region: str
    images: int
    members: int
    appeared: int
    changed: int
    vanished: int


@dataclass(frozen=True, slots=True)
class Drifted:
    """Something at a cloud that no action of ours explains or that a rule forbids, and the action that repairs it."""

    problem: str
    region: str
    image_id: str
    name: str
    owner: str
    tenant: str | None
    detail: str | None
    repair: str | None


class RegionListing:
    """What was seen of a region, column by column, so that it is a table at once."""

    def __init__(self) -> None:
        self._images: list[SeenImage] = []
        self._members: list[SeenMember] = []
        self._flavors: list[SeenFlavor] = []

    def add(self, seen: Seen) -> None:
        """Take in a part of it."""
        self._images.extend(seen.images)
        self._members.extend(seen.members)
        self._flavors.extend(seen.flavors)

    @property
    def images(self) -> pa.Table:
        """The images, a row each."""
        return _table(SeenImage, self._images)

    @property
    def members(self) -> pa.Table:
        """The shares, a row each."""
        return _table(SeenMember, self._members)

    @property
    def flavors(self) -> pa.Table:
        """The flavors, a row each."""
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
    """Write down what was seen of a region.

    Args:
        con: a connection in a transaction.
        listing: what was seen.
        sync_id: the id of the listing at all regions together.
        cloud: what the cloud is called.
        region: the region.
        tenants: the tenants whose own images were all told.
        started: when the cloud was first asked; what was done since is left as it is.
        now: when it is written down.
    """
    con.register("listed_image", listing.images)
    con.register("listed_member", listing.members)
    con.register("listed_flavor", listing.flavors)
    con.register("listed_tenant", pa.table({"tenant": pa.array(list(tenants), pa.string())}))
    for name, key in (("image", "blob"), ("member", "blob, tenant"), ("flavor", "flavor"), ("tenant", "tenant")):
        # what changes while page after page is asked for may be told twice
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
    """Return what a sync found that no action explains, and what a rule forbids.

    ``acts_on`` is the cloud that batches act on: only there an action can repair it.
    """
    found = rows(con, "inventory/sql/sync/drift", sync_id=sync_id, profile=profile, most=most, acts_on=acts_on)
    return [Drifted(*row) for row in found]


def _table(model: type, rows: Sequence[Any]) -> pa.Table:
    columns = {field.name: _column(field.name, (getattr(row, field.name) for row in rows)) for field in fields(model)}
    return pa.table(columns)


def _column(name: str, values: Iterable[Any]) -> pa.Array:
    return pa.array(list(values), _TYPES.get(name, pa.string()))
