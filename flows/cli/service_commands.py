"""The commands that keep the home up, and stop it."""

from flows.cli import terminal
from flows.server import home
from flows.server.access import ServerError
from flows.settings import settings

PORTS = range(1024, 65535)
"""Ports that anybody may open; the one after it is for the reports."""

out = terminal.console()


def up(*, port: int | None = None) -> int:
    """Start Prefect's server with its UI, run what people and schedules start, and show the reports, until Ctrl-C.

    Args:
        port: Where the UI is, on this machine only; 4200, or what IMAGEKEEPER_PREFECT_PORT says, where left out. The
            reports are on the port after it.
    """
    here = settings()
    if port is not None:
        if port not in PORTS:
            raise ServerError(f"--port is a number from {PORTS.start} to {PORTS.stop - 1}, not {port}")
        here = here.model_copy(update={"prefect_port": port})
    home.up(here, _say)
    _say("Stopped.")
    return 0


def down() -> int:
    """Stop what `imagekeeper up` started, also what is left of it after a kill -9."""
    _say(home.down(settings()))
    return 0


def _say(sentence: str) -> None:
    out.print(sentence, highlight=False, soft_wrap=True, markup=False)
