"""A batch of one inside a running process, beside what Prefect itself costs on the same server.

That is an empty flow with one empty task and a page of the same kind; a wholly empty flow stands
beside it.
"""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from rows import Goal, row

from flows.server.prefect_environment import environment
from flows.server.prefect_server import serving

ROUNDS = 15
GOALS = {"above Prefect itself": Goal(150, "ms")}


async def timed(flow: object, *args: object) -> float:
    """Seconds until a flow run is done."""
    start = time.perf_counter()
    await flow(*args)  # type: ignore[operator]
    return time.perf_counter() - start


async def measure(folder: Path) -> None:
    """Run the three in turn; print medians and differences."""
    from prefect import flow, task
    from prefect.artifacts import acreate_markdown_artifact
    from prefect.cache_policies import NO_CACHE
    from prefect.logging.handlers import APILogHandler

    from flows.apply import apply_actions

    @flow(name="empty")
    async def empty() -> None:
        """Nothing."""

    @task(cache_policy=NO_CACHE, persist_result=False)
    async def nothing() -> None:
        """Nothing."""

    @flow(name="prefect-itself")
    async def prefect_itself() -> None:
        """A task and a page, and nothing of ours."""
        await nothing()
        await acreate_markdown_artifact(key="empty", markdown="nothing")

    batch = folder / "batch.yaml"
    runs = []
    for number in range(ROUNDS + 2):
        batch.write_text(
            f"actor: acme\nregion: eu-west-0\nactions:\n  - {{action: share_image, image: x{number}, tenants: [b]}}\n"
        )
        runs.append((await timed(empty), await timed(prefect_itself), await timed(apply_actions, str(batch))))
    bare, itself, one = (statistics.median(side) * 1000 for side in zip(*runs[2:], strict=True))
    print(f"median of {ROUNDS}: empty flow {bare:.0f} ms, with a task and a page {itself:.0f} ms, ours {one:.0f} ms")
    print(f"ours above Prefect itself {one - itself:.0f} ms, above an empty flow {one - bare:.0f} ms")
    row("above Prefect itself", one - itself, GOALS["above Prefect itself"])
    await APILogHandler.aflush()


def main() -> None:
    """Measure against a server of its own."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ |= environment(home / "prefect") | {"IMAGEKEEPER_HOME": str(home)}
        with serving(home / "prefect") as server:
            os.environ.update(server.environment)
            asyncio.run(measure(home))


if __name__ == "__main__":
    main()
