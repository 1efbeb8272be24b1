"""Questions about what the clouds hold that are not a request's facts."""

from collections.abc import Collection

import duckdb


def blobs_in_use(con: duckdb.DuckDBPyConnection, region: str, blobs: Collection[str]) -> set[str]:
    """Those of a region's blobs that an image, server, disk or backup needs."""
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
