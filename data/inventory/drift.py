"""Drift: where the store and the warehouse say different things, asked set-wise."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import duckdb
import pyarrow as pa

from data.warehouse.pipeline import rows, run, step
from domain.cloud import Cloud, Held

_HELD = pa.schema(
    {
        "region": pa.string(),
        "blob": pa.string(),
        "size_bytes": pa.int64(),
        "opened_bytes": pa.int64(),
        "in_doubt": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things need bytes, how many blobs are stored, and how many of both are not as they must be.

    ``usable`` is how many images without their bytes can still be used; ``stray_bytes`` is what stray blobs take.
    """

    needed: int
    stored: int
    in_doubt: int
    missing: int
    damaged: int
    stray: int
    stray_bytes: int
    usable: int

    @property
    def differ(self) -> bool:
        """Whether anything is not as it must be."""
        return bool(self.missing or self.damaged or self.stray)


@dataclass(frozen=True, slots=True)
class Finding:
    """A thing without its bytes (``missing``, ``damaged``), or a blob that nothing needs (``stray``).

    Sizes are in bytes: of the image itself; of a stray blob, as it is stored.
    """

    problem: str
    kind: str
    id: str | None
    name: str | None
    owner: str | None
    region: str
    blob: str
    expected_bytes: int | None
    found_bytes: int | None


@dataclass(frozen=True, slots=True)
class Unusable:
    """An image that counts as usable and whose bytes are ``missing`` or ``damaged``."""

    image_id: str
    owner: str
    region: str
    problem: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found: all of it counted, the first of it by name."""

    counts: Counts
    findings: list[Finding]
    unusable: list[Unusable]


def needed(con: duckdb.DuckDBPyConnection, cloud: Cloud) -> pa.Table:
    """What needs stored bytes at a cloud now; to be asked before the listing, and given to ``compare`` after it."""
    return con.sql(step("inventory/sql/drift/needed").query, params=_at(cloud)).to_arrow_table()


def compare(
    con: duckdb.DuckDBPyConnection,
    cloud: Cloud,
    before: pa.Table,
    held: Iterable[Held],
    *,
    most: int,
    most_unusable: int,
) -> Drift:
    """Compare what is stored with what is needed.

    Args:
        con: a connection to the warehouse, opened after the listing was made.
        cloud: the cloud that was listed.
        before: what ``needed`` gave before the listing.
        held: the listing.
        most: how many findings to name.
        most_unusable: how many unusable images to name.
    """
    con.register("needed_before", before)
    con.register("held", pa.Table.from_pylist([asdict(one) for one in held], schema=_HELD))
    run(con, step("inventory/sql/drift/needed"), step("inventory/sql/drift/found"), **_at(cloud))
    counts = rows(con, "inventory/sql/drift/counts")[0]
    findings = rows(con, "inventory/sql/drift/shown", most=most)
    unusable = rows(con, "inventory/sql/drift/usable", most=most_unusable)
    con.unregister("needed_before")
    con.unregister("held")
    return Drift(Counts(*counts), [Finding(*row) for row in findings], [Unusable(*row) for row in unusable])


def _at(cloud: Cloud) -> dict[str, object]:
    return {"cloud": cloud.name, "manages_images": cloud.manages_images}
