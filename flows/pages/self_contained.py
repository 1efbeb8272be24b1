"""Check that an HTML page needs no network."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

FETCHED = {"src", "srcset", "href", "xlink:href", "data", "poster", "action"}


def external_addresses(html: str) -> list[str]:
    """Return the addresses that a browser would fetch to open the page; none if the page is self-contained.

    Links that a reader can click, and data inside the page, do not count.
    """
    parser = _Fetched()
    parser.feed(html)
    return sorted(parser.addresses)


class _Fetched(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within = tag
        if tag != "a":
            self._note(value for name, value in attrs if name in FETCHED)

    def handle_data(self, data: str) -> None:
        if self.within == "style":
            self._note(re.findall(r"(?:@import\s+|url\()[\"']?([^\"')]+)", data))
        elif self.within == "script":
            self._note(re.findall(r"(?:\bfrom|\bimport)\s*\(?\s*[\"'](https?:[^\"']+)", data))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (HTMLParser calls it so)
        self.within = ""

    def _note(self, values: Iterable[str | None]) -> None:
        self.addresses |= {value for value in values if value and not value.startswith(("data:", "#"))}
