"""A batch of one inside a running process, beside an empty flow on the same server."""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from flows.prefect_server import environment, serving

ROUNDS = 15


async def timed(flow: object, *args: object) -> float:
    """Seconds until a flow run is done."""
    start = time.perf_counter()
    await flow(*args)  # type: ignore[operator]
    return time.perf_counter() - start


async def measure(folder: Path) -> None:
    """Run both in turn; print medians and the difference."""
    from prefect import flow

    from flows.apply import apply_actions

    @flow(name="empty")
    async def empty() -> None:
        """Nothing."""

    batch = folder / "batch.yaml"
    pairs = []
    for number in range(ROUNDS + 2):
        batch.write_text(
            f"actor: acme\nregion: eu-west-0\nactions:\n  - {{action: share_image, image: x{number}, tenants: [b]}}\n"
        )
        pairs.append((await timed(empty), await timed(apply_actions, str(batch))))
    nothing, one = (statistics.median(side) for side in zip(*pairs[2:], strict=True))
    print(f"median of {ROUNDS}: empty flow {nothing * 1000:.0f} ms, batch of one {one * 1000:.0f} ms")
    print(f"difference {(one - nothing) * 1000:.0f} ms, goal 150 ms")


def main() -> None:
    """Measure against a server of its own."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ |= environment(home / "prefect") | {"IMAGEKEEPER_HOME": str(home)}
        with serving(home / "prefect") as url:
            os.environ["PREFECT_API_URL"] = url
            asyncio.run(measure(home))


if __name__ == "__main__":
    main()
