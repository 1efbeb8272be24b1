"""Tables in Markdown, for the pages of runs in Prefect's UI."""

from collections.abc import Iterable, Sequence
from html import escape


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()) -> str:
    """Return a table. Its cells are escaped, so a bar, line break or tag in them is not read as Markdown.

    Args:
        header: the names of the columns.
        rows: the cells; None is an empty cell.
        numbers: the columns that are aligned to the right.
    """
    rule = ["---:" if name in numbers else "---" for name in header]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *(map(_cell, row) for row in rows)))


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value), quote=False).replace("|", "\\|").replace("\n", "<br>")
