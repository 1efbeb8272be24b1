"""Gather: join the requests with the warehouse, so that each request has one row of facts to judge.

Reads the temporary table ``request``. Creates ``resolved_<thing>`` (the ids of the references of each request),
``file_fact`` (the facts of the files that the requests name) and ``fact``.
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
"""Returns the facts of the file with this name."""

RESOLVE: Mapping[str, tuple[str, ...]] = {"image": ("image/by_id", "image/by_id_if_shared", "image/by_name")}
"""The references that take more than one step to resolve, and the steps in order."""

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

    Requests that conflict are not judged together: the later one must see the effects of the earlier one. This function
    deletes the first request that conflicts, and all requests after it, from ``request``.

    Args:
        con: a connection to the warehouse, with the temporary table ``request``.
        action: the action of all these requests.
        inspect: returns the facts of a file.
        batch_id: the batch that the requests belong to. Its form shows whether a retention sweep created it.
        cloud: the cloud that the requests act on.
        manages_images: whether that cloud manages images and servers itself (``Cloud.manages_images``).

    Returns:
        The row of the first request that was left out, or None if none was.
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
    """Return the query for the facts that earlier requests of the batch change, or None if there are none."""
    counts = action_steps.counts(action)
    return None if counts is None else counts.query


def _resolve(con: duckdb.DuckDBPyConnection, thing: str) -> None:
    """Create ``resolved_<thing>``. Each step widens the search; stop once every request has a row."""
    for number, name in enumerate(RESOLVE.get(thing, (thing,))):
        if number and not _has_unresolved(con, thing):
            return
        run(con, step(f"lifecycle/sql/resolve/{name}"))


def _has_unresolved(con: duckdb.DuckDBPyConnection, thing: str) -> bool:
    counts = f"SELECT (SELECT count(*) FROM request) > (SELECT count(*) FROM resolved_{thing})"
    return bool(con.execute(counts).fetchall()[0][0])


def _first_conflict(con: duckdb.DuckDBPyConnection, action: str) -> int | None:
    """Return the row of the first request that conflicts with an earlier one, or None if there is none.

    There are two kinds of conflict. Two requests have the same conflict key (``conflict_keys`` of the model), so the
    later one must see the effects of the earlier one. Or an earlier request may change how a reference of the later one
    resolves, or a fact about it: ``data/lifecycle/sql/conflicts/<action>.sql`` finds those.
    """
    # All requests of the table are judged against the state before any of them. A query may report a request that would
    # get the same verdict anyway: this costs one more round, while a missed conflict gives a wrong verdict.
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
    """Return the query for the requests that have the same conflict key as an earlier one.

    ``refers`` are the fields of the model that are references, ``key`` the fields of the key.
    """
    # For a reference, compare the id that it resolves to: one image can be named by id, by name or by handle. A NULL in
    # the key (such as a reference that is not resolved) equals nothing, so that request has no conflict under this key.
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
