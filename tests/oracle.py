"""The policy said again in plain Python, request by request: slow, and written to be checked by a person.

``judge`` gives the ids of all rules that object to a request; the words of the rules are followed,
not their SQL. ``oracle_acts.carry_out`` then does what was allowed. Fast rules and slow ones are
held together by ``domain/test_policy_against_oracle.py``.
"""

from collections.abc import Callable, Sequence

from oracle_world import Asked, Image, Offer, World, encrypts, key_of_copy

GB = 2**30
Objections = set[str]
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


def those(rules: dict[str, bool]) -> Objections:
    """The rules whose condition holds."""
    return {rule for rule, objects in rules.items() if objects}


def not_one(thing: str, found: Sequence[object]) -> Objections:
    """A request must mean exactly one thing."""
    return those({f"{thing}.unknown": not found, f"{thing}.ambiguous": len(found) > 1})


def usable(image: Image) -> Objections:
    """Only an active image can be used."""
    return those({"image.not-active": image.status != "active"})


def name_taken(world: World, owner: str, name: str | None, region: str, *, but: str = "") -> Objections:
    """Where the profile has names unique, nobody has two images of one name in a region."""
    unique = bool(world.limits["image_names_unique"])
    return those({"image.name-taken": unique and world.has_image_called(owner, name, region, but=but)})


def on_image(rules: Callable[[World, Asked, Image], Objections]) -> Callable[[World, Asked], Objections]:
    """Rules of an image that the request must mean, and the actor see."""

    def judged(world: World, asked: Asked) -> Objections:
        images = world.images_meant(asked)
        return not_one("image", images) or rules(world, asked, images[0])

    return judged


def on_usable_image(rules: Callable[[World, Asked, Image], Objections]) -> Callable[[World, Asked], Objections]:
    """The same of an image that must be active besides."""
    return on_image(lambda world, asked, image: usable(image) | rules(world, asked, image))


def only_the_owner(rule: str) -> Callable[[World, Asked, Image], Objections]:
    """Nobody but the owner does this; nothing else is asked."""
    return lambda _, asked, image: those({rule: image.owner != asked.actor})


def import_image(world: World, asked: Asked) -> Objections:
    """A file becomes an image if it is there, safe, what it is said to be, and fits."""
    file = world.files.get(asked["file"])
    if file is None:
        return {"import.file-missing"}
    kind, disk_gb = asked["image_type"], asked["min_disk_gb"]
    most = world.limits["data_disk_gb_max" if kind == "data_disk" else "system_disk_gb_max"]
    return name_taken(world, asked.actor, asked["name"], asked.region) | those(
        {
            "import.unsafe-file": file.unsafe is not None,
            "import.wrong-format": asked["disk_format"] not in (None, file.disk_format),
            "import.not-an-iso": file.disk_format is None or (kind == "iso") != (file.disk_format == "iso"),
            "import.full-ecs": kind == "full_ecs",
            "import.does-not-fit": file.virtual_size_bytes is None or file.virtual_size_bytes > disk_gb * GB,
            "import.disk-too-large": disk_gb > most,
            "import.encrypted-iso": kind == "iso" and encrypts(asked),
            "import.encrypted-bms": asked["target"] == "bms" and encrypts(asked),
        }
    )


def register_public_image(world: World, asked: Asked) -> Objections:
    """As an import, by the platform only; and what all may use is neither encrypted nor mere data."""
    return import_image(world, asked) | those(
        {
            "register.not-platform": asked.actor != "platform",
            "register.data-disk": asked["image_type"] == "data_disk",
            "register.encrypted": encrypts(asked),
        }
    )


def capture_server(world: World, asked: Asked) -> Objections:
    """A server's system disk, a data disk of the actor's, or all of it by way of a backup."""
    servers = world.servers_meant(asked)
    if len(servers) != 1:
        return not_one("server", servers)
    (server,) = servers
    running_bms = server.target == "bms" and server.state == "running"
    disks_beside_it = [disk for disk in world.volumes_meant(asked) if disk.region == server.region]
    return name_taken(world, asked.actor, asked["name"], server.region) | those(
        {
            "capture.volume-unknown": asked["image_type"] == "data_disk" and len(disks_beside_it) != 1,
            "capture.no-backup-service": asked["image_type"] == "full_ecs" and asked["backup_service"] is None,
            "capture.from-iso": world.images[server.image].image_type == "iso",
            "capture.must-be-stopped": bool(world.limits["bms_capture_stopped_only"]) and running_bms,
        }
    )


def capture_volume(world: World, asked: Asked) -> Objections:
    """An image of any of the actor's disks."""
    volumes = world.volumes_meant(asked)
    return not_one("volume", volumes) or name_taken(world, asked.actor, asked["name"], volumes[0].region)


