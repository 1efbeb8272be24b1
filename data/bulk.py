"""Bulk batches: CSV or Parquet with one action kind, a column a field, read and checked set-wise by DuckDB."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
from pydantic import Field, TypeAdapter, ValidationError

from data.requests import Column, columns
from domain.actions import MODELS, YEARS
from domain.batch import Flaw, flawed

LISTS = ("tenants", "tags")
NESTED = ("os", "price")
"""Fields that are models of their own: JSON text, or a struct, in one column."""


@dataclass(frozen=True, slots=True)
class BulkFile:
    """A bulk batch, and what fills in where it has no column ``actor`` or ``region``."""

    path: Path
    action: str
    actor: str | None
    region: str | None
    one_tenant: bool = False
    """Whether it was seen that no row names several tenants, so that none needs to be taken apart."""

    @property
    def scan(self) -> str:
        """The rows of the file, numbered in ``seq``."""
        name = "'" + str(self.path).replace("'", "''") + "'"
        if self.path.suffix.lower() == ".parquet":
            return f"SELECT *, file_row_number + 1 AS seq FROM read_parquet({name}, file_row_number = true)"
        return f"SELECT *, row_number() OVER () AS seq FROM read_csv({name}, all_varchar = true, header = true)"

    def types(self, con: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """The file's columns and their types.

        Raises:
            BatchError: if DuckDB cannot read the file.
        """
        try:
            rows = con.execute(f"DESCRIBE {self.scan}").fetchall()
        except duckdb.Error as error:
            raise flawed(self.path, [Flaw(None, "", f"cannot be read: {str(error).splitlines()[0]}")]) from None
        return {row[0]: row[1] for row in rows if row[0] not in ("seq", "file_row_number")}


def check(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> tuple[BulkFile, int]:
    """Check every row of a bulk batch; the batch with what was seen of it, and how many lines it comes to.

    Raises:
        BatchError: if a column is not known or missing, or a value is not as it must be; it names the first row.
    """
    types = bulk.types(con)
    flaws = list(_wrong_columns(bulk, types))
    if flaws:
        raise flawed(bulk.path, flaws)
    try:
        flaws = list(_wrong_values(con, bulk, types))
        if flaws:
            raise flawed(bulk.path, flaws)
        bulk = replace(bulk, one_tenant=_names_one_tenant(con, bulk, types))
        lines: int = con.execute(f"SELECT count(*) FROM ({_lines(bulk, types)})").fetchall()[0][0]
    except duckdb.Error as error:
        raise flawed(bulk.path, [Flaw(None, "", f"cannot be read: {str(error).splitlines()[0]}")]) from None
    if lines == 0:
        raise flawed(bulk.path, [Flaw(None, "", "has no rows")])
    return bulk, lines


def load_bulk(
    con: duckdb.DuckDBPyConnection, bulk: BulkFile, *, batch_id: str, begun_at: datetime, now: datetime, rows: range
) -> None:
    """Put the lines in ``rows`` into the temporary table ``request``."""
    types = bulk.types(con)
    own = columns(bulk.action)
    fields = ", ".join(
        [f"{_value(bulk.action, column, types)} AS {column.name}" for column in own]
        + [f'"{field}"::VARCHAR AS {field}_ref' for field in MODELS[bulk.action].refers]
    )
    made = "made_id($batch_id, $begun_at, seq, 1)" if MODELS[bulk.action].makes else "NULL::VARCHAR"
    when = 'coalesce("when"::TIMESTAMPTZ, $now)' if "when" in types else "$now::TIMESTAMPTZ"
    said = ", ".join(f"{column.name} := {column.name}" for column in own)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE request AS SELECT *, to_json(struct_pack({said}))::VARCHAR AS said FROM ("
        f" SELECT row, seq, tenant, {_or_default('actor', types, '$actor')}, {_or_default('region', types, '$region')},"
        f" {when} AS happened_at, {made} AS made, {fields} FROM ({_lines(bulk, types)})"
        " WHERE row >= $first AND row < $beyond)",
        _used(
            {
                "batch_id": batch_id if MODELS[bulk.action].makes else None,
                "begun_at": begun_at if MODELS[bulk.action].makes else None,
                "now": now,
                "actor": None if "actor" in types else bulk.actor,
                "region": None if "region" in types else bulk.region,
                "first": rows.start,
                "beyond": rows.stop,
            }
        ),
    )


def named_files(con: duckdb.DuckDBPyConnection, bulk: BulkFile) -> Iterator[tuple[int, str]]:
    """The files that a bulk batch names, each with the first row that does."""
    if "file" in bulk.types(con):
        yield from con.execute(f"SELECT min(seq), file FROM ({bulk.scan}) GROUP BY file ORDER BY 1").fetchall()


def _used(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _or_default(name: str, types: dict[str, str], parameter: str) -> str:
    return f"{name}::VARCHAR AS {name}" if name in types else f"{parameter}::VARCHAR AS {name}"


def _lines(bulk: BulkFile, types: dict[str, str]) -> str:
    """The rows of the file, one a tenant where the action has tenants; ``row`` numbers them."""
    if "tenants" not in types:
        return f"SELECT *, NULL::VARCHAR AS tenant, seq AS row FROM ({bulk.scan})"
    if bulk.one_tenant:
        return f"SELECT *, trim(tenants) AS tenant, seq AS row FROM ({bulk.scan})"
    tenants = _as_list("tenants", types)
    return (
        "SELECT * EXCLUDE (nth), row_number() OVER (ORDER BY seq, nth) AS row FROM ("
        f"SELECT *, unnest({tenants}) AS tenant, generate_subscripts({tenants}, 1) AS nth FROM ({bulk.scan}))"
    )


def _names_one_tenant(con: duckdb.DuckDBPyConnection, bulk: BulkFile, types: dict[str, str]) -> bool:
    if types.get("tenants") != "VARCHAR":
        return False
    several = f"SELECT count(*) FROM ({bulk.scan}) WHERE regexp_matches(tenants, '[;,\\[]')"
    return con.execute(several).fetchall() == [(0,)]


def _as_list(name: str, types: dict[str, str]) -> str:
    """A list column; text is a list in JSON, or is taken apart at ``;`` or ``,``. No name has spaces around it."""
    if types[name].endswith("[]"):
        return f"{name}::VARCHAR[]"
    apart = (
        f"list_filter(list_transform(string_split_regex({name}, '[;,]'), lambda one: trim(one)), lambda one: one <> '')"
    )
    return (
        f"CASE WHEN starts_with({name}, '[') THEN from_json(TRY_CAST({name} AS JSON), '[\"VARCHAR\"]') ELSE {apart} END"
    )


def _value(action: str, column: Column, types: dict[str, str]) -> str:
    """The value of a column of ``request``, from the file or, where it says nothing, the model's default."""
    field, _, inner = column.path.removeprefix("$.").partition(".")
    default = _default(action, column)
    if field not in types:
        return f"{'NULL' if default is None else default}::{column.type}"
    if column.type == "JSON":
        # a struct of a Parquet file has every key in every row; what is null was not said
        return f"json_strip_nulls(to_json({field}::{_json_type(types[field])}))"
    if inner:
        return f"CAST(to_json({field}::{_json_type(types[field])})->>'$.{inner}' AS {column.type})"
    if field in LISTS:
        return _as_list(field, types)
    cast = f'"{field}"::{column.type}'
    return cast if default is None else f"coalesce({cast}, {default})"


