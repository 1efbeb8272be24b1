"""Orders: what a cloud must do for the requests that were allowed."""

from typing import Any

import duckdb

from data.warehouse.rows import records
from data.warehouse.sql_files import statement
from domain.actions import MODELS


def order_rows(con: duckdb.DuckDBPyConnection, action: str, *, manages_images: bool = False) -> list[dict[str, Any]]:
    """What must happen at the cloud for the requests that were allowed; none where nothing must."""
    query = _orders(action, manages_images)
    if query is None:
        return []
    con.execute("CREATE OR REPLACE TEMP VIEW wanted AS SELECT row FROM verdict WHERE objections = 0")
    return list(records(con, query))


def needs_cloud(action: str, *, manages_images: bool = False) -> bool:
    """Whether something must happen at the cloud for an action, besides being written down.

    Bytes must move, or the cloud ``manages_images`` itself and the action changes one, or a server or disk.
    """
    return _orders(action, manages_images) is not None


def _orders(action: str, manages_images: bool) -> str | None:  # noqa: FBT001 - private, and named where it matters
    kept = (
        statement("lifecycle/sql/orders/remote", "act" if is_single_call(action) else action)
        if manages_images
        else None
    )
    return kept or statement("lifecycle/sql/orders", action)


def is_single_call(action: str) -> bool:
    """Whether an action changes an image and does nothing else: so it is one call to a cloud that keeps images."""
    model = MODELS[action]
    return model.references == ("image",) and model.creates is None and "file" not in model.model_fields
