"""How DuckDB reads the cells of a bulk file, and which cells only the model can read.

DuckDB reads plain values, a million rows at a time. Values that DuckDB and the model could read differently (``1.0`` as
a whole number, ``yes``, ``1e3``, a time with nanoseconds) are read by the model, each different value once.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import StringConstraints

from domain.actions import MODELS
from domain.vocabulary import WHITE_SPACE

NESTED = ("os", "price")
"""Fields that are models themselves: JSON text or a struct in one column."""

Kind = Literal["text", "integer", "number", "boolean", "time", "list", "model"]

WORDS = {
    "text": "text",
    "integer": "a whole number",
    "number": "an amount",
    "boolean": "true or false",
    "time": "a time",
    "list": "a list",
}
TEXT = r"VARCHAR|JSON|ENUM\(.*\)"
WHOLE = r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)"
NUMBER = rf"{WHOLE}|FLOAT|DOUBLE|DECIMAL\(.*\)"
MOMENT = r"DATE|TIMESTAMP.*"
FITS: dict[str, str] = {
    "text": TEXT,
    "integer": f"VARCHAR|BOOLEAN|{NUMBER}",
    "number": f"VARCHAR|{NUMBER}",
    "boolean": f"VARCHAR|BOOLEAN|{NUMBER}",
    "time": f"VARCHAR|{NUMBER}|{MOMENT}",
    "list": rf"{TEXT}|({TEXT}|BOOLEAN|UUID|{NUMBER}|{MOMENT})\[\]",
    "model": r"(?s).*",
}
"""The DuckDB types of a column that can contain values of a kind, as a regular expression."""

DUCKDB = {"integer": "BIGINT", "number": "DECIMAL(18, 9)", "boolean": "BOOLEAN", "time": "TIMESTAMPTZ"}

PLAIN_TIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4])(:[0-5][0-9])?)?)?"
)
"""A time in ISO 8601. The time zone may be hours only, as DuckDB and PostgreSQL write it."""
PLAIN_FORM = {
    "integer": "-?[0-9]{1,18}",
    "number": r"-?[0-9]{1,9}(\.[0-9]{1,9})?",
    "boolean": "true|false",
    "time": PLAIN_TIME,
}
"""Text that DuckDB and the model read in the same way, as a regular expression."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The cells of one column of the file: the field they are for, and their form in the file."""

    field: str
    column: str
    """The column's name in the scan."""
    type: str
    """Its DuckDB type."""
    kind: Kind
    strips: bool
    """Whether the model strips white space from the text, or from each text of a list."""

    @property
    def fits(self) -> bool:
        """Whether a column of this type can contain values of the field."""
        return re.fullmatch(FITS[self.kind], self.type) is not None

    @property
    def is_text(self) -> bool:
        """Whether the cells are text."""
        return re.fullmatch(TEXT, self.type) is not None

    @property
    def value(self) -> str:
        """The value of a plain cell, as SQL."""
        if not self.fits or self.kind == "model":
            return "NULL"
        if self.kind == "text":
            return self._stripped(f"{self.column}::VARCHAR")
        if self.kind == "list":
            return self._list()
        # as text, because a binary floating-point number has more decimals than were written
        column = f"{self.column}::VARCHAR" if self.kind == "number" else self.column
        return f"TRY_CAST({column} AS {DUCKDB[self.kind]})"

    @property
    def is_plain(self) -> str:
        """SQL condition: whether the model would read ``value``. If not, the model must read the cell itself."""
        if self.kind == "model":
            return "FALSE"
        if not self.fits or self.kind == "text":
            return "TRUE"
        if self.kind == "list":
            return self._plain_list()
        if self.kind == "number" or self.type == "VARCHAR":
            form = f"regexp_full_match({self.column}::VARCHAR, '{PLAIN_FORM[self.kind]}')"
            return f"{form} AND {self.value} IS NOT NULL"
        natural = {"integer": WHOLE, "boolean": "BOOLEAN", "time": MOMENT}[self.kind]
        return f"{self.value} IS NOT NULL" if re.fullmatch(natural, self.type) else "FALSE"

    @property
    def needs_model(self) -> str:
        """SQL condition: whether the model must read a cell."""
        return f"{self.column} IS NOT NULL AND NOT coalesce({self.is_plain}, FALSE)"

    @property
    def key(self) -> str:
        """The cell as text that is the same for equal values, as SQL."""
        nested = self.kind == "model" and not self.is_text
        return f"to_json({self.column})::VARCHAR" if nested else f"{self.column}::VARCHAR"

    def _stripped(self, text: str) -> str:
        return trimmed(text) if self.strips else text

    def _list(self) -> str:
        if not self.is_text:
            return f"list_transform({self.column}::VARCHAR[], lambda item: {self._stripped('item')})"
        text = f"{self.column}::VARCHAR"
        split = f"list_transform(string_split_regex({text}, '[;,]'), lambda item: {trimmed('item')})"
        json = f"from_json(TRY_CAST({text} AS JSON), '[\"VARCHAR\"]')"
        return (
            f"CASE WHEN {self._is_json()} THEN list_transform({json}, lambda item: {self._stripped('item')})"
            f" ELSE list_filter({split}, lambda item: item <> '') END"
        )

    def _plain_list(self) -> str:
        if not self.is_text:
            return "TRUE" if re.fullmatch(rf"({TEXT})\[\]", self.type) else "FALSE"
        json = f"TRY_CAST({self.column}::VARCHAR AS JSON)"
        of_texts = f"len(list_filter(json_type({json}, '$[*]'), lambda item: item <> 'VARCHAR')) = 0"
        return f"CASE WHEN {self._is_json()} THEN json_type({json}) = 'ARRAY' AND {of_texts} ELSE TRUE END"

    def _is_json(self) -> str:
        return f"starts_with(ltrim({self.column}::VARCHAR), '[')"


