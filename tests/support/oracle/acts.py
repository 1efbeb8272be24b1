"""What the allowed actions do to the oracle's world, one request at a time."""

from calendar import monthrange
from dataclasses import replace
from datetime import datetime

from domain.actions import MODELS
from domain.cloud import FileFacts
from support.oracle.world import (
    Asked,
    Backup,
    Contract,
    Credit,
    Image,
    Offer,
    Server,
    Volume,
    World,
    encrypts,
    key_of_copy,
)


def carry_out(world: World, asked: Asked) -> None:
    """Do what a request asks for; it must have been judged, and allowed."""
    ACTS[asked.action](world, asked)


def import_image(world: World, asked: Asked) -> None:
    """The image is as its file is; it is the root of its own lineage."""
    file = world.files[asked["file"]]
    world.images[asked.made] = Image(
        id=asked.made,
        name=asked["name"],
        owner=asked.actor,
        region=asked.region,
        image_type=asked["image_type"],
        target=asked["target"],
        disk_format=file.disk_format,
        file_bytes=file.size_bytes,
        disk_bytes=file.virtual_size_bytes,
        min_disk_gb=asked["min_disk_gb"],
        min_ram_mb=asked["min_ram_mb"],
        key=(asked["kms_key"] or "ims-default") if encrypts(asked) else None,
        root=asked.made,
    )


def register_public_image(world: World, asked: Asked) -> None:
    """As an import, for all to use."""
    import_image(world, asked)
    world.images[asked.made].visibility = "public"


def new_image(world: World, asked: Asked, source: Image, **changes: object) -> None:
    """A private image of the actor's that is otherwise as its source, also in what it stems from.

    What is made of an image that is or was on sale stems from that image.
    """
    was_on_sale = any(offer.image == source.id for offer in world.offers.values())
    plain = replace(
        source,
        id=asked.made,
        name=asked["name"] or source.name,
        owner=asked.actor,
        visibility="private",
        status="active",
        backup=None,
        protected=False,
        members={},
        root=source.id if was_on_sale else source.root,
    )
    world.images[asked.made] = replace(plain, **changes)


def capture_server(world: World, asked: Asked) -> None:
    """The image of a data disk is that disk's; any other is the server's, with the server's key."""
    (server,) = world.servers_meant(asked)
    if asked["image_type"] == "data_disk":
        (volume,) = world.volumes_meant(asked)
        of_volume(world, asked, volume)
        return
    new_image(
        world,
        asked,
        world.images[server.image],
        region=server.region,
        image_type=asked["image_type"],
        min_disk_gb=server.disk_gb,
        key=server.key,
        backup_service=asked["backup_service"] or "csbs" if asked["image_type"] == "full_ecs" else None,
        deprecated=False,
    )


def of_volume(world: World, asked: Asked, volume: Volume) -> None:
    """An image of a disk needs as much room as the disk has."""
    new_image(
        world,
        asked,
        world.images[volume.image],
        region=volume.region,
        image_type=asked["image_type"],
        min_disk_gb=volume.size_gb,
        key=volume.key,
        backup_service=None,
        deprecated=False,
    )


def capture_volume(world: World, asked: Asked) -> None:
    """An image of a disk, where the disk is."""
    (volume,) = world.volumes_meant(asked)
    of_volume(world, asked, volume)


def backup_server(world: World, asked: Asked) -> None:
    """The backup remembers what the server was made of."""
    (server,) = world.servers_meant(asked)
    world.backups[asked.made] = Backup(
        id=asked.made,
        server=server.id,
        owner=asked.actor,
        region=server.region,
        service=asked["service"],
        image=server.image,
        key=server.key,
    )


def capture_backup(world: World, asked: Asked) -> None:
    """A full-ECS image, made by way of the backup's service."""
    (backup,) = world.backups_meant(asked)
    new_image(
        world,
        asked,
        world.images[backup.image],
        region=backup.region,
        image_type="full_ecs",
        min_disk_gb=world.servers[backup.server].disk_gb,
        key=backup.key,
        backup_service=backup.service,
        backup=backup.id,
        deprecated=False,
    )


def copy_image(world: World, asked: Asked) -> None:
    """What describes the source describes the copy, its deprecation too; shares and offers stay behind."""
    (image,) = world.images_meant(asked)
    new_image(world, asked, image, region=asked["to_region"] or image.region, key=key_of_copy(asked, image))


def share_image(world: World, asked: Asked) -> None:
    """A new share is unanswered; sharing again changes nothing."""
    (image,) = world.images_meant(asked)
    image.members.setdefault(asked.tenant, "pending")


def unshare_image(world: World, asked: Asked) -> None:
    """The tenant loses the image; that it was none of the members is no matter."""
    (image,) = world.images_meant(asked)
    image.members.pop(asked.tenant, None)


def accept_share(world: World, asked: Asked) -> None:
    """The share is taken; it may have been rejected before."""
    (image,) = world.images_meant(asked)
    image.members[asked.actor] = "accepted"


def reject_share(world: World, asked: Asked) -> None:
    """The share is hidden, not revoked."""
    (image,) = world.images_meant(asked)
    image.members[asked.actor] = "rejected"


