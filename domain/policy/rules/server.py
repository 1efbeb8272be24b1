"""Rules of all actions on an existing server, disk or backup, and rules of flavors."""

from domain.policy.engine import Rule


def unknown(thing: str) -> tuple[Rule, Rule]:
    """Return the rules that a reference must match exactly one server, disk or backup of the actor."""
    return (
        Rule(
            f"{thing}.unknown",
            when=f"{thing}_matches = 0",
            because=f"{{actor}} has no {thing} '{{{thing}}}'",
            remedy=f"check the id or name of the {thing}; a {thing} that no longer exists cannot be used",
            source="Nova and Cinder: a resource of another tenant gives 404",
            alone=True,
        ),
        Rule(
            f"{thing}.ambiguous",
            when=f"{thing}_matches > 1",
            because=f"'{{{thing}}}' matches {{{thing}_matches}} {thing}s",
            remedy=f"use the id of the {thing}",
            source="Imagekeeper: a reference must match exactly one thing",
            alone=True,
        ),
    )


FLAVOR_UNKNOWN = Rule(
    "flavor.unknown",
    when="flavor_target IS NULL",
    because="there is no flavor '{flavor}'",
    remedy='choose one of: imagekeeper sql "SELECT cloud, flavor, vcpus, ram_mb, disk_gb FROM flavor";'
    " for a real cloud, run sync-inventory first",
    source="Nova: an unknown flavor gives 404",
    alone=True,
)
TOO_LITTLE_RAM = Rule(
    "launch.too-little-ram",
    when="min_ram_mb > flavor_ram_mb",
    because="the image needs {min_ram_mb} MB of memory, but flavor {flavor} has {flavor_ram_mb}",
    remedy="choose a flavor with more memory",
    source="IMS: creating an ECS from an image; Nova checks min_ram",
)
TOO_LITTLE_DISK = Rule(
    "launch.too-little-disk",
    when="flavor_disk_gb > 0 AND system_disk_gb > flavor_disk_gb",
    because="the system disk needs {system_disk_gb} GB, but flavor {flavor} has {flavor_disk_gb}",
    remedy="choose a flavor with a larger disk, or one without a disk, which boots from a volume",
    source="Nova checks min_disk and cannot shrink a disk",
)
