"""The progress of a run, on its page while it runs."""

import time
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

EVERY_S = 2.0
"""The minimum time between two updates of the page, in seconds: an update can take longer than a chunk."""


class Progress:
    """Counts finished requests and updates the run's page from time to time, and at the end."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.finished = 0
        self._artifact: UUID | None = None
        self._updated_at = time.monotonic()

    async def add(self, finished: int) -> None:
        """Add finished requests."""
        self.finished += finished
        now = time.monotonic()
        ended = self.finished >= self.total and self._artifact is not None
        if now - self._updated_at < EVERY_S and not ended:
            return
        self._updated_at = now
        percent = 100 * self.finished / max(self.total, 1)
        description = f"{self.finished:,} of {self.total:,} requests are finished."
        if self._artifact is None:
            created: Any = acreate_progress_artifact(progress=percent, key="progress", description=description)
            self._artifact = await created
        else:
            await aupdate_progress_artifact(self._artifact, progress=percent, description=description)