def trimmed(text: str) -> str:
    """Return the SQL for a text without white space at its ends, as pydantic strips it."""
    # trim with a set of characters takes seconds for a million rows, and few texts have white space at their ends
    ends = f"contains('{WHITE_SPACE}', left({text}, 1)) OR contains('{WHITE_SPACE}', right({text}, 1))"
    return f"CASE WHEN {ends} THEN trim({text}, '{WHITE_SPACE}') ELSE {text} END"


def cells_of(action: str, columns: list[tuple[str, str]], schema: dict[str, Any]) -> list[Cell]:
    """Return the cells of a file's columns. Each column is a field of the action."""
    kinds = [_kind(name, plain(schema["properties"][name], schema)) for name, _ in columns]
    return [
        Cell(name, f"c{number}", type_name, kind, _strips(action, name))
        for number, ((name, type_name), kind) in enumerate(zip(columns, kinds, strict=True))
    ]


def plain(field_schema: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of a field with references resolved, and without "or null"."""
    if "$ref" in field_schema:
        found: dict[str, Any] = schema["$defs"][field_schema["$ref"].rsplit("/", 1)[1]]
        return found
    options = [option for option in field_schema.get("anyOf", []) if option.get("type") != "null"]
    return plain(options[0], schema) if options else field_schema


def _kind(name: str, field_schema: dict[str, Any]) -> Kind:
    if name in NESTED:
        return "model"
    kinds: dict[str, Kind] = {
        "array": "list",
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "date-time": "time",
    }
    return kinds.get(str(field_schema.get("format", field_schema.get("type"))), "text")


def _strips(action: str, name: str) -> bool:
    field = MODELS[action].model_fields[name]
    return any(_has_strip(part) for part in (field.annotation, *field.metadata))


def _has_strip(part: Any) -> bool:
    """Search an annotation for ``strip_whitespace``: the JSON schema does not contain it."""
    if isinstance(part, StringConstraints):
        return bool(part.strip_whitespace)
    return any(_has_strip(inner) for inner in get_args(part))
