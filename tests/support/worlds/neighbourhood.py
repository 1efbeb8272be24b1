"""A small world for examples of rules: who has what, by names that say what each thing is for."""

from typing import Any, NamedTuple

from domain.cloud import FileFacts
from domain.ids import made_id
from support.fakes import BEGINNING, FILES, GB

Step = dict[str, Any]
HERE, THERE = "eu-west-0", "eu-west-1"
EUR = {"model": "hourly", "amount": "0.10", "currency": "EUR"}
CONTRACT = {"model": "contract", "upfront": "100", "months": 12, "amount": "0.20", "currency": "EUR"}
MORE_FILES = FILES | {
    "exactly-10.raw": FileFacts(True, 10 * GB, "raw", 10 * GB, None),
    "over-10.raw": FileFacts(True, 10 * GB, "raw", 10 * GB + 512, None),
    "taken.raw": FileFacts(True, 7, "raw", 7, None),
}


def by(actor: str, action: str, **said: Any) -> Step:
    """A step by an actor, here unless another region is said."""
    return {"action": action, "actor": actor, "region": HERE} | said


def acme(action: str, **said: Any) -> Step:
    """A step by acme, who owns most of what there is."""
    return by("acme", action) | said


def disk(name: str, **said: Any) -> Step:
    """Acme's import of a system disk."""
    return acme("import_image", name=name, file="disk.raw", image_type="system_disk", min_disk_gb=10) | said


NEIGHBOURHOOD: list[Step] = [
    disk("plain"),
    disk("spare"),
    disk("secret", kms_key="k1"),
    disk("data", image_type="data_disk"),
    disk("boot", file="boot.iso", image_type="iso"),
    disk("metal", target="bms"),
    disk("hungry", min_ram_mb=4096),
    disk("kept"),
    acme("update_image", image="kept", protected=True),
    disk("idle"),
    acme("deactivate_image", image="idle"),
    disk("twin"),
    disk("twin"),
    disk("far", region=THERE),
    disk("public", actor="platform", action="register_public_image"),
    disk("public-boot", actor="platform", action="register_public_image", file="boot.iso", image_type="iso"),
    # to umbrella: one share taken, one not answered; to nobody: umbrella's own
    disk("lent"),
    acme("share_image", image="lent", tenants=["umbrella"]),
    by("umbrella", "accept_share", image="lent"),
    disk("offered"),
    acme("share_image", image="offered", tenants=["umbrella"]),
    disk("umbrellas", actor="umbrella"),
    # one image on sale, one no longer, one by contract and by another seller; initech's was made of what is on sale
    disk("sold"),
    acme("publish_image", image="sold", offer="deal", price=EUR),
    disk("unsold"),
    acme("publish_image", image="unsold", offer="bygone", price=EUR),
    acme("withdraw_image", offer="bygone"),
    disk("leased"),
    acme("publish_image", image="leased", offer="term", publisher="acme-shop", price=CONTRACT),
    by("initech", "launch_server", image="sold", name="bought", flavor="s3.large.2"),
    by("initech", "capture_server", server="bought", name="resold", image_type="system_disk"),
    # servers, disks, and images of whole servers
    acme("launch_server", image="plain", name="server", flavor="s3.large.2"),
    acme("launch_server", image="hungry", name="hungry", flavor="s3.large.2"),
    acme("launch_server", image="boot", name="installer", flavor="s3.large.2"),
    acme("launch_server", image="metal", name="metal", flavor="physical.o2.medium"),
    acme("launch_server", image="metal", name="metal-off", flavor="physical.o2.medium"),
    acme("stop_server", server="metal-off"),
    acme("launch_server", image="plain", name="server-off", flavor="s3.large.2"),
    acme("stop_server", server="server-off"),
    acme("launch_server", image="plain", name="double", flavor="s3.large.2"),
    acme("launch_server", image="plain", name="double", flavor="s3.large.2"),
    acme("create_volume", image="data", name="disk", size_gb=10),
    acme("create_volume", image="data", name="pair", size_gb=10),
    acme("create_volume", image="data", name="pair", size_gb=10),
    acme("capture_server", server="server", name="whole-cbr", image_type="full_ecs", backup_service="cbr"),
    acme("capture_server", server="server", name="whole-csbs", image_type="full_ecs", backup_service="csbs"),
    acme("backup_server", server="server", service="cbr") | {"as": "unused"},
    acme("backup_server", server="server", service="cbr") | {"as": "used"},
    acme("capture_backup", backup="$used", name="whole-backup"),
]
"""Acme's, unless it says otherwise; all but one image are in the same region."""


def made(handle: str) -> str:
    """The id of what a step of the neighbourhood with that handle made."""
    seq = next(seq for seq, step in enumerate(NEIGHBOURHOOD, start=1) if step.get("as") == handle)
    return made_id("neighbourhood", BEGINNING, seq)


class Example(NamedTuple):
    """A step that a rule denies, alone or with others (``also``), and one beside it that is allowed.

    ``other_profile`` is the profile under which the second is judged, where it is not the first's. Both act on
    ``cloud``. ``batch_id`` is the batch of the first, ``other_batch_id`` of the second: each of its own, where None.
    """

    rule: str
    why: str
    denied: Step
    allowed: Step
    profile: str = "seed"
    other_profile: str | None = None
    also: tuple[str, ...] = ()
    cloud: str = "local"
    batch_id: str | None = None
    other_batch_id: str | None = None
