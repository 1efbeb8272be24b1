"""Markdown of the reference pages: the note at the top, headings, tables and code."""

import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Generated from {source}. Do not edit: run `make reference`. -->"


def document(title: str, source: str, introduction: str, sections: Iterable[str]) -> str:
    """A whole page. ``source`` names the code that it is generated from."""
    parts = [NOTE.format(source=source), f"# {title}", introduction.strip(), *(part.strip() for part in sections)]
    return "\n\n".join(part for part in parts if part) + "\n"


def section(title: str, *paragraphs: str, level: int = 2) -> str:
    """A heading with what follows it."""
    return "\n\n".join([f"{'#' * level} {title}", *(text.strip() for text in paragraphs if text)])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty if it has no rows."""
    lines = [f"| {' | '.join(_cell(text) for text in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(header)} |", f"|{'---|' * len(header)}", *lines]) if lines else ""


def code(text: object) -> str:
    """Text in code font; empty text stays empty."""
    text = str(text)
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}" if text else ""


def prose(text: str | None) -> str:
    """A docstring or description as Markdown: one paragraph, with a capital and a full stop."""
    text = " ".join((text or "").replace("``", "`").split())
    if not text:
        return ""
    word = re.split(r"[\s,;:]", text, maxsplit=1)[0]
    first = text if re.search(r"[-_./`\d]", word) else text[0].upper() + text[1:]
    return first if first[-1] in ".:!?" else f"{first}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
