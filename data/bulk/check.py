"""Check a bulk file: all rows at once, by SQL conditions from the JSON schema of the action's model."""

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
"""A text with several tenants contains one of these characters."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition (SQL) that is true for a wrong cell, and the message for it."""

    wrong: str
    message: str


def check(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> tuple[BulkFile, int]:
    """Check every row of a bulk batch. Return the batch with its columns, and the number of its lines.

    Raises:
        BatchError: if a column is unknown or missing, or a value is invalid. The message names the first wrong row.
    """
    schema = MODELS[bulk.action].model_json_schema(by_alias=False)
    columns = bulk.columns(con)
    flaws = list(_wrong_columns(bulk, [name for name, _ in columns]))
    if flaws:
        raise flawed(bulk.path, flaws)
    bulk = replace(bulk, cells=cells_of(bulk.action, columns, schema))
    try:
        bulk = _one_tenant_a_row(con, bulk)
        flaws, unusual = _wrong_values(con, bulk, schema)
        by_model: dict[str, pa.Table] = {}
        for cell in unusual:
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
    """If no row names several tenants, treat the column as text, so that no lists are split. This is much faster."""
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
    """Find the first row that breaks each condition, and the columns with values that only the model can read.

    One scan of the file does both.
    """
    conditions = [(cell, one) for cell in bulk.cells for one in _conditions(cell, schema, bulk)]
    required = [
        *(f"min(seq) FILTER (WHERE {one.wrong})" for _, one in conditions),
        *(f"count(*) FILTER (WHERE needs_{cell.column})" for cell in bulk.cells),
    ]
    # compute each value once, for all conditions
    values = "".join(
        f", {cell.value} AS v{cell.column}, {cell.needs_model} AS needs_{cell.column}" for cell in bulk.cells
    )
    rows = f"SELECT *{values} FROM ({bulk.scan(len(bulk.cells))})"
    found = con.execute(f"SELECT {', '.join(required)} FROM ({rows})").fetchall()[0]
    flaws = [
        Flaw(row + bulk.header_lines, cell.field, one.message)
        for (cell, one), row in zip(conditions, found, strict=False)
        if row is not None
    ]
    return flaws, [cell for cell, count in zip(bulk.cells, found[len(conditions) :], strict=True) if count]


def _conditions(cell: Cell, schema: dict[str, Any], bulk: BulkFile) -> Iterator[Condition]:
    """Yield the conditions for a column."""
    name = cell.field
    fallback = {"actor": bulk.actor, "region": bulk.region}
    if name in schema.get("required", []) or (name in fallback and fallback[name] is None):
        yield Condition(f"{cell.column} IS NULL", "is missing")
    if not cell.fits:
        yield Condition(f"{cell.column} IS NOT NULL", f"must be {WORDS[cell.kind]}, and the column is {cell.type}")
        return
    field_schema, value = plain(schema["properties"][name], schema), f"v{cell.column}"
    if name in MODELS[bulk.action].references:
        handles = "only YAML batches can contain handles; use an id or a name"
        yield Condition(f"starts_with({value}, '$')", handles)
    if cell.kind == "list":
        found = _wrong_items(value, field_schema)
    elif cell.kind == "time":
        found = _out_of_years(value)
    elif cell.kind in ("integer", "number"):
        found = _out_of_bounds(value, field_schema)
    elif cell.kind == "text":
        found = _wrong_text(value, field_schema.get("items", field_schema))
    else:
        return
    for condition in found:
        yield Condition(f"NOT needs_{cell.column} AND {condition.wrong}", condition.message)


def _out_of_years(value: str) -> Iterator[Condition]:
    within = f"isfinite({value}) AND year({value} AT TIME ZONE 'UTC') BETWEEN {YEARS.start} AND {YEARS.stop - 1}"
    message = f"must lie in the years {YEARS.start} to {YEARS.stop - 1}"
    yield Condition(f"{value} IS NOT NULL AND NOT coalesce({within}, FALSE)", message)


def _wrong_items(items: str, schema: dict[str, Any]) -> Iterator[Condition]:
    if "minItems" in schema:
        yield Condition(f"len({items}) < {schema['minItems']}", "must not be empty")
    for condition in (Condition("item IS NULL", "must not be null"), *_wrong_text("item", schema["items"])):
        wrong = f"len(list_filter({items}, lambda item: {condition.wrong})) > 0"
        yield Condition(wrong, f"each item {condition.message}")


def _out_of_bounds(value: str, schema: dict[str, Any]) -> Iterator[Condition]:
    for key, operator, words in (
        ("minimum", "<", "at least"),
        ("exclusiveMinimum", "<=", "more than"),
        ("maximum", ">", "at most"),
    ):
        if key in schema:
            bound = str(schema[key]).removesuffix(".0")
            yield Condition(f"{value} {operator} {bound}", f"must be {words} {bound}")


def _wrong_text(value: str, schema: dict[str, Any]) -> Iterator[Condition]:
    if "enum" in schema or "const" in schema:
        allowed = schema.get("enum") or [schema["const"]]
        listed = ", ".join(f"'{text}'" for text in allowed)
        yield Condition(f"{value} NOT IN ({listed})", f"must be one of {', '.join(map(str, allowed))}")
    if "pattern" in schema:
        pattern = schema["pattern"].replace("'", "''")
        yield Condition(f"NOT regexp_matches({value}, '{pattern}')", f"must look like {schema['pattern']}")
    if "minLength" in schema:
        length = schema["minLength"]
        yield Condition(f"length({value}) < {length}", f"must have at least {length} character")
    if "maxLength" in schema:
        length = schema["maxLength"]
        yield Condition(f"length({value}) > {length}", f"must have at most {length} characters")


def _read_by_model(con: duckdb.DuckDBPyConnection, bulk: BulkFile, cell: Cell) -> "tuple[Flaw | None, pa.Table]":
    """Let the model read each different value that is not plain.

    Return a flaw for the first value that the model refuses, and a table that maps the texts in the file (``text``) to
    the values that they mean (``value``).
    """
    import pyarrow as pa

    field = MODELS[bulk.action].model_fields[cell.field]
    model: Any = Annotated[field.annotation, field]
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    texts, values = [], []
    rows = con.execute(
        f"SELECT min(seq), {cell.key} AS text, any_value({cell.column}) FROM ({bulk.scan(len(bulk.cells))})"
        f" WHERE {cell.needs_model} GROUP BY text ORDER BY 1"
    )
    flaw = None
    while flaw is None and (some := rows.fetchmany(10_000)):
        for row, text, value in some:
            try:
                values.append(_stored(adapter.validate_python(_as_python(cell, text, value))))
                texts.append(text)
            except ValueError as error:
                flaw = Flaw(row + bulk.header_lines, cell.field, _first_of(error))
                break
    rows.fetchall()  # read the remaining rows, so that the connection is free again
    value_type = pa.list_(pa.string()) if cell.kind == "list" else pa.string()
    return flaw, pa.table({"text": pa.array(texts, pa.string()), "value": pa.array(values, value_type)})


def _as_python(cell: Cell, text: str, value: Any) -> Any:
    """Return the value that a YAML batch would pass to the model.

    Raises:
        ValueError: if it must be JSON and is not.
    """
    if cell.kind == "number":
        return text
    if cell.kind == "model" or (cell.kind == "list" and cell.is_text):
        try:
            return json.loads(text, object_pairs_hook=_unique_keys)
        except (json.JSONDecodeError, RecursionError):
            raise ValueError("is not JSON") from None
    return value


def _stored(value: Any) -> Any:
    """Return a value as text that DuckDB can cast to the field's type."""
    if isinstance(value, BaseModel):
        return json.dumps(value.model_dump(mode="json", exclude_none=True), separators=(",", ":"))
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object without nulls: in a Parquet struct every row has every key, and null means "not given"."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("says a key twice")
    return {key: value for key, value in pairs if value is not None}


def _first_of(error: ValueError) -> str:
    """Return the first error of a value, with the part of the value it is about."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return ": ".join(part for part in (".".join(map(str, first["loc"])), worded(first)) if part)
