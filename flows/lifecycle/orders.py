"""The orders to a cloud for requests that were allowed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.actions import MODELS
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
from flows.batches.yaml_files import is_url

OF_THE_IMAGE = tuple(name for name in NewImage.__slots__ if name not in {"image_id", "visibility", "tags"})


def orders_of(action: str, order_rows: Sequence[dict[str, Any]], folder: Path) -> list[Order]:
    """Return the orders for ``order_rows``; files are in ``folder``. The column ``kind`` is the kind of the order.

    Raises:
        LookupError: if the kind of a row is unknown.
    """
    return [_order(action, row, folder) for row in order_rows]


def _order(action: str, columns: dict[str, Any], folder: Path) -> Order:
    row = {name: value for name, value in columns.items() if name != "kind"}
    number = columns["row"]
    order: Order
    match columns["kind"]:
        case "import":
            order = _import(action, row, folder)
        case "copy_bytes":  # a cloud that only stores blobs does not need the attributes of the image
            order = CopyBytes(number, _source(row), row["region"], row["kms_key"])
        case "copy_image":
            order = CopyBytes(number, _source(row), row["region"], row["kms_key"], _image(action, row))
        case "export":
            order = ExportFile(number, _source(row), FolderFile(folder, row["file"]), row["actor"])
        case "release":
            order = Release(**row)
        case "call":
            order = CloudCall(action=action, **row)
        case "launch":
            servers = tuple((server["server_id"], server["name"]) for server in row["servers"])
            order = Launch(**row | {"servers": servers})
        case "make_disk":
            order = MakeDisk(**row)
        case "capture":
            order = Capture(number, row["thing"], row["region"], row["blob"], _image(action, row))
        case other:
            raise LookupError(f"the orders of {action} have the kind {other!r}, which is not known: add it here")
    return order


def _import(action: str, row: dict[str, Any], folder: Path) -> ImportFile | FetchFile:
    facts = {name: row[name] for name in ("found", "size_bytes", "disk_format", "virtual_size_bytes", "unsafe")}
    rest = (FileFacts(**facts), row["region"], row["kms_key"], _image(action, row))
    if is_url(row["file"]):
        return FetchFile(row["row"], row["file"], *rest)
    return ImportFile(row["row"], FolderFile(folder, row["file"]), *rest)


def _source(row: dict[str, Any]) -> Bytes:
    """Return the blob that is copied or exported."""
    return Bytes(row["source_region"], row["blob"], row["source_key"], row["checksum"])


def _image(action: str, row: dict[str, Any]) -> NewImage:
    """Return the image that a row creates."""
    columns = {name: row[name] for name in OF_THE_IMAGE}
    visibility = MODELS[action].new_visibility
    return NewImage(image_id=row["new_id"], visibility=visibility, tags=tuple(row["tags"] or ()), **columns)
