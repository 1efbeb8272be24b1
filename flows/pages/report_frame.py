"""The frame of the report pages: navigation bar, table of contents, and the index of all pages."""

import os
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from data.access.private_folders import put_in_place

FIGURES = r'<ul class="figures">.*?</ul>'
STATE = r'<p class="state">.*?</p>'
"""Parts of a page that the index repeats: the key figures, and the line with the contents of the warehouse."""
INDEX = "index.html"

Headings = Mapping[str, tuple[str, str]]
"""All pages by file name: title, and a sentence about the page."""


def full_page(body: str, page: str, headings: Headings, *, script: str = "") -> str:
    """Return a complete HTML page.

    Args:
        body: HTML. Its sections begin with h2.
        page: the file name of the page.
        headings: all pages.
        script: JavaScript that must be loaded before the body.
    """
    body, contents = _with_contents(body)
    title = headings[page][0] if page in headings else page.removesuffix(".html")
    charts = f"<script>{script}</script>" if script else ""
    return _fill_template(
        title=escape(title), links=_links(page, headings), contents=contents, body=body, charts=charts
    )


def index_of(folder: Path, headings: Headings) -> str:
    """Return the index page: links to all pages of a folder, with their key figures."""
    pages = {name: (folder / name).read_text(encoding="utf-8") for name in headings if (folder / name).exists()}
    cards = [
        f'<a class="card" href="{name}"><h2>{escape(headings[name][0])}</h2><p>{escape(headings[name][1])}</p>'
        f"{_first_match(FIGURES, html)}</a>"
        for name, html in pages.items()
    ]
    newest = max(pages, key=lambda name: (folder / name).stat().st_mtime_ns)
    body = f"<h1>Reports</h1>{_first_match(STATE, pages[newest])}{''.join(cards)}"
    return _fill_template(title="Reports", links=_links(INDEX, headings), contents="", body=body, charts="")


def write_page(page: Path, html: str) -> Path:
    """Write a page in one step, so that no reader sees an incomplete file. Return its path."""
    handle, draft = tempfile.mkstemp(dir=page.parent, suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(html)
    put_in_place(Path(draft), page)
    return page


def _with_contents(body: str) -> tuple[str, str]:
    """Return the body with an id for each section, and a table of contents; it is empty for a single section."""
    first, *sections = re.split(r"<h2>(.*?)</h2>", body)
    titles, texts = sections[::2], sections[1::2]
    with_ids = "".join(
        f'<h2 id="section-{number}">{title}</h2>{text}'
        for number, (title, text) in enumerate(zip(titles, texts, strict=True), start=1)
    )
    links = "".join(f'<a href="#section-{number}">{title}</a>' for number, title in enumerate(titles, start=1))
    contents = f'<nav class="contents"><b>On this page</b>{links}</nav>' if len(titles) > 1 else ""
    return first + with_ids, contents


def _links(current: str, headings: Headings) -> str:
    titles = {INDEX: "All reports"} | {page: title for page, (title, _) in headings.items()}
    return "".join(
        f"<b>{escape(title)}</b>" if page == current else f'<a href="{page}">{escape(title)}</a>'
        for page, title in titles.items()
    )


def _first_match(pattern: str, html: str) -> str:
    found = re.search(pattern, html, re.DOTALL)
    return found.group(0) if found else ""


def _fill_template(**parts: str) -> str:
    folder = Path(__file__).parent
    parts["published_at"] = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    parts["style"] = (folder / "report_page.css").read_text(encoding="utf-8")
    html = (folder / "report_page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda variable: parts[variable.group(1)], html)
