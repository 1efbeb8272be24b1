"""Examples of the rules of every action on an image, and of those that change one: who sees it, who owns it."""

from support.worlds.neighbourhood import THERE, Example, acme, by, disk

SWEEP = "retention-2026-06-01-0123456789ab"
EXAMPLES = [
    Example(
        "image.unknown", "there is none", acme("deprecate_image", image="none"), acme("deprecate_image", image="plain")
    ),
    Example(
        "image.unknown",
        "a stranger learns nothing",
        by("umbrella", "delete_image", image="plain"),
        acme("delete_image", image="plain"),
    ),
    Example(
        "image.unknown",
        "a stranger is told of no other rule",
        by("umbrella", "launch_server", image="data", name="n", flavor="physical.o2.medium"),
        by("umbrella", "launch_server", image="lent", name="n", flavor="s3.large.2"),
    ),
    Example(
        "image.ambiguous",
        "two images have that name",
        acme("deprecate_image", image="twin"),
        acme("deprecate_image", image="public", actor="platform"),
    ),
    Example(
        "image.not-active",
        "it was deactivated",
        acme("update_image", image="idle", name="n"),
        acme("update_image", image="plain", name="n"),
    ),
    Example("image.name-taken", "names are unique there", disk("plain"), disk("plain"), "otc", "seed"),
    Example(
        "image.name-taken",
        "a copy has its source's name",
        acme("copy_image", image="plain"),
        acme("copy_image", image="plain", to_region=THERE),
        "otc",
    ),
    Example(
        "image.name-taken",
        "another image is called so",
        acme("update_image", image="plain", name="spare"),
        acme("update_image", image="plain", name="plain"),
        "otc",
    ),
    Example(
        "deactivate.not-owner",
        "the recipient uses it only",
        by("umbrella", "deactivate_image", image="lent"),
        acme("deactivate_image", image="lent"),
    ),
    Example(
        "deprecate.not-owner",
        "the recipient uses it only",
        by("umbrella", "deprecate_image", image="lent"),
        acme("deprecate_image", image="lent"),
    ),
    Example(
        "update.not-owner",
        "the recipient uses it only",
        by("umbrella", "update_image", image="lent", name="n"),
        acme("update_image", image="lent", name="n"),
    ),
    Example(
        "update.does-not-fit",
        "the disk has 3 GB",
        acme("update_image", image="plain", min_disk_gb=2),
        acme("update_image", image="plain", min_disk_gb=3),
    ),
    Example(
        "reactivate.not-owner",
        "all see it, one owns it",
        acme("reactivate_image", image="public"),
        acme("reactivate_image", image="idle"),
        also=("reactivate.not-deactivated",),
    ),
    Example(
        "reactivate.not-deactivated",
        "it is active",
        acme("reactivate_image", image="plain"),
        acme("reactivate_image", image="idle"),
    ),
    Example(
        "delete.not-owner",
        "a recipient rejects the share instead",
        by("umbrella", "delete_image", image="lent"),
        by("umbrella", "reject_share", image="lent"),
    ),
    Example(
        "delete.protected",
        "protection is taken off first",
        acme("delete_image", image="kept"),
        acme("update_image", image="kept", protected=False),
    ),
    Example(
        "delete.published",
        "its offer is withdrawn first",
        acme("delete_image", image="sold"),
        acme("delete_image", image="unsold"),
    ),
    Example(
        "delete.public",
        "all use it",
        by("platform", "delete_image", image="public"),
        by("platform", "deactivate_image", image="public"),
    ),
    Example(
        "retention.usage-unknown",
        "others may have started a server from it, so it is not deprecated by itself; a person may",
        acme("deprecate_image", image="plain on openstack"),
        acme("deprecate_image", image="plain on openstack"),
        cloud="openstack",
        batch_id=SWEEP,
    ),
    Example(
        "retention.usage-unknown",
        "others may have started a server from it, so it is not deleted by itself; a person may",
        acme("delete_image", image="plain on openstack"),
        acme("delete_image", image="plain on openstack"),
        cloud="openstack",
        batch_id=SWEEP,
    ),
    Example(
        "retention.usage-unknown",
        "retention does nothing else than deprecate and delete",
        acme("delete_image", image="plain on openstack"),
        acme("update_image", image="plain on openstack", protected=True),
        cloud="openstack",
        batch_id=SWEEP,
        other_batch_id=SWEEP,
    ),
]
