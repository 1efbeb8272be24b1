"""Drift of blobs: differences between the blobs that a cloud stores and those that the warehouse needs."""

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
    """Numbers of needed and stored blobs, and of those with a problem.

    ``usable`` is the number of missing or damaged images whose status still allows use. ``stray_bytes`` is the total
    size of stray blobs.
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
        """Whether there is any drift."""
        return bool(self.missing or self.damaged or self.stray)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with one blob: ``missing``, ``damaged`` (another size than expected), or ``stray`` (nothing needs it).

    Sizes are in bytes: of the content for images, servers, disks and backups; of a stray blob, as stored.
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
    """An image whose status allows use, and whose blob is ``missing`` or ``damaged``."""

    image_id: str
    owner: str
    region: str
    problem: str


@dataclass(frozen=True, slots=True)
class Drift:
    """The drift of a cloud: counts of all findings, and the first findings themselves."""

    counts: Counts
    findings: list[Finding]
    unusable: list[Unusable]


def needed(con: duckdb.DuckDBPyConnection, cloud: Cloud) -> pa.Table:
    """Return one row for each blob that is needed at a cloud now.

    Call this before you list the cloud, and pass the result to ``compare`` after the listing.
    """
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
    """Compare the blobs that a cloud stores with those that are needed.

    Args:
        con: a connection to the warehouse, opened after the listing.
        cloud: the cloud that was listed.
        before: the result of ``needed`` from before the listing.
        held: the listing.
        most: the maximum number of findings to return.
        most_unusable: the maximum number of unusable images to return.
    """
    # Actions can run during the listing. So a blob is missing only if it is needed both before and after the listing,
    # and stray only if it is needed at neither time.
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
