"""Shows the folder of the reports to a browser on this machine, while the home is up."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from flows.settings import Settings


def reports_url(settings: Settings) -> str:
    """Where the folder of the reports is to be seen while the home is up."""
    return f"http://127.0.0.1:{settings.prefect_port + 1}/"


@contextmanager
def showing_reports(settings: Settings, tell: Callable[[str], None]) -> Iterator[None]:
    """Show the folder of the reports on loopback, where its port is free."""
    try:
        server = ThreadingHTTPServer(
            ("127.0.0.1", settings.prefect_port + 1), partial(_Pages, directory=str(settings.reports))
        )
    except OSError:
        tell(f"Port {settings.prefect_port + 1} is taken, so the reports are only in the folder {settings.reports}.")
        yield
        return
    threading.Thread(target=server.serve_forever, daemon=True, name="reports").start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Pages(SimpleHTTPRequestHandler):
    """Gives the files of one folder to a browser on this machine, and does nothing else."""

    def do_GET(self) -> None:
        """Give a file, or the list of the folder."""
        folder = Path(self.directory).resolve()
        asked = Path(self.translate_path(self.path)).resolve()
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):
            # a page of the web that has its name lead to this machine must not read what is here
            self.send_error(403)
        elif not asked.is_relative_to(folder):
            self.send_error(404)
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        """There is only GET."""
        self.send_error(501)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal is for what the home has to say."""
