"""Rules of every action on a server, disk or backup that exists, and of flavors."""

from domain.policy.engine import Rule


def unknown(thing: str) -> tuple[Rule, Rule]:
    """The rules that a request must mean one thing, and one that the actor has."""
    return (
        Rule(
            f"{thing}.unknown",
            when=f"{thing}_matches = 0",
            because=f"{{actor}} has no {thing} '{{{thing}}}'",
            remedy=f"check the id or name of the {thing}; one that was ended cannot be used again",
            source="Nova and Cinder: what is not the tenant's answers 404",
            alone=True,
        ),
        Rule(
            f"{thing}.ambiguous",
            when=f"{thing}_matches > 1",
            because=f"'{{{thing}}}' could mean any of {{{thing}_matches}}",
            remedy=f"say which {thing} by its id",
            source="Imagekeeper: a name must mean one thing",
            alone=True,
        ),
    )


FLAVOR_UNKNOWN = Rule(
    "flavor.unknown",
    when="flavor_target IS NULL",
    because="there is no flavor '{flavor}'",
    remedy='choose one of: imagekeeper sql "SELECT cloud, flavor, vcpus, ram_mb, disk_gb FROM flavor"; of a real cloud,'
    " sync-inventory writes them down",
    source="Nova: an unknown flavor answers 404",
    alone=True,
)
TOO_LITTLE_RAM = Rule(
    "launch.too-little-ram",
    when="min_ram_mb > flavor_ram_mb",
    because="the image needs {min_ram_mb} MB of memory, flavor {flavor} has {flavor_ram_mb}",
    remedy="choose a flavor with more memory",
    source="IMS: creating an ECS from an image; Nova checks min_ram",
)
TOO_LITTLE_DISK = Rule(
    "launch.too-little-disk",
    when="flavor_disk_gb > 0 AND system_disk_gb > flavor_disk_gb",
    because="the system disk needs {system_disk_gb} GB, flavor {flavor} has {flavor_disk_gb}",
    remedy="choose a flavor with a larger disk, or one without, which starts from a volume",
    source="Nova: checks min_disk, and makes no disk smaller",
)
