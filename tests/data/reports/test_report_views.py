"""Reports as views: they answer what the reports answer, in whatever tool has the file open."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pandas as pd
import pytest
import yaml

from data import read
from data.warehouse import report_views
from data.warehouse.connection import Warehouse
from data.warehouse.snapshot import publish
from support.report_rows import AS_OF

pytestmark = pytest.mark.slow

ABOUT = {
    name: yaml.safe_load(about.read_text(encoding="utf-8"))
    for name in read.names()
    if (about := resources.files("data") / "reports" / name / "about.yaml").is_file()
}
VIEWS = [name for name, about in ABOUT.items() if "judges" not in about]


@pytest.fixture(scope="module")
def seen(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published copy of the small world, in which now is ``AS_OF`` to the views."""
    path = tmp_path_factory.mktemp("views") / "a name of its own.duckdb"
    with patch.dict(report_views.LEFT_OUT, as_of=f"TIMESTAMP '{AS_OF:%Y-%m-%d %T}'"):
        return publish(Warehouse(small), path).path


@contextmanager
def opened(path: Path, prefix: str, zone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file in a tool that knows nothing of ours: as its main database, or attached beside another."""
    with duckdb.connect() if prefix else duckdb.connect(path, read_only=True) as con:
        if prefix:
            con.execute(f"ATTACH '{path}' AS {prefix.rstrip('.')} (READ_ONLY)")
        con.execute(f"SET TimeZone = '{zone}'")
        yield con


def unzoned(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows with moments that are equal in every time zone."""
    return [tuple(one.timestamp() if isinstance(one, datetime) else one for one in row) for row in rows]


@pytest.mark.parametrize(("prefix", "zone"), [("", "America/New_York"), ("other.", "Pacific/Chatham")])
def test_a_view_answers_what_its_report_answers(seen: Path, small: Path, prefix: str, zone: str) -> None:
    """Rows, their order, and types are the same, under any name of the file and in any time zone."""
    for name in VIEWS:
        said = {"as_of": AS_OF} if "as_of" in ABOUT[name]["parameters"] else {}
        report = read.report(name, warehouse=small, **said)
        with opened(seen, prefix, zone) as con:
            view = con.sql(f"FROM {prefix}report.{name}").to_arrow_table()
        assert view.column_names == list(report.columns), name
        assert [str(kind).replace(f"tz={zone}", "tz=UTC") for kind in view.schema.types] == [
            str(kind.pyarrow_dtype) for kind in report.dtypes
        ], name
        told = [
            tuple(None if one is pd.NA else one for one in row) for row in report.itertuples(index=False, name=None)
        ]
        assert unzoned([tuple(row.values()) for row in view.to_pylist()]) == unzoned(told), name


def test_only_what_needs_no_preparation_is_a_view(seen: Path) -> None:
    """A report that the policy has to judge for first has no view; every other one has."""
    with duckdb.connect(seen, read_only=True) as con:
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'report'").fetchall()
    assert sorted(views) == [(name,) for name in VIEWS]


def test_a_view_tells_what_about_yaml_tells(seen: Path) -> None:
    """Its comment is the title and what a row is, that of a column meaning and unit."""
    with duckdb.connect(seen, read_only=True) as con:
        (view,) = con.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'near_limit'").fetchall()
        columns = con.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'near_limit' AND column_name = 'members'"
        ).fetchall()
    assert view[0].startswith("Images near the limit of tenants. A row: one shared image that")
    assert columns == [("number of tenants with a share (tenants)",)]


def test_what_is_left_out_is_what_the_reports_leave_out() -> None:
    """Each parameter of a view's report has the default that ``read.report`` gives it."""
    parameters = {parameter for name in VIEWS for parameter in ABOUT[name]["parameters"]} - {"as_of"}
    with duckdb.connect() as con:
        for parameter in parameters:
            left_out = con.execute(f"SELECT {report_views.LEFT_OUT.get(parameter, 'NULL')}").fetchall()
            assert left_out == [(read._READ[parameter](None),)], parameter  # noqa: SLF001
