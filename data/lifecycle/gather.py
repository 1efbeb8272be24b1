"""Gather: join the requests with what is known, so that one row of facts a request can be judged.

Reads the temporary table ``request``; leaves ``resolved_<thing>`` (what each request points at),
``file_fact`` (what the files it names are) and ``fact``.
"""

from collections.abc import Callable, Mapping

import duckdb

from data.lifecycle import action_steps
from data.lifecycle.requests import keep
from data.warehouse.pipeline import run, step
from data.warehouse.rows import relation
from domain.actions import MODELS
from domain.cloud import FileFacts
from domain.retention import is_sweep_id

InspectFile = Callable[[str], FileFacts]
"""Tells what the file of that name is."""

RESOLVE: Mapping[str, tuple[str, ...]] = {"image": ("image/by_id", "image/by_id_if_shared", "image/by_name")}
"""The things that are looked for in more than one step, and the steps in order."""

_FILE_FACT = {
    "found": "BOOLEAN",
    "size_bytes": "BIGINT",
    "disk_format": "VARCHAR",
    "virtual_size_bytes": "BIGINT",
    "unsafe": "VARCHAR",
}
"""The fields of ``FileFacts`` as columns of ``file_fact``."""


def gather(
    con: duckdb.DuckDBPyConnection,
    action: str,
    inspect: InspectFile,
    batch_id: str,
    cloud: str,
    *,
    manages_images: bool = False,
) -> int | None:
    """Gather the facts of as many leading requests as can be judged together.

    Two neighbours that touch the same thing are not judged together: the second must see what the
    first did. Such a second request and all after it are left out.

    Args:
        con: a connection to the warehouse, with the temporary table ``request``.
        action: the action of all these requests.
        inspect: tells what a file is.
        batch_id: the batch that the requests belong to. Its form says whether retention made it.
        cloud: the cloud that the requests act on.
        manages_images: whether that cloud manages images and servers itself (``Cloud.manages_images``).

    Returns:
        The first row left out, or None where none was.
    """
    con.execute("SET VARIABLE cloud = $1", [cloud])
    con.execute("SET VARIABLE manages_images = $1", [manages_images])
    con.execute("SET VARIABLE by_retention = $1", [is_sweep_id(batch_id)])
    for thing in MODELS[action].references:
        _resolve(con, thing)
    left_out = _first_conflict(con, action)
    if left_out is not None:
        keep(con, before=left_out)
    if "image" in MODELS[action].references:
        run(con, step("lifecycle/sql/facts/asked_image"))
    file_field = MODELS[action].file_field
    if file_field is not None:
        _inspect_files(con, file_field, inspect)
    run(con, action_steps.facts(action))
    return left_out


def running_counts_of(action: str) -> str | None:
    """The query for the facts that earlier requests of the batch change, where the action has such."""
    counts = action_steps.counts(action)
    return None if counts is None else counts.query


def _resolve(con: duckdb.DuckDBPyConnection, thing: str) -> None:
    """Each step looks further than the one before; none is needed once every request has found its thing."""
    for number, name in enumerate(RESOLVE.get(thing, (thing,))):
        if number and not _has_unresolved(con, thing):
            return
        run(con, step(f"lifecycle/sql/resolve/{name}"))


def _has_unresolved(con: duckdb.DuckDBPyConnection, thing: str) -> bool:
    counts = f"SELECT (SELECT count(*) FROM request) > (SELECT count(*) FROM resolved_{thing})"
    return bool(con.execute(counts).fetchall()[0][0])


def _first_conflict(con: duckdb.DuckDBPyConnection, action: str) -> int | None:
    """The first request that touches what an earlier one of the table touches, or whose answer that may change.

    The former the action's model tells (``settles``), the latter ``data/lifecycle/sql/conflicts/<action>.sql``, where
    there is more to it.
    """
    model = MODELS[action]
    checks = [_repeated_key(model.references, key) for key in model.conflict_keys]
    conflicts = action_steps.conflicts(action)
    if conflicts is not None:
        checks.append(conflicts.query)
    if not checks:
        return None
    each = " UNION ALL ".join(f"SELECT row FROM ({check})" for check in checks)
    first: int | None = con.execute(f"SELECT min(row) FROM ({each})").fetchall()[0][0]
    return first


def _repeated_key(refers: tuple[str, ...], key: tuple[str, ...]) -> str:
    """The requests for which an earlier one has the same key."""
    columns = [_key(refers, field) for field in key]
    joins = [f" INNER JOIN resolved_{field} AS {field} ON r.row = {field}.row" for field in key if field in refers]
    return (
        f"SELECT row FROM (SELECT r.row, row_number() OVER (PARTITION BY {', '.join(columns)} ORDER BY r.row) AS turn"
        f" FROM request AS r{''.join(joins)} WHERE {' AND '.join(f'{column} IS NOT NULL' for column in columns)})"
        " WHERE turn > 1"
    )


def _key(refers: tuple[str, ...], field: str) -> str:
    return f"{field}.{field}_id" if field in refers else f"r.{field}"


def _inspect_files(con: duckdb.DuckDBPyConnection, field: str, inspect: InspectFile) -> None:
    named = con.execute(f"SELECT row, {field} FROM request ORDER BY row").fetchall()
    seen: Mapping[str, FileFacts] = {name: inspect(name) for name in {name for _, name in named}}
    rows = [[row, *(getattr(seen[name], fact) for fact in _FILE_FACT)] for row, name in named]
    with relation(con, "looked_at", {"row": "BIGINT"} | _FILE_FACT, rows):
        con.execute("CREATE OR REPLACE TEMP TABLE file_fact AS SELECT * FROM looked_at")
