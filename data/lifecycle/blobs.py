"""Queries about blobs that are independent of a request."""

from collections.abc import Collection

import duckdb


def blobs_in_use(con: duckdb.DuckDBPyConnection, region: str, blobs: Collection[str]) -> set[str]:
    """Return those of ``blobs`` that an image, server, disk or backup of the region uses."""
    rows = con.execute(
        "SELECT DISTINCT blob FROM ("
        " SELECT blob FROM image WHERE region = $region AND deleted_at IS NULL"
        " UNION ALL SELECT blob FROM server WHERE region = $region AND deleted_at IS NULL"
        " UNION ALL SELECT blob FROM volume WHERE region = $region AND deleted_at IS NULL"
        " UNION ALL SELECT blob FROM backup WHERE region = $region"
        ") WHERE list_contains($blobs, blob)",
        {"region": region, "blobs": list(blobs)},
    ).fetchall()
    return {blob for (blob,) in rows}
