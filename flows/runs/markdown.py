"""Tables in Markdown, for the pages that runs leave in the Prefect UI."""

from collections.abc import Iterable, Sequence
from html import escape


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()) -> str:
    """A table whose cells are told as they are: no bar, line break or tag in them is taken for Markdown.

    Args:
        header: the columns.
        rows: their cells; None is an empty one.
        numbers: the columns that are aligned to the right.
    """
    rule = ["---:" if name in numbers else "---" for name in header]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *(map(_cell, row) for row in rows)))


def _cell(said: object) -> str:
    return "" if said is None else escape(str(said), quote=False).replace("|", "\\|").replace("\n", "<br>")
