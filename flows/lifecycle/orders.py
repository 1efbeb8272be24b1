"""CloudCall: what must happen at a cloud for requests that were allowed, as orders."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.actions import READING, WRITING
from domain.cloud import (
    Bytes,
    Capture,
    CloudCall,
    CopyBytes,
    ExportFile,
    FetchFile,
    FileFacts,
    FolderFile,
    ImportFile,
    Launch,
    MakeDisk,
    NewImage,
    Order,
    Release,
)
from domain.vocabulary import Visibility
from flows.batches.yaml_files import is_url

OF_THE_IMAGE = tuple(name for name in NewImage.__slots__ if name not in {"image_id", "visibility", "tags"})


def orders_of(action: str, wanted: Sequence[dict[str, Any]], folder: Path) -> list[Order]:
    """The orders for rows that ``ledger.order_rows`` gave; files lie in ``folder``."""
    return [_order(action, row, folder) for row in wanted]


def _order(action: str, row: dict[str, Any], folder: Path) -> Order:
    kept = _at_a_keeper(action, row)
    if kept is not None:
        return kept
    if action in READING:
        facts = {name: row[name] for name in ("found", "size_bytes", "disk_format", "virtual_size_bytes", "unsafe")}
        rest = (FileFacts(**facts), row["region"], row["kms_key"], _image(action, row))
        if is_url(row["file"]):
            return FetchFile(row["row"], row["file"], *rest)
        return ImportFile(row["row"], FolderFile(folder, row["file"]), *rest)
    if "source_region" not in row:
        return Release(row["row"], row["region"], row["blob"])
    source = Bytes(row["source_region"], row["blob"], row["source_key"], row["checksum"])
    if action in WRITING:
        return ExportFile(row["row"], source, FolderFile(folder, row["file"]), row["actor"])
    # the embedded cloud keeps bytes only, so of what it captures nobody tells it what image that becomes
    image = _image(action, row) if "new_id" in row else None
    return CopyBytes(row["row"], source, row["region"], row["kms_key"], image)


def _at_a_keeper(action: str, row: dict[str, Any]) -> Order | None:
    """The order of an action that moves no bytes of ours; None of one that does."""
    if "said" in row:
        return CloudCall(action=action, **row)
    if "thing" in row:
        return Capture(row["row"], row["thing"], row["region"], row["blob"], _image(action, row))
    if "servers" in row:
        servers = tuple((server["server_id"], server["name"]) for server in row["servers"])
        return Launch(**row | {"servers": servers})
    return MakeDisk(**row) if "volume_id" in row else None


def _image(action: str, row: dict[str, Any]) -> NewImage:
    """The image that a row makes."""
    visibility = Visibility.PUBLIC if action == "register_public_image" else Visibility.PRIVATE
    said = {name: row[name] for name in OF_THE_IMAGE}
    return NewImage(image_id=row["new_id"], visibility=visibility, tags=tuple(row["tags"] or ()), **said)
