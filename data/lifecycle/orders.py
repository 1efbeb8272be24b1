"""Orders: what a cloud must do for the requests that were allowed."""

from typing import Any

import duckdb

from data.lifecycle import action_steps
from data.warehouse.pipeline import Step, run, step
from data.warehouse.rows import records
from domain.actions import MODELS


def order_rows(con: duckdb.DuckDBPyConnection, action: str, *, manages_images: bool = False) -> list[dict[str, Any]]:
    """What must happen at the cloud for the requests that were allowed; none where nothing must.

    ``kind`` of a row is the kind of order: import, copy_bytes, copy_image, export, release, call, launch, make_disk or
    capture.
    """
    query = _orders(action, manages_images)
    if query is None:
        return []
    run(con, step("lifecycle/sql/orders/wanted"))
    return list(records(con, query.query))


def needs_cloud(action: str, *, manages_images: bool = False) -> bool:
    """Whether something must happen at the cloud for an action, besides being written down.

    Bytes must move, or the cloud ``manages_images`` itself and the action changes one, or a server or disk.
    """
    return _orders(action, manages_images) is not None


def _orders(action: str, manages_images: bool) -> Step | None:  # noqa: FBT001 - private, and named where it matters
    remote = None
    if manages_images:
        remote = action_steps.orders("act" if is_single_call(action) else action, remote=True)
    return remote or action_steps.orders(action, remote=False)


def is_single_call(action: str) -> bool:
    """Whether an action changes an image or share and does nothing else: one call to a cloud that manages images."""
    return MODELS[action].changes is not None
