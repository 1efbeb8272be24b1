"""Orders: what a cloud must do for the allowed requests."""

from typing import Any

import duckdb

from data.lifecycle import action_steps
from data.warehouse.pipeline import Step, run, step
from data.warehouse.rows import records
from domain.actions import MODELS


def order_rows(con: duckdb.DuckDBPyConnection, action: str, *, manages_images: bool = False) -> list[dict[str, Any]]:
    """Return the orders for the allowed requests, as rows; an empty list if the cloud has nothing to do.

    ``kind`` of a row is the kind of order: import, copy_bytes, copy_image, export, release, call, launch, make_disk or
    capture.
    """
    query = _orders(action, manages_images)
    if query is None:
        return []
    run(con, step("lifecycle/sql/orders/wanted"))
    return list(records(con, query.query))


def needs_cloud(action: str, *, manages_images: bool = False) -> bool:
    """Return whether an action gives orders to the cloud, besides being recorded.

    It does if bytes must move, or if the cloud ``manages_images`` itself and the action changes an image, a server or a
    disk.
    """
    return _orders(action, manages_images) is not None


def _orders(action: str, manages_images: bool) -> Step | None:  # noqa: FBT001 - private, and named where it matters
    remote = None
    if manages_images:
        remote = action_steps.orders("act" if is_single_call(action) else action, remote=True)
    return remote or action_steps.orders(action, remote=False)


def is_single_call(action: str) -> bool:
    """Return whether an action only changes an image or share: one call to a cloud that manages images."""
    return MODELS[action].changes is not None
