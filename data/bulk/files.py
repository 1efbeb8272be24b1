"""Bulk batches: a CSV or Parquet file with one action and one column per field.

The checks and the load use a private copy of the file, so changes of the file meanwhile have no effect. DuckDB never
gets the file's own name: in a name it reads ``*``, ``?`` and ``[`` as patterns and ``key=value`` as a column.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from data.access.private_copy import PrivateCopy
from data.bulk.cells import Cell
from domain.batch import Flaw, flawed

if TYPE_CHECKING:
    # at run time it takes longer to import than all of this package
    import pyarrow as pa

DELIMITERS = ",;\t|"
"""The possible delimiters of a CSV file. The first one that appears in the first line is the delimiter."""


@dataclass(frozen=True, slots=True)
class BulkFile:
    """A bulk batch, with the default ``actor`` and ``region`` for rows without them."""

    path: Path
    copy: PrivateCopy = field(repr=False)
    action: str
    actor: str | None
    region: str | None
    cells: Sequence[Cell] = ()
    """The columns in the order of the file; empty before ``check``."""
    one_tenant: bool = False
    """Whether no row names several tenants, so that no lists need to be split."""
    by_model: "Mapping[str, pa.Table]" = field(default_factory=dict, repr=False)
    """The values that the model has read, by field: the text in the file (``text``) and the ``value``."""

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet; else it is CSV."""
        return self.path.suffix.lower() == ".parquet"

    @property
    def header_lines(self) -> int:
        """The number of lines before the first row."""
        return 0 if self.is_parquet else 1

    def scan(self, width: int) -> str:
        """Return the SQL that reads the rows: the first ``width`` columns as c0, c1, …, and ``seq``, the row from 1 on.

        The column names of the file are not used, because they could collide with other names of a query.
        """
        names = [f"c{number}" for number in range(width)]
        if self.is_parquet:
            rows = f"{self._parquet('file_row_number = true')} AS f({', '.join([*names, 'nth'])})"
            return f"SELECT * EXCLUDE (nth), nth + 1 AS seq FROM {rows}"
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        return (
            f"SELECT *, row_number() OVER () AS seq FROM read_csv('{self.copy.name}', auto_detect = false,"
            f" columns = {{{columns}}}, header = true, delim = '{self._delimiter()}', quote = '\"', escape = '\"',"
            " nullstr = '', compression = 'none')"
        )

    def columns(self, con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        """Return the names of the file's columns and their DuckDB types. A name can appear twice.

        Raises:
            BatchError: if the file cannot be read.
        """
        if not self.is_parquet:
            return [(name, "VARCHAR") for name in self._header()]
        try:
            nodes = con.execute(f"SELECT name, num_children FROM parquet_schema('{self.copy.name}')").fetchall()
            types = [row[1] for row in con.execute(f"DESCRIBE SELECT * FROM {self._parquet()}").fetchall()]
        except duckdb.Error as error:
            raise self.unreadable(error) from None
        return list(zip(_top_level(nodes), types, strict=True))

    def unreadable(self, error: duckdb.Error) -> Exception:
        """Return an error with DuckDB's reason why it cannot read the file, without the name of the copy."""
        reason = str(error).splitlines()[0].replace(self.copy.name, self.path.name)
        return flawed(self.path, [Flaw(None, "", f"cannot be read: {reason}")])

    def _parquet(self, more: str = "file_row_number = false") -> str:
        return f"read_parquet('{self.copy.name}', binary_as_string = true, hive_partitioning = false, {more})"

    def _header(self) -> list[str]:
        try:
            line = self._first_line().decode("utf-8")
            return [name.strip() for name in next(csv.reader(io.StringIO(line), delimiter=self._delimiter()), [])]
        except (UnicodeDecodeError, csv.Error) as error:
            raise flawed(self.path, [Flaw(1, "", f"the first line must name the columns: {error}")]) from None

    def _delimiter(self) -> str:
        line = self._first_line().decode("utf-8", "replace")
        found = [delimiter for delimiter in DELIMITERS if delimiter in line]
        return min(found, key=line.index) if found else ","

    def _first_line(self) -> bytes:
        return re.split(rb"[\r\n]", self.copy.first_bytes.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0]


def _top_level(nodes: list[tuple[str, int | None]]) -> list[str]:
    """Return the names of a Parquet file's columns from its schema: a tree, each node before its children."""
    names: list[str] = []
    descendants_left = 0  # nodes of the current column that are still to come
    for name, children in nodes[1:]:
        if descendants_left == 0:
            names.append(name)
        descendants_left += (children or 0) - (descendants_left > 0)
    return names
