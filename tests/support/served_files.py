"""A small web server for files: it answers ranges, redirects, and can be told not to."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from support.small_server import QuietHandler, SmallServer, running


class Files(SmallServer):
    """Serves ``files`` by their paths, and sends those who ask for a path of ``moved`` elsewhere."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(Asked)
        self.files = dict(files)
        self.moved: dict[str, str] = {}
        self.ranges = True
        self.sent = 0


class Asked(QuietHandler):
    """One request."""

    def do_GET(self) -> None:  # noqa: N802 - the server's name
        """Send a file, or a part of it."""
        here: Any = self.server
        if self.path in here.moved:
            return self.say(302, {"Location": here.moved[self.path]}, b"")
        content = here.files.get(self.path)
        if content is None:
            return self.say(404, {}, b"")
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked is None or not here.ranges:
            return self.say(200, {}, content)
        first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
        part = content[first : last + 1]
        here.sent += len(part)
        return self.say(206, {"Content-Range": f"bytes {first}-{last}/{len(content)}"}, part)


@contextmanager
def serving_files(files: Mapping[str, bytes]) -> Iterator[Files]:
    """A server of files, for as long as the block."""
    with running(Files(files)) as server:
        yield server
