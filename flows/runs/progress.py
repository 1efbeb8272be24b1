"""How far a run is, on its page while it runs."""

import time
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

EVERY_S = 2.0
"""How often the page is told at most, in seconds: telling it takes longer than many a chunk."""


class Progress:
    """So many of so many requests are settled; the page is told now and then, and at the end."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.finished = 0
        self._artifact: UUID | None = None
        self._told = time.monotonic()

    async def add(self, finished: int) -> None:
        """So many more are settled."""
        self.finished += finished
        now = time.monotonic()
        ended = self.finished >= self.total and self._artifact is not None
        if now - self._told < EVERY_S and not ended:
            return
        self._told = now
        percent = 100 * self.finished / max(self.total, 1)
        said = f"{self.finished:,} of {self.total:,} requests are settled."
        told: Any
        if self._artifact is None:
            told = acreate_progress_artifact(progress=percent, key="progress", description=said)
            self._artifact = await told
        else:
            await aupdate_progress_artifact(self._artifact, progress=percent, description=said)
