"""The check of a bulk file: every row at once, by conditions from the JSON schema of its action's model."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
from pydantic import BaseModel, TypeAdapter, ValidationError

from data.bulk.cells import WORDS, Cell, cells_of, plain
from data.bulk.files import BulkFile
from data.bulk.load import lines_of
from domain.actions import MODELS, YEARS
from domain.batch import Flaw, flawed, worded

if TYPE_CHECKING:
    import pyarrow as pa

SEVERAL = r"[;,\[]"
"""Text that may name several tenants has one of these."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wrong with a cell, as SQL, and how to say it."""

    wrong: str
    message: str


def check(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> tuple[BulkFile, int]:
    """Check every row of a bulk batch; the batch with what was seen of it, and how many lines it comes to.

    Raises:
        BatchError: if a column is not known or missing, or a value is not as it must be; it names the first row.
    """
    schema = MODELS[bulk.action].model_json_schema(by_alias=False)
    columns = bulk.columns(con)
    flaws = list(_wrong_columns(bulk, [name for name, _ in columns]))
    if flaws:
        raise flawed(bulk.path, flaws)
    bulk = replace(bulk, cells=cells_of(bulk.action, columns, schema))
    try:
        bulk = _one_tenant_a_row(con, bulk)
        flaws, odd = _wrong_values(con, bulk, schema)
        by_model: dict[str, pa.Table] = {}
        for cell in odd:
            flaw, by_model[cell.field] = _read_by_model(con, bulk, cell)
            flaws += [] if flaw is None else [flaw]
        if flaws:
            raise flawed(bulk.path, flaws)
        bulk = replace(bulk, by_model=by_model)
        lines = lines_of(con, bulk)
    except duckdb.Error as error:
        raise bulk.unreadable(error) from None
    if lines == 0:
        raise flawed(bulk.path, [Flaw(None, "", "has no rows")])
    return bulk, lines


def _wrong_columns(bulk: BulkFile, names: list[str]) -> Iterator[Flaw]:
    fields = MODELS[bulk.action].model_fields
    known = sorted(name for name in fields if name not in ("action", "as_"))
    for name in dict.fromkeys(names):
        if name not in known:
            unknown = f"{bulk.action} has no such field; it has {', '.join(known)}"
            yield Flaw(None, name or "a column without a name", unknown)
        elif names.count(name) > 1:
            yield Flaw(None, name, "there is more than one column of this name")
    for name, field in fields.items():
        if field.is_required() and name not in names and name != "action":
            yield Flaw(None, name, f"{bulk.action} needs this column")
    for name, given in (("actor", bulk.actor), ("region", bulk.region)):
        if name not in names and given is None:
            yield Flaw(None, name, f"add the column, or say --{name}")


def _one_tenant_a_row(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> BulkFile:
    """Where no row names several tenants, the column is one of texts: nothing needs to be taken apart."""
    for cell in bulk.cells:
        if cell.field == "tenants" and cell.is_text:
            scan = bulk.scan(len(bulk.cells))
            several = f"SELECT count(*) FROM ({scan}) WHERE regexp_matches({cell.column}::VARCHAR, '{SEVERAL}')"
            if con.execute(several).fetchall() == [(0,)]:
                cells = [replace(one, kind="text") if one is cell else one for one in bulk.cells]
                return replace(bulk, cells=cells, one_tenant=True)
    return bulk


def _wrong_values(
    con: duckdb.DuckDBPyConnection, bulk: BulkFile, schema: dict[str, Any]
) -> tuple[list[Flaw], list[Cell]]:
    """One scan of the file finds the first row that breaks each condition, and what only the model can read."""
    conditions = [(cell, one) for cell in bulk.cells for one in _conditions(cell, schema, bulk)]
    wanted = [
        *(f"min(seq) FILTER (WHERE {one.wrong})" for _, one in conditions),
        *(f"count(*) FILTER (WHERE needs_{cell.column})" for cell in bulk.cells),
    ]
    # each value once, however many conditions there are
    values = "".join(
        f", {cell.value} AS v{cell.column}, {cell.needs_model} AS needs_{cell.column}" for cell in bulk.cells
    )
    rows = f"SELECT *{values} FROM ({bulk.scan(len(bulk.cells))})"
    found = con.execute(f"SELECT {', '.join(wanted)} FROM ({rows})").fetchall()[0]
    flaws = [
        Flaw(row + bulk.header_lines, cell.field, one.message)
        for (cell, one), row in zip(conditions, found, strict=False)
        if row is not None
    ]
    return flaws, [cell for cell, count in zip(bulk.cells, found[len(conditions) :], strict=True) if count]


def _conditions(cell: Cell, schema: dict[str, Any], bulk: BulkFile) -> Iterator[Condition]:
    """What is wrong with a plain cell."""
    name = cell.field
    fallback = {"actor": bulk.actor, "region": bulk.region}
    if name in schema.get("required", []) or (name in fallback and fallback[name] is None):
        yield Condition(f"{cell.column} IS NULL", "is missing")
    if not cell.fits:
        yield Condition(f"{cell.column} IS NOT NULL", f"must be {WORDS[cell.kind]}, and the column is {cell.type}")
        return
    said, value = plain(schema["properties"][name], schema), f"v{cell.column}"
    if name in MODELS[bulk.action].references:
        handles = "handles are for batches written in YAML; say an id or a name"
        yield Condition(f"starts_with({value}, '$')", handles)
    if cell.kind == "list":
        found = _wrong_items(value, said)
    elif cell.kind == "time":
        found = _out_of_years(value)
    elif cell.kind in ("integer", "number"):
        found = _out_of_bounds(value, said)
    elif cell.kind == "text":
        found = _wrong_text(value, said.get("items", said))
    else:
        return
    for one in found:
        yield Condition(f"NOT needs_{cell.column} AND {one.wrong}", one.message)


def _out_of_years(value: str) -> Iterator[Condition]:
    within = f"isfinite({value}) AND year({value} AT TIME ZONE 'UTC') BETWEEN {YEARS.start} AND {YEARS.stop - 1}"
    message = f"must lie in the years {YEARS.start} to {YEARS.stop - 1}"
    yield Condition(f"{value} IS NOT NULL AND NOT coalesce({within}, FALSE)", message)


def _wrong_items(items: str, said: dict[str, Any]) -> Iterator[Condition]:
    if "minItems" in said:
        yield Condition(f"len({items}) < {said['minItems']}", "must not be empty")
    for one in (Condition("one IS NULL", "must not be null"), *_wrong_text("one", said["items"])):
        yield Condition(f"len(list_filter({items}, lambda one: {one.wrong})) > 0", f"each item {one.message}")


def _out_of_bounds(value: str, said: dict[str, Any]) -> Iterator[Condition]:
    for key, operator, words in (
        ("minimum", "<", "at least"),
        ("exclusiveMinimum", "<=", "more than"),
        ("maximum", ">", "at most"),
    ):
        if key in said:
            bound = str(said[key]).removesuffix(".0")
            yield Condition(f"{value} {operator} {bound}", f"must be {words} {bound}")


def _wrong_text(value: str, said: dict[str, Any]) -> Iterator[Condition]:
    if "enum" in said or "const" in said:
        allowed = said.get("enum") or [said["const"]]
        listed = ", ".join(f"'{one}'" for one in allowed)
        yield Condition(f"{value} NOT IN ({listed})", f"must be one of {', '.join(map(str, allowed))}")
    if "pattern" in said:
        pattern = said["pattern"].replace("'", "''")
        yield Condition(f"NOT regexp_matches({value}, '{pattern}')", f"must look like {said['pattern']}")
    if "minLength" in said:
        yield Condition(f"length({value}) < {said['minLength']}", f"must have at least {said['minLength']} character")
    if "maxLength" in said:
        yield Condition(f"length({value}) > {said['maxLength']}", f"must have at most {said['maxLength']} characters")


def _read_by_model(con: duckdb.DuckDBPyConnection, bulk: BulkFile, cell: Cell) -> "tuple[Flaw | None, pa.Table]":
    """Have the model read each value that is not plain, once; the first that it refuses, and what the others mean."""
    import pyarrow as pa

    field = MODELS[bulk.action].model_fields[cell.field]
    model: Any = Annotated[field.annotation, field]
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    said, values = [], []
    rows = con.execute(
        f"SELECT min(seq), {cell.key} AS said, any_value({cell.column}) FROM ({bulk.scan(len(bulk.cells))})"
        f" WHERE {cell.needs_model} GROUP BY said ORDER BY 1"
    )
    flaw = None
    while flaw is None and (some := rows.fetchmany(10_000)):
        for row, text, value in some:
            try:
                values.append(_stored(adapter.validate_python(_as_python(cell, text, value))))
                said.append(text)
            except ValueError as error:
                flaw = Flaw(row + bulk.header_lines, cell.field, _first_of(error))
                break
    rows.fetchall()  # what is left, so that the connection is free again
    value_type = pa.list_(pa.string()) if cell.kind == "list" else pa.string()
    return flaw, pa.table({"said": pa.array(said, pa.string()), "value": pa.array(values, value_type)})


def _as_python(cell: Cell, text: str, value: Any) -> Any:
    """What a batch in YAML would hand to the model.

    Raises:
        ValueError: if it is text that must be JSON and is not.
    """
    if cell.kind == "number":
        return text
    if cell.kind == "model" or (cell.kind == "list" and cell.is_text):
        try:
            return json.loads(text, object_pairs_hook=_said_once)
        except (json.JSONDecodeError, RecursionError):
            raise ValueError("is not JSON") from None
    return value


def _stored(value: Any) -> Any:
    """A value as text that DuckDB casts to the field's type."""
    if isinstance(value, BaseModel):
        return json.dumps(value.model_dump(mode="json", exclude_none=True), separators=(",", ":"))
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object without nulls: a struct of a Parquet file has every key in every row; what is null was not said."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("says a key twice")
    return {key: value for key, value in pairs if value is not None}


def _first_of(error: ValueError) -> str:
    """The first thing that is wrong with a value, and in which part of it."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return ": ".join(part for part in (".".join(map(str, first["loc"])), worded(first)) if part)
