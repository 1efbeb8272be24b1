"""What the oracle says of servers, disks and backups, rule by rule: each function gives the ids that object."""

from support.oracle.images import Objections, name_taken, not_one, those, usable
from support.oracle.world import Asked, Image, World


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
