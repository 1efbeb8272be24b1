"""The commands ``up`` and ``down``, which start and stop the local services."""

from flows.cli import terminal
from flows.server import local_services
from flows.server.access import ServerError
from flows.settings import settings

PORTS = range(1024, 65535)
"""Ports that need no privileges; the reports use the port after the one of the UI."""

out = terminal.console()


def up(*, port: int | None = None) -> int:
    """Start Prefect's server and UI, run deployments, and serve the reports until Ctrl-C.

    Args:
        port: The port of the UI, on this machine only. The reports use the next port. Default: the setting
            IMAGEKEEPER_PREFECT_PORT, which is 4200 if not set.
    """
    chosen = settings()
    if port is not None:
        if port not in PORTS:
            raise ServerError(f"--port is a number from {PORTS.start} to {PORTS.stop - 1}, not {port}")
        chosen = chosen.model_copy(update={"prefect_port": port})
    local_services.up(chosen, _print)
    _print("Stopped.")
    return 0


def down() -> int:
    """Stop `imagekeeper up`, the background server, and what a kill -9 has left of them."""
    _print(local_services.down(settings()))
    return 0


def _print(message: str) -> None:
    out.print(message, highlight=False, soft_wrap=True, markup=False)