def capture_backup(world: World, asked: Asked) -> Objections:
    """One backup makes one full-ECS image."""
    backups = world.backups_meant(asked)
    if not backups:
        return {"backup.unknown"}
    used = any(image.backup == backups[0].id and not image.deleted for image in world.images.values())
    taken = name_taken(world, asked.actor, asked["name"], backups[0].region)
    return taken | those({"capture.backup-used": used})


def own_server(world: World, asked: Asked) -> Objections:
    """Any server of the actor's can be backed up, started, stopped and ended."""
    return not_one("server", world.servers_meant(asked))


def resize_server(world: World, asked: Asked) -> Objections:
    """To a flavor of the same kind, with the memory that the server's image needs."""
    unknown = own_server(world, asked) | those({"flavor.unknown": asked["flavor"] not in world.flavors})
    if unknown:
        return unknown
    (server,) = world.servers_meant(asked)
    kind, ram_mb = world.flavors[asked["flavor"]]
    return those(
        {
            "resize.wrong-target": kind != server.target,
            "launch.too-little-ram": world.images[server.image].min_ram_mb > ram_mb,
        }
    )


def copy_image(world: World, asked: Asked, image: Image) -> Objections:
    """To another region, or in its own to change the key; not what is public, on sale, a whole server or an ISO."""
    region = asked["to_region"] or image.region
    elsewhere = region != image.region
    got_by_share = image.visibility == "private" and image.owner != asked.actor
    full_ecs_travels = elsewhere and world.limits["copy_full_ecs_across_regions"]
    return name_taken(world, asked.actor, asked["name"] or image.name, region) | those(
        {
            "copy.public": image.visibility == "public",
            "copy.marketplace": image.on_sale and image.owner != asked.actor,
            "copy.not-accepted": got_by_share and image.members[asked.actor] != "accepted",
            "copy.shared-other-region": got_by_share and elsewhere,
            "copy.full-ecs": image.image_type == "full_ecs" and not full_ecs_travels,
            "copy.iso": image.image_type == "iso",
            "copy.encrypted-other-region": image.encrypted
            and elsewhere
            and not world.limits["copy_encrypted_across_regions"],
            "copy.same-key": image.encrypted and not elsewhere and key_of_copy(asked, image) == image.key,
        }
    )


def share_image(world: World, asked: Asked, image: Image) -> Objections:
    """The founding document's conditions, the owner's right, and not with oneself."""
    limits = world.limits
    full_ecs = image.image_type == "full_ecs"
    shareable = limits["share_full_ecs"] and image.backup_service == "cbr"
    most = limits["share_tenants_full_ecs" if full_ecs else "share_tenants"]
    return those(
        {
            "share.not-owner": image.owner != asked.actor,
            "share.not-private": image.visibility == "public",
            "share.published": image.on_sale,
            "share.other-region": asked.region != image.region,
            "share.encrypted": image.encrypted and not limits["share_encrypted"],
            "share.full-ecs-not-cbr": full_ecs and not shareable,
            "share.with-oneself": asked.tenant == image.owner,
            "share.tenant-limit": asked.tenant not in image.members and len(image.members) >= most,
        }
    )


def publish_image(world: World, asked: Asked, image: Image) -> Objections:
    """Only a private system disk of one's own making, shared with nobody and not encrypted, goes on sale."""
    return those(
        {
            "publish.not-owner": image.owner != asked.actor,
            "publish.not-private": image.visibility == "public",
            "publish.already": image.on_sale,
            "publish.encrypted": image.encrypted,
            "publish.shared": bool(image.members),
            "publish.not-system-disk": image.image_type != "system_disk",
            "publish.from-marketplace": world.sold_by_another(image, asked.actor),
            "publish.offer-taken": any(o.name == asked["offer"] and not o.withdrawn for o in world.offers.values()),
        }
    )


def withdraw_image(world: World, asked: Asked) -> Objections:
    """By who sells it, while it is on sale."""
    offers = world.offers_meant(asked)
    return not_one_offer(offers) or those(
        {
            "offer.not-publisher": asked.actor not in (offers[0].publisher, world.images[offers[0].image].owner),
            "offer.not-on-sale": offers[0].withdrawn,
        }
    )


def not_one_offer(offers: Sequence[Offer]) -> Objections:
    """There is one answer for no offer and for several."""
    return those({"offer.unknown": len(offers) != 1})