def publish_image(world: World, asked: Asked) -> None:
    """The image goes on sale at the price asked."""
    (image,) = world.images_meant(asked)
    image.visibility = "marketplace"
    world.offers[asked.made] = Offer(
        id=asked.made,
        name=asked["offer"],
        image=image.id,
        publisher=asked["publisher"] or asked.actor,
        published_at=asked.happened_at,
        prices=[(asked.happened_at, asked["price"])],
    )


def withdraw_image(world: World, asked: Asked) -> None:
    """The image is private again; the offer is remembered."""
    (offer,) = world.offers_meant(asked)
    offer.withdrawn = True
    world.images[offer.image].visibility = "private"


def change_price(world: World, asked: Asked) -> None:
    """One price more; the earlier ones stand."""
    (offer,) = world.offers_meant(asked)
    offer.prices.append((asked["valid_from"], asked["price"]))


def buy_contract(world: World, asked: Asked) -> None:
    """As the price says that holds when it begins; it is used where the image is."""
    (offer,) = world.offers_meant(asked)
    starts = asked["starts_at"] or asked.happened_at
    price = offer.price_at(starts)
    world.contracts.append(
        Contract(
            id=asked.made,
            offer=offer.id,
            tenant=asked.actor,
            region=world.images[offer.image].region,
            servers=asked["servers"],
            upfront=price["upfront"],
            hourly=price["amount"],
            currency=price["currency"],
            starts=starts,
            ends=months_later(starts, price["months"]),
        )
    )


def months_later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or its last day where it is too short."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def grant_credit(world: World, asked: Asked) -> None:
    """Money back; a refund never comes here, since nothing was ever charged."""
    offers = world.offers_meant(asked)
    world.credits.append(
        Credit(
            tenant=asked.tenant,
            region=asked.region,
            offer=offers[0].id if offers else None,
            amount=asked["amount"],
            currency=asked["currency"],
            reason=asked["reason"],
            granted_by=asked.actor,
        )
    )


def launch_server(world: World, asked: Asked) -> None:
    """So many servers, numbered if there are several; the first is what the request made."""
    (image,) = world.images_meant(asked)
    for number in range(1, asked["count"] + 1):
        made = asked.made if number == 1 else f"{asked.made}/{number}"
        world.servers[made] = Server(
            id=made,
            name=asked["name"] if asked["count"] == 1 else f"{asked['name']}-{number}",
            owner=asked.actor,
            region=asked.region,
            target=image.target,
            flavor=asked["flavor"],
            image=image.id,
            disk_gb=image.min_disk_gb,
            key=image.key,
        )


def stop_server(world: World, asked: Asked) -> None:
    """Stopped, whatever it was."""
    world.servers_meant(asked)[0].state = "stopped"


def start_server(world: World, asked: Asked) -> None:
    """Running, whatever it was."""
    world.servers_meant(asked)[0].state = "running"


def terminate_server(world: World, asked: Asked) -> None:
    """Ended for good, and remembered."""
    world.servers_meant(asked)[0].state = "terminated"


def resize_server(world: World, asked: Asked) -> None:
    """The same server on another flavor."""
    world.servers_meant(asked)[0].flavor = asked["flavor"]


def create_volume(world: World, asked: Asked) -> None:
    """A disk with the image's key."""
    (image,) = world.images_meant(asked)
    world.volumes[asked.made] = Volume(
        asked.made, asked["name"], asked.actor, asked.region, image.id, asked["size_gb"], image.key
    )


def change_os(world: World, asked: Asked) -> None:
    """The server gets the image's system disk and key; a disk never shrinks."""
    (image,), (server,) = world.images_meant(asked), world.servers_meant(asked)
    server.image, server.key = image.id, image.key
    server.disk_gb = max(server.disk_gb, image.min_disk_gb)


def export_image(world: World, asked: Asked) -> None:
    """There is a file more, in the image's format."""
    (image,) = world.images_meant(asked)
    world.files[asked["file"]] = FileFacts(True, image.file_bytes, image.disk_format, image.disk_bytes)


def update_image(world: World, asked: Asked) -> None:
    """What is left out stays."""
    (image,) = world.images_meant(asked)
    for said in ("name", "protected", "min_disk_gb", "min_ram_mb"):
        if asked[said] is not None:
            setattr(image, said, asked[said])


def deactivate_image(world: World, asked: Asked) -> None:
    """Not to be used until it is reactivated."""
    world.images_meant(asked)[0].status = "deactivated"


def reactivate_image(world: World, asked: Asked) -> None:
    """To be used again."""
    world.images_meant(asked)[0].status = "active"


def deprecate_image(world: World, asked: Asked) -> None:
    """Superseded, and still to be used."""
    world.images_meant(asked)[0].deprecated = True


def delete_image(world: World, asked: Asked) -> None:
    """Gone for the owner and for all it was shared with."""
    (image,) = world.images_meant(asked)
    image.status = "deleted"
    image.members.clear()


ACTS = {action: globals()[action] for action in MODELS}
"""What each action does: the function of its name."""
