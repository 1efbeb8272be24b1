"""The SQL steps of each action: ``data/lifecycle/sql/<purpose>/<action>.sql``, except where this module names others.

Purposes:

- ``facts``: the facts that the rules test.
- ``conflicts``: requests that must not be judged together with an earlier one.
- ``counts``: facts that earlier requests of the same batch change.
- ``orders`` and ``orders/remote``: what a cloud must do.
- ``effects``: changes of the tables.
"""

from collections.abc import Mapping

from data.warehouse.pipeline import Step, optional_step, step
from data.warehouse.sql_files import exists
from domain.actions import MODELS

SAME_SQL: Mapping[str, Mapping[str, str]] = {
    "facts": {
        "register_public_image": "import_image",
        "reject_share": "accept_share",
    },
    "conflicts": {"reject_share": "accept_share", "unshare_image": "share_image"},
    "orders": {
        "change_os": "shared/server_disk",
        "register_public_image": "import_image",
        "terminate_server": "shared/server_disk",
    },
    "orders/remote": {
        "resize_server": "shared/server_act",
        "start_server": "shared/server_act",
        "stop_server": "shared/server_act",
        "terminate_server": "shared/server_act",
    },
}
"""By purpose: the actions that use the file of another action, or a shared file."""

_SPANS = ("shared/end_span", "shared/begin_span", "shared/change_server")
EFFECTS: Mapping[str, tuple[str, ...]] = {
    "change_os": ("change_os", *_SPANS),
    "change_price": ("change_price/end_price", "change_price/priced", "shared/new_price"),
    "delete_image": ("delete_image/members", "delete_image/image"),
    "launch_server": ("launch_server/server", "launch_server/server_span"),
    "publish_image": ("publish_image/offer", "publish_image/priced", "shared/new_price", "publish_image/image"),
    "register_public_image": ("import_image", "register_public_image"),
    "resize_server": ("resize_server", *_SPANS),
    "start_server": ("start_server", *_SPANS),
    "stop_server": ("stop_server", *_SPANS),
    "terminate_server": ("terminate_server/changed", "shared/end_span", "terminate_server/server"),
    "withdraw_image": ("withdraw_image/image", "withdraw_image/offer"),
}
"""The actions with effects in more than one file, and their steps in order."""


def facts(action: str) -> Step:
    """Return the step that creates ``fact``. Every action has one.

    Raises:
        MissingSqlError: if the action has none.
    """
    return step(_path("facts", action))


def conflicts(action: str) -> Step | None:
    """Return the query for conflicts that the conflict keys of the model do not cover, or None if there are none."""
    return optional_step(_path("conflicts", action))


def counts(action: str) -> Step | None:
    """Return the query for the facts that earlier requests of the batch change, or None if there are none."""
    return optional_step(_path("counts", action))


def orders(action: str, *, remote: bool) -> Step | None:
    """Return the query for the orders to a cloud, or None if the cloud has nothing to do.

    ``remote`` selects the file for clouds that manage images themselves.
    """
    return optional_step(_path("orders/remote" if remote else "orders", action))


def effects(action: str) -> tuple[Step, ...]:
    """Return the steps that apply an action to the tables, in order. Every action has at least one.

    Raises:
        MissingSqlError: if a step has no file.
    """
    return tuple(step(f"lifecycle/sql/effects/{name}") for name in EFFECTS.get(action, (action,)))


def _path(purpose: str, action: str) -> str:
    name = SAME_SQL.get(purpose, {}).get(action, action)
    if purpose == "facts" and not exists(f"lifecycle/sql/facts/{name}"):
        # Rules of an action without a file of its own ask about the image or server only.
        name = f"shared/{MODELS[action].references[0]}_only"
    return f"lifecycle/sql/{purpose}/{name}"
