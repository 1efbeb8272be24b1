"""Of a bulk file, exactly the bytes that were named are read, and exactly the columns that the action has."""

import gc
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.access.private_copy import PrivateCopy
from domain.actions import MODELS
from domain.batch import BatchError
from flows.batches.bulk_files import BulkBatch, read_bulk
from support.fakes import BEGINNING

WHO = {"actor": "acme", "region": "eu-west-0"}
INTERNAL = (
    "seq", "row", "nth", "tenant", "file_row_number", "made", "new_id", "said",
    "happened_at", "batch_id", "value", "c0",
)  # fmt: skip
NAMES = (
    *("g[1]", "s*", "?", "a'b", 'a"b', "a b", "é\u0301ü", "actor=evil", "x.gz", "x.parquet", "{uuid}", "$x", "-x"),
    *("a,b", "a;b", "~", "#", "%41", "http:", "[!a]"),
)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that lives on between files, as the warehouse's does."""
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        yield engine


def tenants_of(con: duckdb.DuckDBPyConnection, work: BulkBatch) -> list[str]:
    """The tenants of the requests of a file."""
    for group in work.groups(BEGINNING, BEGINNING, set()):
        group.load(con, 0)
    return [tenant for (tenant,) in con.execute("SELECT tenant FROM request ORDER BY row").fetchall()]


def shares(file: Path, tenant: str) -> Path:
    """A file that shares an image with a tenant."""
    if file.suffix == ".csv":
        file.write_text(f"image,tenants\nweb,{tenant}\n")
    else:
        pq.write_table(pa.table({"image": ["web"], "tenants": [tenant]}), file)
    return file


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_that_name_is_read_and_no_other(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, ending: str
) -> None:
    """Whatever its name: not as a pattern that other files match, not as columns, not as a way to unpack it."""
    for other in ("g1", "s1", "sx", "a", "b", "x"):
        shares(tmp_path / f"{other}{ending}", "somebody-else")
    file = shares(tmp_path / f"{name}{ending}", "umbrella")
    assert tenants_of(con, read_bulk(file, "share_image", **WHO)) == ["umbrella"]
    assert tenants_of(con, read_bulk(file, "share_image", actor="acme", region="eu-west-0")) == ["umbrella"]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_what_was_checked_is_what_is_loaded(con: duckdb.DuckDBPyConnection, tmp_path: Path, ending: str) -> None:
    """A file that is written again after it was read, in place or anew, changes nothing of the work that was read."""
    file = shares(tmp_path / f"rows{ending}", "umbrella")
    work = read_bulk(file, "share_image", **WHO)
    with file.open("r+b") as opened:
        opened.write(b"X" * 40)
    assert tenants_of(con, work) == ["umbrella"]
    file.unlink()
    shares(file, "hooli")
    assert tenants_of(con, work) == ["umbrella"]
    again = read_bulk(file, "share_image", **WHO)
    assert tenants_of(con, again) == ["hooli"]
    assert again.batch_id != work.batch_id


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_descriptor_that_is_used_again_is_another_file(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, ending: str
) -> None:
    """Files of one size and time, read one after the other by the same name of a descriptor, are told apart."""
    names = set()
    for number in range(6):
        work = read_bulk(shares(tmp_path / f"rows{ending}", f"tenant-{number}"), "share_image", **WHO)
        os.utime(int(work.bulk.copy.name.rsplit("/", 1)[1]), (1_000_000_000, 1_000_000_000))
        names.add(work.bulk.copy.name)
        assert tenants_of(con, work) == [f"tenant-{number}"]
        work.bulk.copy.close()
        del work
        gc.collect()
    assert len(names) == 1


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """Nobody may ever write to it, so waiting for what it holds would take for ever."""
    os.mkfifo(tmp_path / "rows.csv")
    with pytest.raises(BatchError, match=r"rows\.csv: cannot be read: it is no regular file"):
        read_bulk(tmp_path / "rows.csv", "share_image", actor="acme", region="eu-west-0")


