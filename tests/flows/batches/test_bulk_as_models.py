"""A cell of a bulk file means what the same value means to the model, or both refuse it."""

# ruff: noqa: RUF001, RUF005 - digits of other scripts are what is tested; lists of many values stand in groups
import csv
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.lifecycle.requests import load
from domain.actions import Batch
from domain.batch import BatchError, problems
from domain.ids import MADE_ID_SQL
from domain.vocabulary import WHITE_SPACE
from flows.batches.bulk_files import read_bulk
from flows.batches.yaml_files import requests_of
from support.fakes import BEGINNING

TEXTS = st.one_of(
    st.sampled_from(
        [
            "web",
            " web ",
            "\u2003web\u3000",
            "\x85web",
            "web\x1b[2J",
            "w\x9bx",
            "w\x00x",
            "web\n",
            "\x1fweb",
            "",
            " ",
            ".",
        ]
    ),
    st.sampled_from(
        ["a" * 128, "a" * 129, " " + "a" * 128, "é" * 128, "é" * 129, "a" * 512, "a" * 513, "\U0001f600" * 128]
    ),
    st.sampled_from(
        ["eu-west-0", "../../evil", "..", "EU", "<b>", "O'Brien", 'quo"te', "a,b", "x\u2028y", "$h", "-", "a b"]
    ),
    st.text(
        alphabet=st.sampled_from([*"aZ09._- /$<;'\"\\[{", *WHITE_SPACE, "\x00", "\x1b", "\x7f", "\x9f", "é"]),
        max_size=6,
    ),
)
WHOLE = st.sampled_from(
    ["1", "0", "-1", "2147483647", "2147483648", " 5 ", "+5", "1_000", "1.0", "1.5", "1e3", "007", "١", "１", "", "x"]
    + ["99999999999999999999", "-0", "0x1", "5.", "100000", "100001", "1000", "1001", "true", "NaN"]
)
AMOUNTS = st.sampled_from(
    ["1", "0", "-1", "0.000000001", "0.0000000001", "999999999.999999999", "1000000000", "1e3", "1e9", "1e-9", "1e-10"]
    + [".5", "5.", " 5 ", "+5", "1_0", "١", "NaN", "Infinity", "-0", "0.1000000000", "1e999999", "", "x", "007.10"]
)
FLAGS = st.sampled_from(
    ["true", "false", "True", "FALSE", "yes", "no", "on", "off", "t", "F", "1", "0", "2", " true", "", "ja", "１", "y"]
)
TIMES = st.sampled_from(
    ["2027-01-01", "2027-01-01T10:00", "2027-01-01 10:00:00.123456Z", "2027-01-01T10:00:00.1234567+02:00", "2027-02-30"]
    + ["1970-12-31T23:59:59Z", "1971-01-01T00:00:00Z", "1971-01-01T00:00:00+01:00", "8999-12-31T23:59:59Z"]
    + ["9000-01-01", "8999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00+14:00", "24:00"]
    + ["2027-01-01T24:00:00", "2027-01-01T23:59:60Z", "2027-1-1", "infinity", "epoch", "now", "1700000000", "", "x"]
    + ["2027-01-01T10:00:00+0200", "2027-01-01t10:00z", " 2027-01-01", "2027-01-01T10:00:00-15:30", "20270101"]
    + ["2027-01-01 BC", "12027-01-01", "2027-01-01T10:00:00 Europe/Paris", "２０２７-01-01", "2000000000000"]
)
LISTS = st.lists(TEXTS, max_size=3)
PRICES = st.sampled_from(
    [
        {"model": "free"},
        {"model": "hourly", "amount": "0.1", "currency": "EUR"},
        {"model": "hourly"},
        {},
        None,
        5,
        "x",
        [],
    ]
    + [
        {"model": "hourly", "amount": amount, "currency": "EUR"}
        for amount in ("1_0", "١", "1e1", 0.25, "NaN", True, -1)
    ]
    + [{"model": "free", "lineage": said} for said in ("yes", 1, "ja", False)]
)
SYSTEMS = st.sampled_from(
    [{"type": "linux"}, {"type": "linux", "version": "12\x9b"}, {"type": "linux", "distribution": "d" * 129}, {}, 5]
    + [{"type": "bsd"}, {"type": "linux", "version": "1", "colour": "red"}, [], "linux"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("image", "offer", "server", "actor", "region", "name", "reason", "currency", "refund_of"), TEXTS),
    **dict.fromkeys(("description", "to_region", "kms_key", "flavor", "image_type", "target"), TEXTS),
    **dict.fromkeys(("min_disk_gb", "min_ram_mb", "servers", "count"), WHOLE),
    **dict.fromkeys(("when", "starts_at", "valid_from"), TIMES),
    **dict.fromkeys(("encrypted", "protected"), FLAGS),
    **dict.fromkeys(("tenants", "tags"), LISTS),
    "amount": AMOUNTS,
    "price": PRICES,
    "os": SYSTEMS,
}
WHO = {"actor": "acme", "region": "eu-west-0"}
RIGHT: dict[str, dict[str, Any]] = {
    "share_image": WHO | {"image": "web", "tenants": ["umbrella"]},
    "copy_image": WHO | {"image": "web", "to_region": "eu-west-1", "name": "x", "encrypted": "true", "kms_key": "k"},
    "grant_credit": WHO | {"tenants": ["a"], "amount": "1", "currency": "EUR", "reason": "r", "refund_of": "2026-01"},
    "update_image": WHO
    | {"image": "web", "tags": ["a"], "protected": "true", "min_disk_gb": "1", "min_ram_mb": "0", "description": "d"},
    "buy_contract": WHO | {"offer": "deal", "servers": "1", "starts_at": "2027-01-01", "when": "2026-01-01"},
    "change_price": WHO | {"offer": "deal", "valid_from": "2027-01-01", "price": {"model": "free"}},
    "launch_server": WHO | {"image": "web", "name": "s", "flavor": "f", "count": "1", "target": "ecs"},
    "import_image": WHO
    | {"name": "web", "file": "https://x/y", "image_type": "iso", "min_disk_gb": "1", "os": {"type": "linux"}}
    | {"tags": ["t"], "encrypted": "false", "target": "ecs"},
}

