"""One of two processes that import, record, release and drop the same bytes over and over.

Takes the folder they share, a name of its own, and how often. Fails where bytes are gone that it uses.
What is used is a file in ``uses``, as a warehouse would say it.
"""

import sys
from collections.abc import Collection
from pathlib import Path

from domain.cloud import CopyBytes, Release
from flows.clouds.local.cloud import LocalCloud
from support.clouds.given_orders import ELSEWHERE, REGION, stored, taken_in


def main(folder: Path, name: str, times: int) -> None:
    """Import or copy, record, settle, look, release, settle."""
    cloud = LocalCloud(folder / "store", folder / "keys")
    mine = folder / "uses" / name

    def in_use(_: str, blobs: Collection[str]) -> set[str]:
        return {blob for use in mine.parent.iterdir() for blob in blobs if use.exists()}

    for _ in range(times):
        source = taken_in(cloud, folder / "disk.raw")
        (copy,) = stored(cloud, CopyBytes(1, source, ELSEWHERE, None))
        mine.touch()
        cloud.clean_up(in_use)
        for region in (REGION, ELSEWHERE):
            blob = folder / "store" / region / "blobs" / copy.blob[:2] / copy.blob
            assert blob.exists(), f"{name} uses {blob}, which is gone"
        mine.unlink()
        stored(cloud, Release(2, REGION, source.blob), Release(3, ELSEWHERE, copy.blob))
        cloud.clean_up(in_use)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