def _json_type(type_name: str) -> str:
    return "JSON" if type_name == "VARCHAR" else type_name


def _default(action: str, column: Column) -> str | None:
    field = MODELS[action].model_fields.get(column.path.removeprefix("$."))
    value = None if field is None or field.is_required() else field.default
    if value is None or isinstance(value, tuple):
        return None
    return str(value).upper() if isinstance(value, bool) else str(value) if isinstance(value, int) else f"'{value}'"


def _wrong_columns(bulk: BulkFile, types: dict[str, str]) -> Iterator[Flaw]:
    fields = MODELS[bulk.action].model_fields
    known = sorted(name for name in fields if name not in ("action", "as_"))
    for name in types:
        if name not in known:
            yield Flaw(None, name, f"{bulk.action} has no such field; it has {', '.join(known)}")
    for name, field in fields.items():
        if field.is_required() and name not in types and name != "action":
            yield Flaw(None, name, f"{bulk.action} needs this column")
    for name, given in (("actor", bulk.actor), ("region", bulk.region)):
        if name not in types and given is None:
            yield Flaw(None, name, f"add the column, or say --{name}")


def _wrong_values(con: duckdb.DuckDBPyConnection, bulk: BulkFile, types: dict[str, str]) -> Iterator[Flaw]:
    """One scan of the file finds the first row that breaks each condition."""
    schema = MODELS[bulk.action].model_json_schema(by_alias=False)
    conditions = [
        (name, wrong, message)
        for name, said in schema["properties"].items()
        if name in types
        for wrong, message in _conditions(name, types[name], said, schema, bulk)
    ]
    if not conditions:
        return
    first = ", ".join(f"min(seq) FILTER (WHERE {wrong})" for _, wrong, _ in conditions)
    header = 1 if bulk.path.suffix.lower() != ".parquet" else 0
    rows = con.execute(f"SELECT {first} FROM ({bulk.scan})").fetchall()[0]
    for (name, _, message), row in zip(conditions, rows, strict=True):
        if row is not None:
            yield Flaw(row + header, name, message)
    for name in NESTED:
        if name in types:
            yield from _wrong_nested(con, bulk, types, name, header)