Row = dict[str, Any]


@st.composite
def rows(draw: st.DrawFn) -> tuple[str, Row]:
    """An action and a row of it that is right, but for one or two of its values that may be anything."""
    action = draw(st.sampled_from(sorted(RIGHT)))
    row = dict(RIGHT[action])
    for name in draw(st.lists(st.sampled_from([name for name in row if name in VALUES]), min_size=1, max_size=2)):
        row[name] = draw(VALUES[name])
    return action, row


def requested(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """The requests that were loaded, without their JSON: it says the same in another layout."""
    found: list[Row] = con.sql("SELECT * EXCLUDE (request_json) FROM request ORDER BY row").to_arrow_table().to_pylist()
    return found


def as_batch(con: duckdb.DuckDBPyConnection, action: str, row: Row) -> list[Row] | None:
    """The requests of a row that stands in a batch; None where the models refuse it."""
    try:
        batch = Batch.model_validate({"batch_id": "b", "actions": [{"action": action} | row]})
    except ValidationError:
        return None
    if any(problems(batch, batch.actions)):  # nobody acts, or a handle that no action before it has
        return None
    load(con, action, list(requests_of(batch, "b", BEGINNING, BEGINNING)))
    return requested(con)


def as_file(con: duckdb.DuckDBPyConnection, file: Path, action: str) -> list[Row] | None:
    """The requests of a bulk file; None where it is refused."""
    try:
        work = read_bulk(file, action, batch_id="b")
    except BatchError:
        return None
    for group in work.groups(BEGINNING, BEGINNING, set()):
        group.load(con, 0)
    return requested(con)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine as the warehouse has it."""
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(MADE_ID_SQL)
        yield engine


def written(file: Path, rows: list[Row]) -> None:
    """Write rows as CSV, nested things as JSON."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(json.dumps(said) if isinstance(said, list | dict) else said for said in row.values())


def said_in_csv(row: Row) -> Row:
    """What a row of CSV says: an empty cell says nothing."""
    return {name: said for name, said in row.items() if said not in ("", None)}


@given(case=rows())
def test_a_row_of_csv_is_the_same_action(con: duckdb.DuckDBPyConnection, case: tuple[str, Row]) -> None:
    """Whatever the values: a row gives the same requests as a batch with these values, or both are refused."""
    action, row = case
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        written(file, [row])
        assert as_file(con, file, action) == as_batch(con, action, said_in_csv(row))


@given(case=rows())
def test_a_row_of_parquet_is_the_same_action(con: duckdb.DuckDBPyConnection, case: tuple[str, Row]) -> None:
    """The same of Parquet, where a list is a list and a nested thing is JSON."""
    action, row = case
    columns = {
        name: pa.array([json.dumps(said) if name in ("price", "os") else said], kind)
        for name, said in row.items()
        for kind in [pa.list_(pa.string()) if name in ("tenants", "tags") else pa.string()]
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        pq.write_table(pa.table(columns), file)
        assert as_file(con, file, action) == as_batch(con, action, row)


TYPED: list[tuple[str, str, pa.Array, Any]] = [
    ("launch_server", "count", pa.array([3], pa.int8()), 3),
    ("launch_server", "count", pa.array([3], pa.uint64()), 3),
    ("launch_server", "count", pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
    ("launch_server", "count", pa.array([3.0]), 3.0),
    ("launch_server", "count", pa.array([3.5]), 3.5),
    ("launch_server", "count", pa.array([float("nan")]), float("nan")),
    ("launch_server", "count", pa.array([True]), True),
    ("launch_server", "count", pa.array([Decimal("3.00")]), Decimal("3.00")),
    ("launch_server", "count", pa.array([datetime(2027, 1, 1, tzinfo=UTC)]), datetime(2027, 1, 1, tzinfo=UTC)),
    ("launch_server", "name", pa.array([5]), 5),
    ("launch_server", "name", pa.array([1.5]), 1.5),
    ("launch_server", "name", pa.array([b"web"], pa.binary()), "web"),
    ("launch_server", "name", pa.array([b"\xff"], pa.binary()), b"\xff"),
    ("launch_server", "name", pa.array([{"a": 1}]), {"a": 1}),
    ("launch_server", "name", pa.array([["web"]]), ["web"]),
    ("launch_server", "name", pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), {"k": 1}),
    ("launch_server", "name", pa.array(["web"]).dictionary_encode(), "web"),
    ("share_image", "tenants", pa.array([[["a"]]]), [["a"]]),
    ("share_image", "tenants", pa.array([[1, 2]]), [1, 2]),
    ("share_image", "tenants", pa.array([["a", None]]), ["a", None]),
    ("share_image", "tenants", pa.array([[]], pa.list_(pa.string())), []),
    ("share_image", "tenants", pa.array([[]], pa.list_(pa.int64())), []),
    ("share_image", "tenants", pa.array([None], pa.list_(pa.string())), None),
    ("share_image", "tenants", pa.array([{"a": "b"}]), {"a": "b"}),
    ("share_image", "tenants", pa.array([["a"]], pa.large_list(pa.large_string())), ["a"]),
    ("update_image", "tags", pa.array([[]], pa.list_(pa.string())), []),
    ("update_image", "tags", pa.array([[]], pa.list_(pa.int64())), []),
    ("update_image", "tags", pa.array([[" a "]]), [" a "]),
    ("update_image", "description", pa.array([None], pa.null()), None),
    ("update_image", "protected", pa.array([1]), 1),
    ("update_image", "protected", pa.array([2]), 2),
    ("update_image", "protected", pa.array([1.0]), 1.0),
    ("grant_credit", "amount", pa.array([0.1]), 0.1),
    ("grant_credit", "amount", pa.array([1e-10]), 1e-10),
    ("grant_credit", "amount", pa.array([7]), 7),
    ("grant_credit", "amount", pa.array([True]), True),
    ("grant_credit", "amount", pa.array([Decimal("1.0000000000")]), Decimal("1.0000000000")),
    ("grant_credit", "amount", pa.array([Decimal("0.0000000001")]), Decimal("0.0000000001")),
    ("buy_contract", "starts_at", pa.array([datetime(2027, 1, 1)]), datetime(2027, 1, 1)),  # noqa: DTZ001 - has no zone
    ("buy_contract", "starts_at", pa.array([date(2027, 1, 1)]), date(2027, 1, 1)),
    ("buy_contract", "starts_at", pa.array([1_700_000_000]), 1_700_000_000),
    ("buy_contract", "starts_at", pa.array([datetime(9001, 1, 1, tzinfo=UTC)]), datetime(9001, 1, 1, tzinfo=UTC)),
    ("buy_contract", "starts_at", pa.array([-(2**62)], pa.timestamp("us")), "before the year 1"),
    ("change_price", "price", pa.array([{"model": "free", "lineage": None}]), {"model": "free"}),
    ("change_price", "price", pa.array([5]), 5),
    ("import_image", "os", pa.array([None], pa.string()), None),
    ("import_image", "os", pa.array([[("type", "linux")]], pa.map_(pa.string(), pa.string())), {"type": "linux"}),
]


@pytest.mark.parametrize(("action", "name", "column", "said"), TYPED, ids=str)
def test_a_typed_column_is_read_as_the_model_reads_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, action: str, name: str, column: pa.Array, said: Any
) -> None:
    """A column of Parquet of another type is converted as the model converts it, or refused as the model refuses it."""
    right = RIGHT[action] | {name: said}
    columns = {
        field: column if field == name else pa.array([json.dumps(value) if isinstance(value, dict) else value])
        for field, value in right.items()
    }
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    assert as_file(con, tmp_path / "rows.parquet", action) == as_batch(
        con, action, {field: value for field, value in right.items() if value is not None}
    )


def test_what_differs_from_a_batch() -> None:
    """A zone that is hours alone is read, as DuckDB and PostgreSQL write it; the model does not read it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        written(file, [RIGHT["buy_contract"] | {"starts_at": "2027-01-01 10:00:00+02"}])
        assert read_bulk(file, "buy_contract").lines == 1
        with pytest.raises(ValidationError):
            Batch.model_validate({"actions": [RIGHT["buy_contract"] | {"starts_at": "2027-01-01 10:00:00+02"}]})
