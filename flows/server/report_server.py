"""Shows the folder of the reports to a browser on this machine, while the home is up."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flows.server.access import report_key
from flows.settings import Settings

STOP_S = 2
"""How long an answer that is under way may take when the home goes down, in seconds."""


def reports_url(settings: Settings) -> str:
    """The link that opens the reports while the home is up, without a password. It ends with a slash.

    Raises:
        ServerError: if the password of the home cannot be read.
    """
    return f"http://127.0.0.1:{settings.prefect_port + 1}/{report_key(settings.prefect_home)}/"


@contextmanager
def showing_reports(settings: Settings, tell: Callable[[str], None]) -> Iterator[None]:
    """Show the folder of the reports on loopback, where its port is free.

    Raises:
        ServerError: if the password of the home cannot be read.
    """
    port = settings.prefect_port + 1
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError:
        tell(f"Port {port} is taken, so the reports are only in the folder {settings.reports}.")
        yield
        return
    with listening:
        # here, so that the commands that only name the link start fast
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
