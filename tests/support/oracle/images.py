"""What the oracle says of images, files, shares and offers, rule by rule: each function gives the ids that object."""

from collections.abc import Callable, Sequence

from support.oracle.world import Asked, Image, Offer, World, encrypts, key_of_copy

GB = 2**30
Objections = set[str]


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
    starts = [since for since, _ in offers[0].prices]
    currencies = {price["currency"] for _, price in offers[0].prices if "currency" in price}
    new = asked["price"].get("currency")
    return withdraw_image(world, asked) | those(
        {
            "change-price.in-the-past": asked["valid_from"] < asked.happened_at,
            "change-price.out-of-order": asked["valid_from"] <= max(starts),
            "change-price.other-currency": new is not None and not currencies <= {new},
        }
    )


def buy_contract(world: World, asked: Asked) -> Objections:
    """By anybody, while the offer is on sale; from now or later on, if it is sold by contract then."""
    offers = world.offers_meant(asked)
    if len(offers) != 1:
        return not_one_offer(offers)
    starts = asked["starts_at"] or asked.happened_at
    return those(
        {
            "offer.not-on-sale": offers[0].withdrawn,
            "contract.not-offered": offers[0].price_at(starts).get("model") != "contract",
            "contract.in-the-past": starts < asked.happened_at,
        }
    )


def grant_credit(world: World, asked: Asked) -> Objections:
    """By the platform, or for an offer by who sells it. Nothing is charged in this world, so nothing is refunded."""
    offers = world.offers_meant(asked)
    if asked["offer"] is not None and len(offers) != 1:
        return not_one_offer(offers)
    sellers = [name for offer in offers for name in (offer.publisher, world.images[offer.image].owner)]
    month = asked["refund_of"]
    return those(
        {
            "credit.not-allowed": asked.actor not in ("platform", *sellers),
            "credit.more-than-charged": month is not None,
            "credit.future-month": month is not None and month >= f"{asked.happened_at:%Y-%m}",
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


def usage_unknown(world: World, asked: Asked) -> Objections:
    """Retention takes nothing where a server or disk could use it that nobody knows of."""
    return those({"retention.usage-unknown": asked.by_retention and not world.usage_complete})


def deprecate_image(world: World, asked: Asked, image: Image) -> Objections:
    """By the owner."""
    return usage_unknown(world, asked) | those({"deprecate.not-owner": image.owner != asked.actor})


def delete_image(world: World, asked: Asked, image: Image) -> Objections:
    """By the owner at any time, whoever it is shared with; not what is protected, on sale or public."""
    return usage_unknown(world, asked) | those(
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


def only_the_owner(rule: str) -> Callable[[World, Asked, Image], Objections]:
    """Nobody but the owner does this; nothing else is asked."""
    return lambda _, asked, image: those({rule: image.owner != asked.actor})
