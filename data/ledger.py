"""The ledger: batches, verdicts and outcomes, and what was done written into the holdings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb

from data.rows import records, relation
from data.statements import statement, statements
from domain.actions import MODELS
from domain.cloud import Failed, FileFacts, Refused, Stored
from domain.denials import APPROVAL_REFUSED, Denial

LINE = ("seq", "action", "image", "tenant", "verdict", "denied_by", "because", "remedy", "outcome", "error")
"""What is told of each line of a batch."""

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
_REFUSED = {"row": "BIGINT", "rule": "VARCHAR", "because": "VARCHAR"}

KNOWS_MORE = "the cloud knows more than the warehouse: run sync-inventory, then plan this again"
"""The way out where the cloud refuses what our own rules allowed."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as the warehouse knows it."""

    batch_id: str
    source: str
    profile: str
    content: str | None
    requests: int
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A batch that was begun and not brought to its end: how many lines it has, and how many were carried out."""

    batch_id: str
    source: str
    requests: int
    lines: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """A person's word on what cannot be undone: whose, why, and whether it may be done."""

    by: str
    reason: str
    granted: bool = True


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an action of a batch would do that cannot be undone: to how many lines, images, and servers in use."""

    action: str
    lines: int
    images: int
    servers: int


def begin(con: duckdb.DuckDBPyConnection, batch: BatchRecord) -> BatchRecord:
    """Write a batch down, unless it is known; the batch as it was first written down."""
    known = find(con, batch.batch_id)
    if known is not None:
        return known
    con.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)", list(asdict(batch).values()))
    return batch


def find(con: duckdb.DuckDBPyConnection, batch_id: str) -> BatchRecord | None:
    """A batch by its id."""
    rows = con.execute(
        "SELECT batch_id, source, profile, content, requests, begun_at FROM batch WHERE batch_id = ?", [batch_id]
    ).fetchall()
    return BatchRecord(*rows[0]) if rows else None


def unfinished(con: duckdb.DuckDBPyConnection, until: datetime) -> list[Unfinished]:
    """The batches begun before ``until`` of which some lines were never carried out, the oldest first."""
    return [Unfinished(*row) for row in con.execute(statement("log", "unfinished") or "", {"until": until}).fetchall()]


def settled_lines(con: duckdb.DuckDBPyConnection, batch_id: str) -> set[int]:
    """The lines of a batch that need nothing more; ``data/log/settled.sql`` says which those are."""
    return {line for (line,) in con.execute(statement("log", "settled") or "", {"batch_id": batch_id}).fetchall()}


def leave_out_settled(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Take the lines that are settled by now out of the temporary table ``request``."""
    con.execute(f"DELETE FROM request WHERE row IN ({statement('log', 'settled')})", {"batch_id": batch_id})


def wanted_orders(con: duckdb.DuckDBPyConnection, action: str, *, keeps_images: bool = False) -> list[dict[str, Any]]:
    """What must happen at the cloud for the requests that were allowed; none where nothing must."""
    query = _orders(action, keeps_images)
    if query is None:
        return []
    con.execute("CREATE OR REPLACE TEMP VIEW wanted AS SELECT row FROM verdict WHERE objections = 0")
    return list(records(con, query))


def asks_the_cloud(action: str, *, keeps_images: bool = False) -> bool:
    """Whether something must happen at the cloud for an action, besides being written down.

    Bytes must move, or the cloud ``keeps_images`` itself and the action changes one, or a server or disk.
    """
    return _orders(action, keeps_images) is not None


def _orders(action: str, keeps_images: bool) -> str | None:  # noqa: FBT001 - private, and named where it matters
    kept = statement("orders/kept", "act" if is_act(action) else action) if keeps_images else None
    return kept or statement("orders", action)


def is_act(action: str) -> bool:
    """Whether an action changes an image and does nothing else: so it is one call to a cloud that keeps images."""
    model = MODELS[action]
    return model.references == ("image",) and model.creates is None and "file" not in model.model_fields


