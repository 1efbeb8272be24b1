"""How much a test run tries: a short form in ``make test``, everything in ``make soak`` (``TEST_EFFORT=full``)."""

import os

FULL = os.environ.get("TEST_EFFORT") == "full"


def either(short: int, full: int) -> int:
    """A number of examples, seeds or rounds: ``short``, or ``full`` in ``make soak``."""
    return full if FULL else short