def change_price(world: World, asked: Asked) -> Objections:
    """As for withdrawing; from now or later on, after the last price, in the currency the offer has had."""
    offers = world.offers_meant(asked)
    if len(offers) != 1:
        return not_one_offer(offers)
    starts = [since for since, _, _ in offers[0].prices]
    currencies = {currency for _, _, currency in offers[0].prices if currency is not None}
    new = asked["price"].get("currency")
    return withdraw_image(world, asked) | those(
        {
            "change-price.in-the-past": asked["valid_from"] < asked.happened_at,
            "change-price.out-of-order": asked["valid_from"] <= max(starts),
            "change-price.other-currency": new is not None and not currencies <= {new},
        }
    )


def launch_server(world: World, asked: Asked) -> Objections:
    """In the image's region, from what boots, on a flavor of the image's kind with enough memory."""
    images = world.images_meant(asked)
    unknown = not_one("image", images) | those({"flavor.unknown": asked["flavor"] not in world.flavors})
    if unknown:
        return unknown
    (image,) = images
    kind, ram_mb = world.flavors[asked["flavor"]]
    wanted = asked["target"] or kind
    return usable(image) | those(
        {
            "launch.not-bootable": image.image_type == "data_disk",
            "launch.wrong-target": {image.target, kind} != {wanted},
            "launch.other-region": asked.region != image.region,
            "launch.too-little-ram": image.min_ram_mb > ram_mb,
        }
    )


def create_volume(_: World, asked: Asked, image: Image) -> Objections:
    """In the image's region, from a data disk, no smaller than that."""
    return those(
        {
            "volume.not-data-disk": image.image_type != "data_disk",
            "volume.other-region": asked.region != image.region,
            "volume.too-small": asked["size_gb"] < image.min_disk_gb,
        }
    )


def change_os(world: World, asked: Asked) -> Objections:
    """From a private image that the actor can use where the server is; which way out there is, is another test's."""
    images, servers = world.images_meant(asked), world.servers_meant(asked)
    elsewhere = len(images) == len(servers) == 1 and images[0].region != servers[0].region
    unavailable = not images or elsewhere
    unknown = not_one("image", images) | not_one("server", servers)
    if unknown or unavailable:
        return unknown | those({"change-os.not-available": unavailable})
    (image,), (server,) = images, servers
    running = server.state == "running"
    return usable(image) | those(
        {
            "change-os.not-bootable": image.image_type == "data_disk",
            "change-os.wrong-target": image.target != server.target,
            "change-os.must-be-stopped": bool(world.limits["change_os_stopped_only"]) and running,
        }
    )


def export_image(world: World, asked: Asked, image: Image) -> Objections:
    """One's own disks, in the format they have, to a new file; nothing that others sell, no ISO, no whole server.

    A file of the image's size may be this image, exported by a run that was cut short: the cloud compares them.
    """
    file = world.files.get(asked["file"])
    return those(
        {
            "export.not-owner": image.owner != asked.actor,
            "export.public": image.visibility == "public",
            "export.full-ecs": image.image_type == "full_ecs" or image.backup_service is not None,
            "export.iso": image.image_type == "iso",
            "export.from-marketplace": world.sold_by_another(image, asked.actor),
            "export.other-format": asked["disk_format"] not in (None, image.disk_format),
            "export.file-exists": file is not None and file.size_bytes != image.file_bytes,
        }
    )


def update_image(world: World, asked: Asked, image: Image) -> Objections:
    """By the owner; the disk in the image must still fit."""
    disk_gb, disk_bytes = asked["min_disk_gb"], image.disk_bytes
    too_small = disk_gb is not None and disk_bytes is not None and disk_bytes > disk_gb * GB
    return name_taken(world, image.owner, asked["name"], image.region, but=image.id) | those(
        {"update.not-owner": image.owner != asked.actor, "update.does-not-fit": too_small}
    )


def reactivate_image(_: World, asked: Asked, image: Image) -> Objections:
    """By the owner, of what was deactivated."""
    return those(
        {
            "reactivate.not-owner": image.owner != asked.actor,
            "reactivate.not-deactivated": image.status != "deactivated",
        }
    )


def delete_image(_: World, asked: Asked, image: Image) -> Objections:
    """By the owner at any time, whoever it is shared with; not what is protected, on sale or public."""
    return those(
        {
            "delete.not-owner": image.owner != asked.actor,
            "delete.protected": image.protected,
            "delete.published": image.on_sale,
            "delete.public": image.visibility == "public",
        }
    )


def answer(rule: str) -> Callable[[World, Asked, Image], Objections]:
    """Only who an image is shared with answers to the share."""
    return lambda _, asked, image: those({rule: asked.actor not in image.members})


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
    "deprecate_image": on_usable_image(only_the_owner("deprecate.not-owner")),
    "delete_image": on_image(delete_image),
}
"""How each action is judged."""
