"""Files that the cloud fetches by itself: from where that is allowed, and what their first and last bytes say."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

from domain.cloud import FileFacts
from flows.clouds.formats import HEAD, TAIL, facts_of, in_blocks

TIMEOUT_S = 30
HOPS = 3
"""How many redirects are followed, each of them to an allowed place."""


class AllowedUrls:
    """Beginnings of URLs, such as ``https://cloud.debian.org/images/``; what is below them may be fetched."""

    def __init__(self, beginnings: Sequence[str] = ()) -> None:
        self._beginnings = [urlsplit(beginning) for beginning in beginnings]

    def allow(self, url: str) -> bool:
        """Whether a URL is below one of the places: same scheme, host and port, and a path that does not climb."""
        asked = urlsplit(url)
        return any(_below(asked, beginning) for beginning in self._beginnings)

    def inspect_url(self, url: str) -> FileFacts:
        """What the file at a URL is; at most its first 4 MiB and its end are read.

        What may not be fetched, is not there, or lies on a server that answers no ranges is ``found=False``: how long
        it is and what it ends in could only be known by fetching all of it.
        """
        head = self._part(url, f"bytes=0-{HEAD - 1}", HEAD)
        if head is None:
            return FileFacts(found=False)
        first, size = head
        last = first[-TAIL:]
        if size > len(first):
            tail = self._part(url, f"bytes={max(0, size - TAIL)}-{size - 1}", TAIL)
            if tail is None or tail[1] != size:
                return FileFacts(found=False)
            last = tail[0]
        return facts_of(size, in_blocks(first), last)

    def _part(self, url: str, part: str, most: int) -> tuple[bytes, int] | None:
        """A range of the file, and how long the file is."""
        for _ in range(HOPS + 1):
            if not self.allow(url):
                return None
            try:
                with requests.get(
                    url,
                    headers={"Range": part, "Accept-Encoding": "identity"},
                    stream=True,
                    timeout=TIMEOUT_S,
                    allow_redirects=False,
                ) as answer:
                    if answer.is_redirect:
                        url = urljoin(url, answer.headers["location"])
                        continue
                    if answer.status_code != HTTPStatus.PARTIAL_CONTENT:
                        return None
                    size = int(answer.headers["Content-Range"].rpartition("/")[2])
                    return _read(answer, most), size
            except (requests.RequestException, KeyError, ValueError):
                return None
        return None


def _read(answer: requests.Response, most: int) -> bytes:
    """No more than so many bytes, whatever the server sends."""
    read = bytearray()
    for piece in answer.iter_content(64 << 10):
        read += piece
        if len(read) >= most:
            break
    return bytes(read[:most])


def _below(asked: SplitResult, beginning: SplitResult) -> bool:
    if asked.scheme not in {"http", "https"} or asked.username is not None or ".." in asked.path.split("/"):
        return False
    same = (asked.scheme, asked.hostname, _port(asked)) == (beginning.scheme, beginning.hostname, _port(beginning))
    return same and asked.path.startswith(beginning.path.rstrip("/") + "/")


def _port(url: SplitResult) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
