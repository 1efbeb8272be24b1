"""Files that the cloud itself fetches: the URLs that are allowed, and the facts of a file at a URL."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

from domain.cloud import FileFacts
from flows.clouds.formats import HEAD, TAIL, facts_of, in_blocks

TIMEOUT_S = 30
HOPS = 3
"""How many redirects are followed. Each must lead to an allowed URL."""


class AllowedUrls:
    """URL prefixes such as ``https://cloud.debian.org/images/``. Files below them may be fetched."""

    def __init__(self, beginnings: Sequence[str] = ()) -> None:
        self._beginnings = [urlsplit(beginning) for beginning in beginnings]

    def allow(self, url: str) -> bool:
        """Return whether a URL is below a prefix: same scheme, host and port, and a path without ``..``."""
        requested = urlsplit(url)
        return any(_below(requested, beginning) for beginning in self._beginnings)

    def inspect_url(self, url: str) -> FileFacts:
        """Return the facts of the file at a URL. At most its first 4 MiB and its last bytes are read.

        ``found`` is False if the URL is not allowed, the file does not exist, or the server does not support range
        requests: without them, the size and the end of the file are known only after a download of all of it.
        """
        head = self._range(url, f"bytes=0-{HEAD - 1}", HEAD)
        if head is None:
            return FileFacts(found=False)
        first, size = head
        last = first[-TAIL:]
        if size > len(first):
            tail = self._range(url, f"bytes={max(0, size - TAIL)}-{size - 1}", TAIL)
            if tail is None or tail[1] != size:
                return FileFacts(found=False)
            last = tail[0]
        return facts_of(size, in_blocks(first), last)

    def _range(self, url: str, byte_range: str, limit: int) -> tuple[bytes, int] | None:
        """Return a range of the file, and the file's size. Each redirect is checked, so that none leads elsewhere."""
        for _ in range(HOPS + 1):
            if not self.allow(url):
                return None
            try:
                with requests.get(
                    url,
                    headers={"Range": byte_range, "Accept-Encoding": "identity"},
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
                    return _read(answer, limit), size
            except (requests.RequestException, KeyError, ValueError):
                return None
        return None


def _read(answer: requests.Response, limit: int) -> bytes:
    """Read at most ``limit`` bytes, even if the server sends more."""
    read = bytearray()
    for piece in answer.iter_content(64 << 10):
        read += piece
        if len(read) >= limit:
            break
    return bytes(read[:limit])


def _below(requested: SplitResult, beginning: SplitResult) -> bool:
    if requested.scheme not in {"http", "https"} or requested.username is not None or ".." in requested.path.split("/"):
        return False
    same = (requested.scheme, requested.hostname, _port(requested)) == (
        beginning.scheme,
        beginning.hostname,
        _port(beginning),
    )
    return same and requested.path.startswith(beginning.path.rstrip("/") + "/")


def _port(url: SplitResult) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
