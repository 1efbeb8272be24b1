"""Orders given to a cloud, and what comes of them."""

from collections.abc import Collection, Sequence
from pathlib import Path

from domain.cloud import Bytes, Cloud, Failed, ImportFile, Order, Stored

REGION = "eu-west-0"
ELSEWHERE = "eu-west-1"


def unused(region: str, blobs: Collection[str]) -> set[str]:
    """Say that nothing is used."""
    return set()


def used(region: str, blobs: Collection[str]) -> set[str]:
    """Say that everything is used."""
    return set(blobs)


def unheard(moved: int) -> None:
    """Hear of progress, and do nothing about it."""
    assert moved


def answers(cloud: Cloud, *orders: Order) -> Sequence[Stored | Failed]:
    """What came of the orders, by row."""
    return sorted(cloud.carry_out(orders, unheard), key=lambda answer: answer.row)


def stored(cloud: Cloud, *orders: Order) -> Sequence[Stored]:
    """What came of orders of which none may fail."""
    came = answers(cloud, *orders)
    assert not [answer.error for answer in came if isinstance(answer, Failed)]
    return [answer for answer in came if isinstance(answer, Stored)]


def failure(cloud: Cloud, order: Order) -> str:
    """Why an order failed that must fail."""
    (came,) = answers(cloud, order)
    assert isinstance(came, Failed)
    return came.error


def as_it_is(cloud: Cloud, file: Path, *, kms_key: str | None = None, row: int = 1) -> ImportFile:
    """The order to import a file as what it is."""
    return ImportFile(row, file, cloud.look(file), REGION, kms_key)


def taken_in(cloud: Cloud, file: Path, *, kms_key: str | None = None) -> Bytes:
    """The bytes of a file, imported."""
    (answer,) = stored(cloud, as_it_is(cloud, file, kms_key=kms_key))
    return Bytes(REGION, answer.blob, kms_key, answer.checksum)


def files_in(folder: Path) -> set[str]:
    """All files below a folder, but for the lock by which processes take turns."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} - {".lock"}
