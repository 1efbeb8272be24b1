"""Imports, copies and exports without end, and says a dot whenever bytes have moved. Takes the folder to work in."""

import sys
from pathlib import Path

from domain.cloud import Bytes, CopyBytes, ExportFile, FolderFile
from flows.clouds.local.cloud import LocalCloud
from support.clouds.given_orders import ELSEWHERE, as_it_is


def dot(_: int) -> None:
    """Say that bytes have moved."""
    print(end=".", flush=True)  # noqa: T201 - what a script says


def main(folder: Path) -> None:
    """Work until somebody ends it."""
    cloud = LocalCloud(folder / "store", folder / "keys")
    order = as_it_is(cloud, folder / "disk.qcow2", kms_key="acme-key")
    while True:
        for answer in cloud.carry_out([order], dot):
            source = Bytes(order.region, answer.blob, order.kms_key, answer.checksum)
            list(
                cloud.carry_out(
                    [
                        CopyBytes(1, source, ELSEWHERE, None),
                        ExportFile(2, source, FolderFile(folder, "out/disk.qcow2")),
                    ],
                    dot,
                )
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