def test_a_copy_ends_with_what_holds_it(tmp_path: Path) -> None:
    """The copy has no name, only its owner can read it, and its descriptor is closed with the work."""
    with shares(tmp_path / "rows.csv", "umbrella").open("rb") as file:
        copy = PrivateCopy(file)
    descriptor = int(copy.name.rsplit("/", 1)[1])
    assert os.fstat(descriptor).st_nlink == 0
    assert os.fstat(descriptor).st_mode & 0o077 == 0
    assert not os.get_inheritable(descriptor)
    del copy
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize("name", [*INTERNAL, *map(str.upper, INTERNAL), "Image", "as", "as_", "action", "", "tags"])
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_column_that_the_action_does_not_have_is_an_error(tmp_path: Path, name: str, ending: str) -> None:
    """It names the column, also where we have one of that name ourselves."""
    file = tmp_path / f"rows{ending}"
    if ending == ".csv":
        file.write_text(f"image,tenants,{name}\nweb,umbrella,5\n")
    else:
        pq.write_table(pa.table([["web"], ["umbrella"], [5]], names=["image", "tenants", name]), file)
    shown = name or "a column without a name"
    with pytest.raises(BatchError, match=rf"rows{ending}: {re.escape(shown)}: share_image has no such field"):
        read_bulk(file, "share_image", **WHO)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_column_that_is_there_twice_is_an_error(tmp_path: Path, ending: str) -> None:
    """Of two columns of one name nobody knows which is meant."""
    file = tmp_path / f"rows{ending}"
    if ending == ".csv":
        file.write_text("image,tenants,image\nweb,umbrella,other\n")
    else:
        table = pa.table([["web"], [{"a": [{"b": 1}]}], ["umbrella"], ["x"]], names=["image", "os", "tenants", "image"])
        pq.write_table(table, file)
    with pytest.raises(BatchError, match=r"image: there is more than one column of this name"):
        read_bulk(file, "share_image", **WHO)


CSV = {
    "a mark of the byte order": b"\xef\xbb\xbfimage,tenants\nweb,umbrella\n",
    "lines as Windows ends them": b"image,tenants\r\nweb,umbrella\r\n",
    "semicolons": b"image;tenants\nweb;umbrella\n",
    "tabs": b"image\ttenants\nweb\tumbrella\n",
    "quotes": b'"image","tenants"\n"web","umbrella"\n',
    "no end of line": b"image,tenants\nweb,umbrella",
    "spaces in the header": b"image, tenants\nweb,umbrella\n",
}


@pytest.mark.parametrize("content", CSV.values(), ids=CSV.keys())
def test_csv_as_programs_write_it(con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes) -> None:
    """What stands between the columns is seen in the first line; no row is taken for a remark or a header."""
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    assert tenants_of(con, read_bulk(file, "share_image", **WHO)) == ["umbrella"]
    file.write_bytes(content.replace(b"umbrella", b"#umbrella"))
    assert tenants_of(con, read_bulk(file, "share_image", **WHO)) == ["#umbrella"]


def error_of(file: Path) -> str:
    """What is wrong with a file; nothing where it can be read."""
    try:
        read_bulk(file, "share_image", **WHO)
    except BatchError as error:
        return str(error)
    return ""


