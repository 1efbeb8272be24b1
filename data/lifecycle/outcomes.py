"""Outcomes: the results of the orders, in the temporary tables ``done`` and ``failure``."""

from collections.abc import Sequence

import duckdb

from data.lifecycle.denials import deny
from data.warehouse.rows import fields_of, relation
from domain.cloud import Failed, FileFacts, Refused, Stored

_STORED = {
    "row": "BIGINT",
    "blob": "VARCHAR",
    "checksum": "VARCHAR",
    "size_bytes": "BIGINT",
    "virtual_size_bytes": "BIGINT",
    "disk_format": "VARCHAR",
    "blobs": "VARCHAR[]",
}
_FAILED = {"row": "BIGINT", "error": "VARCHAR"}


KNOWS_MORE = "the cloud knows more than the warehouse: run sync-inventory, then plan this again"
"""The remedy if the cloud refuses a request that the policy allowed."""


def take_outcomes(
    con: duckdb.DuckDBPyConnection,
    stored: Sequence[Stored],
    failed: Sequence[Failed],
    refused: Sequence[Refused] = (),
) -> None:
    """Write the results of the orders to the temporary tables ``done`` and ``failure``, and deny refused requests.

    Args:
        con: a connection with the verdicts of these requests.
        stored: the orders that the cloud carried out.
        failed: the orders that failed.
        refused: the orders that the cloud refused.
    """
    # The verdicts are newer than the orders. A request that has since been denied gets no row in ``done``, so its blob
    # is not used. A request that is allowed now and had no order counts as failed, so that the batch can be retried.
    deny(con, refused, KNOWS_MORE)
    with (
        relation(con, "stored", _STORED, fields_of(stored, _STORED)),
        relation(con, "failed", _FAILED, fields_of(failed, _FAILED)),
    ):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE done AS SELECT stored.* FROM stored SEMI JOIN"
            " (SELECT row FROM verdict WHERE objections = 0) AS allowed ON stored.row = allowed.row"
        )
        con.execute("CREATE OR REPLACE TEMP TABLE failure AS SELECT * FROM failed")
        con.execute(
            "INSERT INTO failure SELECT row, 'things changed while this was judged; apply the batch again' FROM verdict"
            " ANTI JOIN failure USING (row) ANTI JOIN stored USING (row) WHERE objections = 0"
        )


def take_as_done(con: duckdb.DuckDBPyConnection, *, from_files: bool = False) -> None:
    """Write all allowed requests to ``done``: the cloud has nothing to do, or this is a plan.

    ``from_files`` takes sizes (in bytes) and formats from ``file_fact``; otherwise they are NULL.
    """
    source = (
        "f.size_bytes, f.virtual_size_bytes, f.disk_format FROM verdict AS v JOIN file_fact AS f USING (row)"
        if from_files
        else "NULL::BIGINT AS size_bytes, NULL::BIGINT AS virtual_size_bytes, NULL::VARCHAR AS disk_format"
        " FROM verdict AS v"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE done AS SELECT v.row, NULL::VARCHAR AS blob, NULL::VARCHAR AS checksum,"
        f" NULL::VARCHAR[] AS blobs, {source} WHERE v.objections = 0"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE failure (row BIGINT, error VARCHAR)")


def exports(con: duckdb.DuckDBPyConnection) -> dict[str, FileFacts]:
    """Return the files that the exports in ``done`` write in a plan: file name to facts."""
    rows = con.execute(
        "SELECT r.file, a.size_bytes, a.image_format, a.virtual_size_bytes FROM done"
        " JOIN request AS r USING (row) JOIN asked_image AS a USING (row)"
    ).fetchall()
    return {name: FileFacts(True, size, disk_format, virtual) for name, size, disk_format, virtual in rows}
