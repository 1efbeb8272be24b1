"""Orders given to a cloud, and what comes of them."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from domain.cloud import (
    Answer,
    Bytes,
    Cloud,
    CopyBytes,
    Failed,
    FolderFile,
    ImportFile,
    NewImage,
    Order,
    Refused,
    Stored,
)

REGION = "eu-west-0"
ELSEWHERE = "eu-west-1"


def unused(region: str, blobs: Collection[str]) -> set[str]:
    """Say that nothing is used."""
    return set()


def used(region: str, blobs: Collection[str]) -> set[str]:
    """Say that everything is used."""
    return set(blobs)


def no_progress(moved: int) -> None:
    """Hear of progress, and do nothing about it."""
    assert moved


def answers(cloud: Cloud, *orders: Order) -> Sequence[Answer]:
    """What came of the orders, by row."""
    return sorted(cloud.carry_out(orders, no_progress), key=lambda answer: answer.row)


def stored(cloud: Cloud, *orders: Order) -> Sequence[Stored]:
    """What came of orders of which none may fail."""
    came = answers(cloud, *orders)
    assert not [answer for answer in came if not isinstance(answer, Stored)]
    return [answer for answer in came if isinstance(answer, Stored)]


def failure(cloud: Cloud, order: Order) -> str:
    """Why an order failed, or was refused, that must be."""
    (came,) = answers(cloud, order)
    assert isinstance(came, Failed | Refused)
    return came.error if isinstance(came, Failed) else came.because


def new_image(*of: object) -> NewImage:
    """The image of acme that an order makes, the same for the same order."""
    image_id = str(uuid.uuid5(uuid.NAMESPACE_OID, "|".join(map(str, of))))
    return NewImage(image_id, "acme", image_id[:8], "raw")


def in_folder(path: Path) -> FolderFile:
    """The file of that path, named in its folder."""
    return FolderFile(path.parent, path.name)


def as_it_is(cloud: Cloud, file: Path, *, kms_key: str | None = None, row: int = 1) -> ImportFile:
    """The order to import a file as what it is."""
    expected = cloud.inspect_file(in_folder(file))
    image = replace(new_image(file, row, kms_key), disk_format=expected.disk_format or "raw")
    return ImportFile(row, in_folder(file), expected, REGION, kms_key, image)


def copy_of(row: int, source: Bytes, region: str, kms_key: str | None) -> CopyBytes:
    """The order to copy what is stored."""
    return CopyBytes(row, source, region, kms_key, new_image(source.blob, source.region, row, region, kms_key))


def taken_in(cloud: Cloud, file: Path, *, kms_key: str | None = None) -> Bytes:
    """The bytes of a file, imported."""
    (answer,) = stored(cloud, as_it_is(cloud, file, kms_key=kms_key))
    return Bytes(REGION, answer.blob, kms_key, answer.checksum)


def files_in(folder: Path) -> set[str]:
    """All files below a folder, but for the lock by which processes take turns."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} - {".lock"}
