"""Load the rows of a checked bulk file as requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from data.bulk.cells import DUCKDB, Cell
from data.bulk.files import BulkFile
from data.lifecycle.requests import Column, columns
from domain.actions import MODELS


def load_bulk(
    con: duckdb.DuckDBPyConnection, bulk: BulkFile, *, batch_id: str, begun_at: datetime, now: datetime, rows: range
) -> None:
    """Create the temporary table ``request`` with the lines in ``rows``."""
    own = columns(bulk.action)
    given_fields = {cell.field for cell in bulk.cells}
    fields = ", ".join(
        [f"{_value(bulk.action, column, given_fields)} AS {column.name}" for column in own]
        + [f"{_of_field(field, given_fields)} AS {field}_ref" for field in MODELS[bulk.action].references]
    )
    made = "made_id($batch_id, $begun_at, seq, 1)" if MODELS[bulk.action].creates else "NULL::VARCHAR"
    actor, region, when = (
        f"coalesce({_of_field(field, given_fields)}, {default})"
        for field, default in (("actor", "$actor"), ("region", "$region"), ("when", "$now::TIMESTAMPTZ"))
    )
    struct = ", ".join(f"{column.name} := {column.name}" for column in own)
    parameters: dict[str, Any] = {"now": now, "actor": bulk.actor, "region": bulk.region}
    parameters |= {"first": rows.start, "beyond": rows.stop}
    parameters |= {"batch_id": batch_id, "begun_at": begun_at} if MODELS[bulk.action].creates else {}
    with _read_by_model(con, bulk):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE request AS SELECT *, to_json(struct_pack({struct}))::VARCHAR AS request_json"
            " FROM ("
            f" SELECT row, seq, tenant, {actor} AS actor, {region} AS region,"
            f" {when} AS happened_at, {made} AS new_id, {fields} FROM ({_lines(bulk)})"
            " WHERE row >= $first AND row < $beyond)",
            parameters,
        )


def lines_of(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> int:
    """Return the number of lines of a bulk file: one per row, or one per row and tenant."""
    with _read_by_model(con, bulk):
        count: int = con.execute(f"SELECT count(*) FROM ({_lines(bulk)})").fetchall()[0][0]
    return count


def named_files(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> Iterator[tuple[int, str]]:
    """Yield the files that a bulk batch names, each with the first row that names it."""
    if any(cell.field == "file" for cell in bulk.cells):
        with _read_by_model(con, bulk):
            first = f"SELECT min(seq), v_file FROM ({_values(bulk)}) GROUP BY v_file ORDER BY 1"
            found = con.execute(first).fetchall()
        yield from found


@contextmanager
def _read_by_model(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> Iterator[None]:
    """Register the values that the model has read as tables ``read_<field>``, for the duration of the block."""
    for field, table in bulk.by_model.items():
        con.register(f"read_{field}", table)
    try:
        yield
    finally:
        for field in bulk.by_model:
            con.unregister(f"read_{field}")


def _values(bulk: BulkFile) -> str:
    """Return the SQL of the rows with their values: field f as ``v_f``, and ``seq``."""
    joined = "".join(
        f" LEFT JOIN read_{cell.field} ON read_{cell.field}.text = {cell.key}"
        for cell in bulk.cells
        if cell.field in bulk.by_model
    )
    values = "".join(f", {_read(cell, bulk)} AS v_{cell.field}" for cell in bulk.cells)
    return f"SELECT seq{values} FROM ({bulk.scan(len(bulk.cells))}){joined}"


def _read(cell: Cell, bulk: BulkFile) -> str:
    if cell.field not in bulk.by_model:
        return cell.value
    by_model = f"read_{cell.field}.value"
    if cell.kind == "model":
        return by_model
    return f"coalesce(CAST({by_model} AS {DUCKDB.get(cell.kind, 'VARCHAR[]')}), {cell.value})"


def _lines(bulk: BulkFile) -> str:
    """Return the SQL of the lines: the rows, repeated per tenant if the action has tenants. ``row`` numbers them."""
    if not any(cell.field == "tenants" for cell in bulk.cells):
        return f"SELECT *, NULL::VARCHAR AS tenant, seq AS row FROM ({_values(bulk)})"
    if bulk.one_tenant:
        return f"SELECT *, v_tenants AS tenant, seq AS row FROM ({_values(bulk)})"
    return (
        "SELECT * EXCLUDE (nth), row_number() OVER (ORDER BY seq, nth) AS row FROM ("
        "SELECT *, unnest(v_tenants) AS tenant, generate_subscripts(v_tenants, 1) AS nth"
        f" FROM ({_values(bulk)}))"
    )


def _of_field(field: str, given_fields: set[str]) -> str:
    return f"v_{field}" if field in given_fields else "NULL"


def _value(action: str, column: Column, given_fields: set[str]) -> str:
    """Return the SQL of a column of ``request``: the value in the file, or the model's default."""
    field, _, inner = column.path.removeprefix("$.").partition(".")
    value = _of_field(field, given_fields)
    if inner and field in given_fields:
        value = f"{value}::JSON->>'$.{inner}'"
    default = _default(action, field) if not inner else None
    return f"CAST({value if default is None else f'coalesce({value}, {default})'} AS {column.type})"


def _default(action: str, field: str) -> str | None:
    info = MODELS[action].model_fields[field]
    value = None if info.is_required() else info.default
    if value is None:
        return None
    if value == ():
        return "[]::VARCHAR[]"
    return str(value).upper() if isinstance(value, bool) else str(value) if isinstance(value, int) else f"'{value}'"
