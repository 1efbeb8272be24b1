"""Import of a 1 GiB file into the embedded cloud, beside `cp` followed by `sha256sum`.

Both read a file that is in the page cache and leave a copy and its SHA-256; the import inspects the
file too, and makes its copy visible at once and whole.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import Goal, row

from domain.cloud import FolderFile, ImportFile, Stored
from flows.clouds.local.cloud import LocalCloud

GIB = 1 << 30
ROUNDS = 5
GOALS = {"speed of cp and sha256sum": Goal(0.8, "x", at_least=True)}


def ours(folder: Path, file: Path) -> float:
    """Seconds that the store takes for the order."""
    cloud = LocalCloud(folder / "images", folder / "keys")
    given = FolderFile(file.parent, file.name)
    expected = cloud.inspect_file(given)
    start = time.perf_counter()
    (answer,) = cloud.carry_out([ImportFile(1, given, expected, "eu-west-0", None)], lambda moved: None)
    seconds = time.perf_counter() - start
    assert isinstance(answer, Stored), answer
    list(cloud.clean_up(lambda region, blobs: set()))
    return seconds


def peer(folder: Path, file: Path) -> float:
    """Seconds that cp and sha256sum take."""
    start = time.perf_counter()
    subprocess.run(["cp", file, folder / "copy"], check=True)
    subprocess.run(["sha256sum", folder / "copy"], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    (folder / "copy").unlink()
    return seconds


def main() -> None:
    """Run both in turn; print medians and the ratio of speeds."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        file = folder / "disk.raw"
        with file.open("wb") as out:
            for _ in range(GIB // (1 << 24)):
                out.write(os.urandom(1 << 24))
        pairs = [(peer(folder, file), ours(folder, file)) for _ in range(ROUNDS + 1)][1:]
    theirs, mine = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(first / second for first, second in pairs)
    print(f"cp + sha256sum {theirs:.2f} s, import {mine:.2f} s; the import has {ratio:.2f} x the speed")
    for name, goal in GOALS.items():
        row(name, ratio, goal)
    if "--json" in sys.argv:
        print(json.dumps(pairs))


if __name__ == "__main__":
    main()