def take_outcomes(
    con: duckdb.DuckDBPyConnection,
    stored: Sequence[Stored],
    failed: Sequence[Failed],
    refused: Sequence[Refused] = (),
) -> None:
    """Put what came of the orders into the temporary tables ``done`` and ``failure``; what was refused is denied.

    A request that is denied by now is in neither: what was stored for it is not used.
    """
    deny(con, refused, KNOWS_MORE)
    with (
        relation(con, "stored", _STORED, _values(stored, _STORED)),
        relation(con, "failed", _FAILED, _values(failed, _FAILED)),
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
    """Let all that was allowed count as done: on this cloud it happens by being written down, or it is a plan.

    ``from_files``: the sizes and formats are those of the files looked at.
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


def record(
    con: duckdb.DuckDBPyConnection,
    action: str,
    *,
    batch_id: str,
    flow_run_id: str | None,
    finished_at: datetime,
    agreed: Agreed | None = None,
    cloud: str = "local",
) -> None:
    """Write verdicts and outcomes into the log, and what was done into the holdings."""
    for query in statements("effects", action):
        con.execute(query)
    if cloud != "local" and MODELS[action].creates == "image":
        con.execute(
            "UPDATE image SET cloud = ? WHERE image_id IN (SELECT r.made FROM done JOIN request AS r USING (row))",
            [cloud],
        )
    con.execute(
        _append(action),
        {
            "batch_id": batch_id,
            "flow_run_id": flow_run_id,
            "action": action,
            "now": finished_at,
            "approved_by": None if agreed is None else agreed.by,
            "approval_reason": None if agreed is None else agreed.reason,
        },
    )


def refuse(con: duckdb.DuckDBPyConnection, refused: Agreed) -> None:
    """Let all that was gathered count as denied, because a person refused it."""
    deny_all(con, APPROVAL_REFUSED, f"{refused.by} refused it: {refused.reason}")


def deny(con: duckdb.DuckDBPyConnection, refused: Sequence[Refused], remedy: str) -> None:
    """Let requests that our own rules allowed count as denied, each for a reason of its own."""
    if not refused:
        return
    with relation(con, "refused", _REFUSED, _values(refused, _REFUSED)):
        con.execute(
            "INSERT INTO denial BY NAME SELECT row, [rule] AS denied_by, [because] AS because, [?] AS remedy"
            " FROM refused SEMI JOIN (SELECT row FROM verdict WHERE objections = 0) AS allowed USING (row)",
            [remedy],
        )
        con.execute("UPDATE verdict SET objections = 1 WHERE row IN (SELECT row FROM refused) AND objections = 0")


def _values(rows: Sequence[Any], columns: Mapping[str, str]) -> list[list[Any]]:
    """The fields that are columns, of each row."""
    return [[getattr(row, name) for name in columns] for row in rows]


def deny_in(con: duckdb.DuckDBPyConnection, region: str, denial: Denial, because: str) -> None:
    """Let all that was gathered of a region count as denied, for one reason."""
    of_region = "row IN (SELECT row FROM request WHERE region = ?)"
    con.execute(f"DELETE FROM denial WHERE {of_region}", [region])
    con.execute(
        "INSERT INTO denial BY NAME SELECT row, [?] AS denied_by, [?] AS because, [?] AS remedy"
        " FROM request WHERE region = ?",
        [denial.id, because, denial.remedy, region],
    )
    con.execute(f"UPDATE verdict SET objections = 1 WHERE {of_region}", [region])


def regions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The regions that what was gathered is about."""
    return [region for (region,) in con.execute("SELECT DISTINCT region FROM request ORDER BY region").fetchall()]


def deny_all(con: duckdb.DuckDBPyConnection, denial: Denial, because: str) -> None:
    """Let all that was gathered count as denied, for one reason."""
    con.execute("CREATE OR REPLACE TEMP TABLE verdict AS SELECT row, 1 AS objections FROM request")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE denial AS"
        " SELECT row, [?] AS denied_by, [?] AS because, [?] AS remedy FROM request",
        [denial.id, because, denial.remedy],
    )


def consequences(con: duckdb.DuckDBPyConnection, batch_id: str, since: datetime) -> list[Consequence]:
    """What of a batch that was planned on this connection, from ``since`` on, cannot be undone."""
    rows = con.execute(statement("log", "consequences") or "", {"batch_id": batch_id, "since": since}).fetchall()
    return [Consequence(*row) for row in rows]


def agreed_before(con: duckdb.DuckDBPyConnection, batch_id: str) -> Agreed | None:
    """Who agreed to a batch that was begun, where somebody had to."""
    rows = con.execute(statement("log", "approval") or "", {"batch_id": batch_id}).fetchall()
    return Agreed(*rows[0]) if rows else None


def exports(con: duckdb.DuckDBPyConnection) -> dict[str, FileFacts]:
    """The files that the exports done would have written."""
    rows = con.execute(
        "SELECT r.file, a.size_bytes, a.image_format, a.virtual_size_bytes FROM done"
        " JOIN request AS r USING (row) JOIN asked_image AS a USING (row)"
    ).fetchall()
    return {name: FileFacts(True, size, disk_format, virtual) for name, size, disk_format, virtual in rows}


def lines(con: duckdb.DuckDBPyConnection, batch_id: str, limit: int | None = None) -> Iterable[dict[str, Any]]:
    """The lines of a batch in order, each as it stands last, with the columns of ``LINE``."""
    query = statement("log", "lines")
    return records(con, f"{query}{'' if limit is None else f' LIMIT {limit:d}'}", {"batch_id": batch_id})


def counts(con: duckdb.DuckDBPyConnection, batch_id: str) -> dict[str, int]:
    """How many lines of a batch were done, denied, or failed."""
    rows = con.sql(statement("log", "counts") or "", params={"batch_id": batch_id}).fetchall()
    return dict(rows)


def by_action(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[tuple[Any, ...]]:
    """What became of a batch, by action: lines, and how many of them were done, denied, failed."""
    return con.execute(statement("log", "by_action") or "", {"batch_id": batch_id}).fetchall()


def denials(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """What was denied, by rule: lines, first seq, action, rule, reason, way out."""
    return con.execute(statement("log", "denials") or "", {"batch_id": batch_id, "most": most}).fetchall()


def failures(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """What failed and was not done since: lines, first seq, action, error."""
    return con.execute(statement("log", "failures") or "", {"batch_id": batch_id, "most": most}).fetchall()


def withdrawn(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[str]:
    """The offers that a batch took off the shelf, as it named them."""
    rows = con.execute(
        "SELECT DISTINCT request ->> '$.offer' FROM action_log WHERE batch_id = ? AND action = 'withdraw_image'"
        " AND outcome = 'done' ORDER BY 1",
        [batch_id],
    ).fetchall()
    return [offer for (offer,) in rows]


def _append(action: str) -> str:
    """The statement that appends to the log: a line's image is what it makes, or what it points at has."""
    model = MODELS[action]
    joins, image = "", "NULL"
    if model.references:
        thing = model.references[0]
        joins, image = f" LEFT JOIN meant_{thing} AS m ON r.row = m.row", "m.image_id"
        if thing != "image":
            joins, image = f"{joins} LEFT JOIN {thing} AS t ON m.{thing}_id = t.{thing}_id", "t.image_id"
    if model.creates == "image":
        image = f"CASE WHEN v.objections = 0 THEN r.made ELSE {image} END"
    return (statement("log", "append") or "").replace("__image__", image) + joins