def _conditions(
    name: str, type_name: str, said: dict[str, Any], schema: dict[str, Any], bulk: BulkFile
) -> Iterator[tuple[str, str]]:
    """What is wrong with a value, as SQL, and how to say it; from the model's JSON schema."""
    column = f'"{name}"'
    optional = name not in schema.get("required", []) and not (name in ("actor", "region") and _or_none(bulk, name))
    if not optional:
        yield f"{column} IS NULL", "is missing"
    if name in NESTED:
        return
    if name in LISTS:
        yield f"len({_as_list(name, {name: type_name})}) = 0", "must not be empty"
        return
    if name in MODELS[bulk.action].refers:
        yield f"starts_with({column}::VARCHAR, '$')", "handles are for batches written in YAML; say an id or a name"
    plain = _plain(said, schema)
    yield from _not_of_type(column, plain)
    yield from _out_of_bounds(column, plain)


def _not_of_type(column: str, plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind = str(plain.get("format", plain.get("type")))
    word, type_name = {
        "integer": ("a whole number", "BIGINT"),
        "number": ("an amount", "DECIMAL(18, 9)"),
        "boolean": ("true or false", "BOOLEAN"),
        "date-time": ("a time", "TIMESTAMPTZ"),
    }.get(kind, ("", ""))
    if word:
        yield f"{column} IS NOT NULL AND TRY_CAST({column} AS {type_name}) IS NULL", f"must be {word}"
    if kind == "date-time":
        year = f"year(TRY_CAST({column} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
        yield (
            f"{year} NOT BETWEEN {YEARS.start} AND {YEARS.stop - 1}",
            f"must lie in the years {YEARS.start} to {YEARS.stop - 1}",
        )
    if kind == "number":
        # as text, since a binary fraction has decimals that nobody wrote
        exact = f"TRY_CAST({column}::VARCHAR AS DECIMAL(38, 18))"
        yield f"{exact} <> TRY_CAST({column} AS {type_name})", "must have at most 9 decimals"


def _out_of_bounds(column: str, plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    number = "DECIMAL(38, 18)" if plain.get("type") == "number" else "BIGINT"
    for key, operator, words in (
        ("minimum", "<", "at least"),
        ("exclusiveMinimum", "<=", "more than"),
        ("maximum", ">", "at most"),
    ):
        if key in plain:
            bound = str(plain[key]).removesuffix(".0")
            yield f"TRY_CAST({column} AS {number}) {operator} {bound}", f"must be {words} {bound}"
    if "enum" in plain or "const" in plain:
        allowed = plain.get("enum") or [plain["const"]]
        listed = ", ".join(f"'{one}'" for one in allowed)
        yield f"{column} NOT IN ({listed})", f"must be one of {', '.join(map(str, allowed))}"
    if "pattern" in plain:
        pattern = plain["pattern"].replace("'", "''")
        yield f"NOT regexp_matches({column}::VARCHAR, '{pattern}')", f"must look like {plain['pattern']}"
    if "minLength" in plain:
        yield f"length({column}::VARCHAR) < {plain['minLength']}", f"must have at least {plain['minLength']} character"
    if "maxLength" in plain:
        yield f"length({column}::VARCHAR) > {plain['maxLength']}", f"must have at most {plain['maxLength']} characters"


def _or_none(bulk: BulkFile, name: str) -> bool:
    return getattr(bulk, name) is None


def _plain(said: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A field's schema without references and without its being optional."""
    if "$ref" in said:
        found: dict[str, Any] = schema["$defs"][said["$ref"].rsplit("/", 1)[1]]
        return found
    options = [option for option in said.get("anyOf", []) if option.get("type") != "null"]
    return _plain(options[0], schema) if options else said


def _wrong_nested(
    con: duckdb.DuckDBPyConnection, bulk: BulkFile, types: dict[str, str], name: str, header: int
) -> Iterator[Flaw]:
    said = MODELS[bulk.action].model_fields[name]
    model: Any = Annotated[said.annotation, Field(discriminator=said.discriminator)]
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    text = f"to_json({name})::VARCHAR" if types[name] != "VARCHAR" else name
    distinct = f"SELECT min(seq), {text} FROM ({bulk.scan}) WHERE {name} IS NOT NULL GROUP BY 2 ORDER BY 1"
    for row, value in con.execute(distinct).fetchall():
        try:
            adapter.validate_python(json.loads(value, object_pairs_hook=_said_once))
        except ValidationError as error:
            yield Flaw(row + header, name, _first_of(error))
        except json.JSONDecodeError:
            yield Flaw(row + header, name, "is not JSON")
        except ValueError as error:
            yield Flaw(row + header, name, str(error))


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as it is loaded: without nulls. Of a key that stands twice, DuckDB would take the other value."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("says a key twice")
    return {key: value for key, value in pairs if value is not None}


def _first_of(error: ValidationError) -> str:
    """The first thing that is wrong with a nested value, and in which of its fields."""
    first = error.errors()[0]
    message = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"]
    return ": ".join(part for part in (".".join(map(str, first["loc"])), message) if part)
