"""Read the warehouse: reports by name, as pandas data frames.

A report is a folder ``data/reports/<name>`` with ``query.sql``, ``about.yaml`` (the meaning of its rows, columns and
parameters) and, optionally, ``checks.sql`` (queries for rows that must not exist). Money and hours are exact decimals;
times are UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from data.inventory import what_if
from data.warehouse.connection import Warehouse
from data.warehouse.pipeline import step
from data.warehouse.sql_files import exists, statements
from domain.policy import profiles

MOST, LEAST = Decimal(10**9), Decimal("1e-9")
"""Limits of an amount: it is less than ``MOST``, and a multiple of ``LEAST``."""


@dataclass(frozen=True, slots=True)
class Column:
    """The unit and the meaning of a column of a report."""

    unit: str
    means: str


@dataclass(frozen=True, slots=True)
class About:
    """The description of a report: its title, what one row is, and the meaning of its parameters and columns."""

    title: str
    rows: str
    parameters: Mapping[str, str]
    columns: Mapping[str, Column]
    judges: tuple[str, ...] | None = None
    """The actions that ``data.inventory.what_if`` judges before the query runs, or None if it judges none."""


@dataclass(frozen=True, slots=True)
class WarehouseState:
    """Numbers of rows in the warehouse, its regions, and the time of the last recorded action."""

    last_action: datetime | None
    images: int
    shares: int
    servers: int
    offers: int
    actions: int
    regions: tuple[str, ...]


def names() -> tuple[str, ...]:
    """Return the names of all reports, in alphabetical order."""
    folders = (resources.files("data") / "reports").iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / "query.sql").is_file()))


@cache
def about(name: str) -> About:
    """Return the description of the report ``name``.

    Raises:
        ValueError: if there is no such report. The message lists all reports.
    """
    if name not in names():
        raise ValueError(f"there is no report {name!r}; there are {', '.join(names())}")
    text = (resources.files("data") / "reports" / name / "about.yaml").read_text(encoding="utf-8")
    described = yaml.safe_load(text)
    columns = {column: Column(**what) for column, what in described.pop("columns").items()}
    judges = tuple(described.pop("judges")) if "judges" in described else None
    return About(**described, columns=columns, judges=judges)


def report(name: str, *, warehouse: str | Path, **params: Any) -> pd.DataFrame:
    """Return the rows of the report ``name``, as a data frame with Arrow types.

    Args:
        name: a folder of ``data/reports``.
        warehouse: the path of the DuckDB file.
        params: the parameters of the report, see ``about(name).parameters``. ``as_of`` is a time or a text in ISO 8601
            (a date means 00:00 UTC), ``month`` a text such as ``2026-11``, ``amount`` a text such as ``0.12``; ``top``,
            ``percent``, ``from_percent`` and ``unused_days`` are whole numbers; the others are texts.

    Raises:
        ValueError: if there is no such report or parameter, or a value is invalid.
        WarehouseError: if the warehouse cannot be read now.
    """
    known, judges = about(name).parameters, about(name).judges
    if unknown := params.keys() - known:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise ValueError(f"the report {name!r} has no parameter {', '.join(map(repr, sorted(unknown)))}; {has}")
    values = {parameter: _READ[parameter](params.get(parameter)) for parameter in known}
    query = step(f"reports/{name}/query")
    with Warehouse(Path(warehouse)).reading() as con:
        if judges is not None:
            what_if.prepare(con, judges, values)
        return _frame(con, query.query, {parameter: values[parameter] for parameter in query.parameters})


def checks(warehouse: str | Path) -> dict[str, pd.DataFrame]:
    """Execute the checks of all reports. Return the rows that must not exist, by report.

    Each report with checks has a data frame with the columns ``problem``, ``thing`` (an id) and ``detail``. It is empty
    if there is no problem.

    Raises:
        WarehouseError: if the warehouse cannot be read now.
    """
    with Warehouse(Path(warehouse)).reading() as con:
        return {
            name: pd.concat(
                [_frame(con, query, {}) for query in statements(f"reports/{name}", "checks")], ignore_index=True
            )
            for name in names()
            if exists(f"reports/{name}/checks")
        }


def warehouse_state(warehouse: str | Path) -> WarehouseState:
    """Return the numbers of rows in the warehouse, its regions, and the time of the last recorded action.

    Raises:
        WarehouseError: if the warehouse cannot be read now.
    """
    with Warehouse(Path(warehouse)).reading() as con:
        con.complete()
        row: dict[str, Any] = con.sql(step("reports/state").query).to_arrow_table().to_pylist()[0]
    return WarehouseState(**row | {"regions": tuple(row["regions"])})


def _frame(con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object]) -> pd.DataFrame:
    con.complete()  # finish the previous statement, if its result was not read completely
    table = con.sql(query, params=dict(values)).to_arrow_table()
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _moment(value: object) -> datetime:
    if value is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"as_of is a time such as 2026-11-23 or 2026-11-23T14:00Z, not {value!r}") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _month(value: object) -> datetime | None:
    if value is None:
        return None
    text = f"{value:%Y-%m}" if isinstance(value, date) else str(value)
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"month is a year and a month such as 2026-11, not {value!r}") from None


def _text(parameter: str) -> Callable[[object], str | None]:
    def read(value: object) -> str | None:
        if value is None or (isinstance(value, str) and value):
            return value
        raise ValueError(f"{parameter} is a text, not {value!r}")

    return read


def _number(parameter: str, *, least: int, default: int | None) -> Callable[[object], int | None]:
    def read(value: object) -> int | None:
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise ValueError(f"{parameter} is a whole number from {least} on, not {value!r}")

    return read


def _amount(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        amount = None
    if amount is None or not 0 <= amount < MOST or amount != amount.quantize(LEAST):
        raise ValueError(f"amount is a text such as 0.12, from 0 on and with up to 9 decimals, not {value!r}")
    return amount


def _profile(value: object) -> str:
    if value is None:
        return "seed"
    if value not in profiles.names():
        raise ValueError(f"there is no rule profile {value!r}; there are {', '.join(profiles.names())}")
    return str(value)


def _what_if(value: object) -> str | None:
    if value is None or value in what_if.ACTIONS:
        return None if value is None else str(value)
    raise ValueError(f"action is one of {', '.join(what_if.ACTIONS)}, not {value!r}")


_READ: dict[str, Callable[[object], object]] = {
    "as_of": _moment,
    "month": _month,
    "region": _text("region"),
    "tenant": _text("tenant"),
    "profile": _profile,
    "other_profile": lambda value: None if value is None else _profile(value),
    "limit": _text("limit"),
    "action": _what_if,
    "top": _number("top", least=1, default=None),
    "offer": _text("offer"),
    "amount": _amount,
    "percent": _number("percent", least=-100, default=10),
    "from_percent": _number("from_percent", least=0, default=80),
    "unused_days": _number("unused_days", least=0, default=90),
    "image": _text("image"),
}
"""The function that parses the value of each parameter. None gives the default that about.yaml describes."""
