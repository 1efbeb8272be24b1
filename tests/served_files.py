"""A small web server for files: it answers ranges, redirects, and can be told not to."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Files(ThreadingHTTPServer):
    """Serves ``files`` by their paths, and sends those who ask for a path of ``moved`` elsewhere."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.files = dict(files)
        self.moved: dict[str, str] = {}
        self.ranges = True
        self.sent = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Asked(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Send a file, or a part of it."""
        here: Any = self.server
        if self.path in here.moved:
            return self._send(302, b"", {"Location": here.moved[self.path]})
        content = here.files.get(self.path)
        if content is None:
            return self._send(404, b"", {})
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked is None or not here.ranges:
            return self._send(200, content, {})
        first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
        part = content[first : last + 1]
        return self._send(206, part, {"Content-Range": f"bytes {first}-{last}/{len(content)}"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        here: Any = self.server
        here.sent += len(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving_files(files: Mapping[str, bytes]) -> Iterator[Files]:
    """A server of files, for as long as the block."""
    server = Files(files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
