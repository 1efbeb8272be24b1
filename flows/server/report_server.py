"""Serve the report pages to browsers on this machine while ``imagekeeper up`` runs."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flows.server.access import report_key
from flows.settings import Settings

STOP_S = 2
"""How long a response may take to complete when the server stops, in seconds."""


def reports_url(settings: Settings) -> str:
    """Return the link that opens the reports without a password while ``imagekeeper up`` runs. It ends with a slash.

    Raises:
        ServerError: if the password cannot be read.
    """
    return f"http://127.0.0.1:{settings.prefect_port + 1}/{report_key(settings.prefect_home)}/"


@contextmanager
def showing_reports(settings: Settings, notify: Callable[[str], None]) -> Iterator[None]:
    """Serve the folder of the reports on loopback, if its port is free.

    Raises:
        ServerError: if the password cannot be read.
    """
    port = settings.prefect_port + 1
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError:
        notify(f"Port {port} is in use, so the reports are only in the folder {settings.reports}.")
        yield
        return
    with listening:
        # imported here, so that commands that only print the link start fast
        import uvicorn

        from flows.server.report_app import report_app

        app = report_app(settings.reports, settings.prefect_home, port)
        config = uvicorn.Config(
            app, ws="none", lifespan="off", log_config=None, log_level="critical", timeout_graceful_shutdown=STOP_S
        )
        server = uvicorn.Server(config)
        serving = threading.Thread(target=server.run, args=([listening],), daemon=True, name="reports")
        serving.start()
        try:
            yield
        finally:
            server.should_exit = True
            serving.join(2 * STOP_S)
