"""How long `imagekeeper apply` of one action takes: the first time in a new home, and while a server is up.

The latter beside `python -c "import prefect"`, in turn; all are processes of their own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIRST, ROUNDS = 3, 7
COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'imagekeeper'; from flows.cli import main; main()"]
IMPORT = [sys.executable, "-c", "import prefect"]
BATCH = "actor: acme\nregion: eu-west-0\nactions:\n  - {action: share_image, image: none, tenants: [umbrella]}\n"


def main() -> None:
    """Apply a batch in new homes, then again and again in the last of them; print medians and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch = folder / "batch.yaml"
        batch.write_text(BATCH)
        first = []
        for number in range(FIRST):
            home = folder / f"home-{number}"
            first.append(timed([*COMMAND, "apply", str(batch)], home))
            if number < FIRST - 1:
                timed([*COMMAND, "down"], home)
        try:
            pairs = [(timed([*COMMAND, "apply", str(batch)], home), timed(IMPORT, home)) for _ in range(ROUNDS)]
        finally:
            timed([*COMMAND, "down"], home)
    again, imported = (statistics.median(side) for side in zip(*pairs, strict=True))
    goal = 1.5 * imported + 1
    print(f"first apply in a new home, median of {FIRST}: {statistics.median(first):.1f} s")
    print(f"median of {ROUNDS}: apply again {again:.2f} s, import prefect {imported:.2f} s (goal {goal:.2f} s)")


def timed(command: list[str], home: Path) -> float:
    """Seconds that a command takes; its home is its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "IMAGEKEEPER_"))}
    start = time.perf_counter()
    done = subprocess.run(
        command, env=inherited | {"IMAGEKEEPER_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
