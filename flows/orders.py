"""Act: what must physically happen for requests that were allowed, as orders for a cloud."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.cloud import Bytes, CopyBytes, ExportFile, FileFacts, ImportFile, Order, Release
from flows.batch_files import FILES_READ, FILES_WRITTEN, inside


def orders_of(action: str, wanted: Sequence[dict[str, Any]], folder: Path) -> list[Order]:
    """The orders for rows of ``data/orders/<action>.sql``; files lie in ``folder``."""
    return [_order(action, row, folder) for row in wanted]


def _order(action: str, row: dict[str, Any], folder: Path) -> Order:
    if action in FILES_READ:
        expected = FileFacts(
            row["found"], row["size_bytes"], row["disk_format"], row["virtual_size_bytes"], row["unsafe"]
        )
        return ImportFile(row["row"], folder / row["file"], expected, row["region"], row["kms_key"])
    if "source_region" not in row:
        return Release(row["row"], row["region"], row["blob"])
    source = Bytes(row["source_region"], row["blob"], row["source_key"], row["checksum"])
    if action in FILES_WRITTEN:
        file = inside(folder, row["file"])
        if file is None:
            raise ValueError(f"'{row['file']}' is outside the import folder {folder}")
        return ExportFile(row["row"], source, file)
    return CopyBytes(row["row"], source, row["region"], row["kms_key"])
