"""Reports as tests ask for them: as of one moment, as plain values."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from data import read
from data.warehouse.connection import Warehouse

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)


def frame(name: str, warehouse: Path, **params: Any) -> pd.DataFrame:
    """A report, as of ``AS_OF`` unless it is asked otherwise."""
    asked = {"as_of": AS_OF} if "as_of" in read.about(name).parameters else {}
    return read.report(name, warehouse=warehouse, **asked | params)


def rows(name: str, warehouse: Path, **params: Any) -> list[dict[str, Any]]:
    """The rows of a report as plain values."""
    return frame(name, warehouse, **params).to_dict("records")


def told(row: dict[str, Any], columns: str) -> str:
    """Some values of a row, amounts as short as they can be written."""
    values = [row[column] for column in columns.split()]
    return " ".join(f"{value.normalize():f}" if isinstance(value, Decimal) else str(value) for value in values)


def asked(warehouse: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the warehouse answers."""
    with Warehouse(warehouse).reading() as con:
        con.complete()
        return con.execute(query, list(values)).fetchall()
