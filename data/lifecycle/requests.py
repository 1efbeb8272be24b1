"""Requests as a table: the temporary table ``request`` has one row for each request that is judged together.

Columns:

- ``row`` (the line of the batch), ``seq``, ``tenant``, ``actor``, ``region``, ``happened_at``.
- ``new_id``: the id of what the action creates.
- ``request_json``: the request as JSON.
- The fields of the action's model. The fields of a nested model are columns of their own; a field that is one of
  several models is a column of JSON.
- ``<field>_ref`` for each reference: the id that a handle stands for, or else the text of the field.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import duckdb
from pydantic import BaseModel

from data.warehouse.rows import fields_of, relation
from domain.actions import MODELS

OF_EVERY_ACTION = {"action", "as_", "actor", "region", "when", "tenants"}
"""Fields of the models that are not columns: each request has them in other columns, or as one row for each tenant."""


_GIVEN = {
    "row": "BIGINT",
    "seq": "BIGINT",
    "tenant": "VARCHAR",
    "actor": "VARCHAR",
    "region": "VARCHAR",
    "happened_at": "TIMESTAMPTZ",
    "new_id": "VARCHAR",
    "request_json": "VARCHAR",
    "handles": "VARCHAR",
}
"""The fields of a ``Request`` that ``load`` passes to DuckDB, and their DuckDB types."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``request``: its name, its DuckDB type, and its path in the request's JSON."""

    name: str
    type: str
    path: str


@dataclass(frozen=True, slots=True)
class Request:
    """One line to judge: an action on one tenant, or on none."""

    row: int
    seq: int
    action: str
    tenant: str | None
    actor: str
    region: str
    happened_at: datetime
    new_id: str | None
    request_json: str
    handles: str = "{}"
    """The ids that the request's handles stand for, by field, as JSON."""


def columns(action: str) -> list[Column]:
    """Return the columns for the fields of an action's model."""
    fields = MODELS[action].model_fields
    return [
        column
        for name, field in fields.items()
        if name not in OF_EVERY_ACTION
        for column in _columns(name, f"$.{name}", field.annotation)
    ]


def load(con: duckdb.DuckDBPyConnection, action: str, requests: Sequence[Request]) -> None:
    """Replace the temporary table ``request`` by these requests, all of one action."""
    own = [f"{_extracted(column)} AS {column.name}" for column in columns(action)]
    refs = [
        f"coalesce(handles->>'$.{field}', request_json->>'$.{field}') AS {field}_ref"
        for field in MODELS[action].references
    ]
    with relation(con, "given", _GIVEN, fields_of(requests, _GIVEN)):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE request AS"
            f" SELECT {', '.join(['* EXCLUDE (handles)', *own, *refs])} FROM given"
        )


def keep(con: duckdb.DuckDBPyConnection, before: int) -> None:
    """Delete the row ``before`` and all rows after it from ``request``."""
    con.execute("DELETE FROM request WHERE row >= ?", [before])


def _extracted(column: Column) -> str:
    if column.type == "JSON":
        return f"request_json->'{column.path}'"
    if column.type == "VARCHAR[]":
        return f"from_json(request_json->'{column.path}', '[\"VARCHAR\"]')"
    return f"CAST(request_json->>'{column.path}' AS {column.type})"


def _columns(name: str, path: str, annotation: Any) -> Iterable[Column]:
    options = [option for option in _options(annotation) if option is not type(None)]
    if not all(isinstance(option, type) and issubclass(option, BaseModel) for option in options):
        yield Column(name, _duckdb_type(options[0]), path)
    elif len(options) > 1:
        # One of several models, with different fields, some of them nested. So the column stays JSON.
        yield Column(name, "JSON", path)
    else:
        for field, info in options[0].model_fields.items():
            yield from _columns(f"{name}_{field}", f"{path}.{field}", info.annotation)


def _options(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [option for part in get_args(annotation) for option in _options(part)]
    return [annotation]


def _duckdb_type(python: Any) -> str:
    if get_origin(python) is tuple:
        return "VARCHAR[]"
    for base, name in ((bool, "BOOLEAN"), (int, "BIGINT"), (Decimal, "DECIMAL(18, 9)"), (datetime, "TIMESTAMPTZ")):
        if isinstance(python, type) and issubclass(python, base):
            return name
    return "VARCHAR"