@given(content=st.binary(max_size=60) | st.text(alphabet='image,tes\n\r";[]{}\x00é', max_size=60).map(str.encode))
def test_whatever_the_bytes_the_error_names_the_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Bytes that are no CSV and no Parquet are an error of ours, of one line a flaw."""
    folder = tmp_path_factory.mktemp("rows")
    for name, start in (("rows.csv", b""), ("rows.csv", b"image,tenants\n"), ("rows.parquet", b"PAR1")):
        (folder / name).write_bytes(start + content)
        told = error_of(folder / name)
        assert all(line.startswith((str(folder / name), "… and")) for line in told.splitlines())


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("share_image", {"tenants": "a" * 129}, "tenants: must have at most 128 characters"),
    ("share_image", {"tenants": "a;" + "b" * 129}, "tenants: each item must have at most 128 characters"),
    ("share_image", {"tenants": ["a", None]}, "tenants: each item must not be null"),
    ("share_image", {"tenants": ["a", " "]}, "tenants: each item must have at least 1 character"),
    ("share_image", {"tenants": ["a\x1b[2J"]}, "tenants: each item must look like"),
    ("share_image", {"tenants": ["a\x9b"]}, "tenants: each item must look like"),
    ("share_image", {"tenants": []}, "tenants: must not be empty"),
    ("share_image", {"image": " $web"}, "image: only YAML batches can contain handles"),
    ("share_image", {"region": "../../evil"}, "region: must look like"),
    ("share_image", {"actor": "a\x1b"}, "actor: must look like"),
    ("update_image", {"tags": ["x" * 256]}, "tags: each item must have at most 255 characters"),
    ("update_image", {"tags": ["\x1b"]}, "tags: each item must look like"),
    ("update_image", {"min_disk_gb": 1.5}, "min_disk_gb: input should be a valid integer"),
    ("update_image", {"name": 5}, "name: must be text, and the column is BIGINT"),
    ("update_image", {"description": {"a": 1}}, "description: must be text, and the column is STRUCT"),
    ("update_image", {"tags": {"a": 1}}, "tags: must be a list, and the column is STRUCT"),
    ("update_image", {"protected": "perhaps"}, "protected: input should be a valid boolean"),
]


@pytest.mark.parametrize(("action", "wrong", "message"), WRONG, ids=str)
def test_each_value_is_checked_and_the_row_is_named(
    tmp_path: Path, action: str, wrong: dict[str, Any], message: str
) -> None:
    """The second row is wrong in one value: nothing is read, and the message names row and field."""
    right = {"image": "web", **({"tenants": "umbrella"} if action == "share_image" else {}), **WHO}
    first = {name: right.get(name) for name in {**right, **wrong}}
    columns: dict[str, Any] = {
        name: pa.array([None if isinstance(wrong.get(name), dict | list) else first[name], said])
        if name in wrong
        else pa.array([first[name], said])
        for name, said in {**right, **wrong}.items()
    }
    if isinstance(wrong.get("tenants"), list):
        columns["tenants"] = pa.array([["umbrella"], wrong["tenants"]], pa.list_(pa.string()))
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    with pytest.raises(BatchError, match=re.escape(f"rows.parquet:2: {message}")):
        read_bulk(tmp_path / "rows.parquet", action)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"region": "../../evil"}, r"--region: string should match pattern"),
        ({"actor": "a\x1b[2J"}, r"--actor: string should match pattern .* \(it is 'a\\x1b\[2J'\)"),
        ({"actor": "a" * 129}, "--actor: string should have at most 128 characters"),
        ({"actor": "a\ud800"}, "--actor: input should be a valid string"),
        ({"batch_id": "\x1b[2J"}, "--batch-id: string should match pattern"),
        ({"batch_id": "a" * 129}, "--batch-id: string should match pattern"),
        ({"profile": "../seed"}, "--profile: string should match pattern"),
        ({"profile": "moon"}, "--profile: there is no profile 'moon'; there are"),
    ],
    ids=str,
)
def test_what_is_given_with_a_file_is_checked_first(tmp_path: Path, given_: dict[str, str], message: str) -> None:
    """An argument that the model refuses is named as it is typed, before the file is looked for."""
    with pytest.raises(BatchError, match=f"^{message}"):
        read_bulk(tmp_path / "gone.csv", "share_image", **given_)


def test_an_actor_that_is_given_fills_cells_that_are_empty(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """As at the top of a batch; and it is stripped, as the model strips it."""
    (tmp_path / "rows.csv").write_text("image,tenants,actor\nweb,umbrella,\nweb,umbrella,initech\n")
    work = read_bulk(tmp_path / "rows.csv", "share_image", actor=" acme\u2003", region="eu-west-0")
    tenants_of(con, work)
    assert con.execute("SELECT actor FROM request ORDER BY row").fetchall() == [("acme",), ("initech",)]


def test_a_batch_keeps_its_id(tmp_path: Path) -> None:
    """The id of a bulk batch is the hash of what it was given and of the file's bytes, as it always was."""
    (tmp_path / "rows.csv").write_bytes(b"image,tenants\nweb,umbrella\n")
    work = read_bulk(tmp_path / "rows.csv", "share_image", **WHO)
    assert work.batch_id == "dfe81506f7edb1a879ba1e81e31aa533"
    assert set(MODELS) > work.actions
