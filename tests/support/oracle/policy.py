"""The policy said again in plain Python, request by request: slow, and written to be checked by a person.

``judge`` gives the ids of all rules that object to a request; the words of the rules are followed,
not their SQL. ``oracle_acts.carry_out`` then does what was allowed. Fast rules and slow ones are
held together by ``domain/test_policy_against_oracle.py``.
"""

from collections.abc import Callable

from support.oracle.images import (
    Objections,
    answer,
    buy_contract,
    change_price,
    copy_image,
    delete_image,
    deprecate_image,
    export_image,
    grant_credit,
    import_image,
    not_one,
    only_the_owner,
    publish_image,
    reactivate_image,
    register_public_image,
    share_image,
    update_image,
    usable,
    withdraw_image,
)
from support.oracle.machines import (
    capture_backup,
    capture_server,
    capture_volume,
    change_os,
    create_volume,
    launch_server,
    own_server,
    resize_server,
)
from support.oracle.world import Asked, Image, World

SPEAK_ALONE = {
    *(f"{thing}.{what}" for thing in ("image", "server", "volume", "backup") for what in ("unknown", "ambiguous")),
    "offer.unknown",
    "flavor.unknown",
    "import.file-missing",
    "import.unsafe-file",
    "change-os.not-available",
}
"""Where one of these objects, the others say nothing: they would speak of what is not there, or not to be seen."""


def judge(world: World, asked: Asked) -> Objections:
    """The ids of the rules that object to a request; none if it is allowed."""
    objections = RULES[asked.action](world, asked)
    return objections & SPEAK_ALONE or objections


def on_image(rules: Callable[[World, Asked, Image], Objections]) -> Callable[[World, Asked], Objections]:
    """Rules of an image that the request must mean, and the actor see."""

    def judged(world: World, asked: Asked) -> Objections:
        images = world.images_meant(asked)
        return not_one("image", images) or rules(world, asked, images[0])

    return judged


def on_usable_image(rules: Callable[[World, Asked, Image], Objections]) -> Callable[[World, Asked], Objections]:
    """The same of an image that must be active besides."""
    return on_image(lambda world, asked, image: usable(image) | rules(world, asked, image))


RULES: dict[str, Callable[[World, Asked], Objections]] = {
    "import_image": import_image,
    "register_public_image": register_public_image,
    "capture_server": capture_server,
    "capture_volume": capture_volume,
    "backup_server": own_server,
    "capture_backup": capture_backup,
    "copy_image": on_usable_image(copy_image),
    "share_image": on_usable_image(share_image),
    "unshare_image": on_image(only_the_owner("unshare.not-owner")),
    "accept_share": on_image(answer("accept.not-shared")),
    "reject_share": on_image(answer("reject.not-shared")),
    "publish_image": on_usable_image(publish_image),
    "withdraw_image": withdraw_image,
    "change_price": change_price,
    "buy_contract": buy_contract,
    "grant_credit": grant_credit,
    "launch_server": launch_server,
    "stop_server": own_server,
    "start_server": own_server,
    "terminate_server": own_server,
    "resize_server": resize_server,
    "create_volume": on_usable_image(create_volume),
    "change_os": change_os,
    "export_image": on_usable_image(export_image),
    "update_image": on_usable_image(update_image),
    "deactivate_image": on_usable_image(only_the_owner("deactivate.not-owner")),
    "reactivate_image": on_image(reactivate_image),
    "deprecate_image": on_usable_image(deprecate_image),
    "delete_image": on_image(delete_image),
}
"""How each action is judged."""
