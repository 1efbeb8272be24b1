"""A day on which every action is allowed, with keys, sizes and lineages that could get lost on the way."""

from collections.abc import Sequence
from typing import Any

from domain.actions import MODELS
from flows.lifecycle.steps import apply
from support.worlds.random_scripts import REGIONS, SEED, SEEDS, MadeBy, Script, Step, numbered, places
from support.worlds.stories import Seeded, Story, held_by_oracle, judged_by_oracle

HERE, THERE = REGIONS
EUR = {"model": "hourly", "amount": "0.25", "currency": "EUR"}
CONTRACT = {"model": "contract", "upfront": "99.5", "months": 4, "amount": "0.75", "currency": "EUR", "minimum": "3"}
TIERED = {"model": "tiered", "tiers": [{"up_to": "10", "amount": "0.5"}, {"amount": "0.3"}], "currency": "EUR"}
GOODWILL = {"amount": "12.5", "currency": "EUR", "reason": "It stood still"}


def by(actor: str, action: str, **said: Any) -> Step:
    """A step here, unless another region is said."""
    return {"action": action, "actor": actor, "region": HERE} | said


def acme(action: str, **said: Any) -> Step:
    """A step of acme's."""
    return by("acme", action) | said


def disk(name: str, **said: Any) -> Step:
    """Acme's import of a system disk."""
    return acme("import_image", name=name, file="disk.raw", image_type="system_disk", min_disk_gb=10) | said


def server(action: str, which: str, **said: Any) -> Step:
    """Acme does something with a server."""
    return acme(action, server=which) | said


KEYS = [
    acme("launch_server", image="secret", name="keyed", flavor="s3.large.2"),
    server("backup_server", "keyed", service="cbr", label="backup of keyed"),
    acme("capture_backup", backup=MadeBy("backup of keyed"), name="keyed-backup"),
    server("capture_server", "keyed", name="keyed-disk", image_type="system_disk", backup_service="cbr"),
    server("capture_server", "keyed", name="keyed-all", image_type="full_ecs", backup_service="csbs"),
    disk("keyed-data", image_type="data_disk", kms_key="k2", min_disk_gb=3),
    acme("create_volume", image="keyed-data", name="keyed-volume", size_gb=7),
    acme("capture_volume", volume="keyed-volume", name="keyed-data-again", image_type="data_disk"),
    server("capture_server", "one-1", name="its-data", image_type="data_disk", volume="keyed-volume"),
    server("capture_server", "one-1", name="its-system", image_type="system_disk", volume="keyed-volume"),
    acme("copy_image", image="secret", name="plain", encrypted=False),
    acme("copy_image", image="secret", name="rekeyed", kms_key="k9"),
    acme("copy_image", image="kept", name="locked", encrypted=True),
]
SIZES = [
    disk("small", min_disk_gb=5),
    disk("large", min_disk_gb=20, file="disk.qcow2", min_ram_mb=2048),
    acme("launch_server", image="kept", name="grown", flavor="s3.large.2"),
    acme("change_os", server="grown", image="large"),
    acme("change_os", server="keyed", image="small"),
    server("capture_server", "grown", name="grown-disk", image_type="system_disk"),
    server("capture_server", "keyed", name="no-more-keyed", image_type="system_disk"),
    server("stop_server", "grown"),
    server("resize_server", "grown", flavor="s3.medium.4"),
    server("start_server", "grown"),
    acme("launch_server", image="large", name="many", flavor="s3.large.2", count=3, region=HERE),
    server("backup_server", "many-2", service="csbs", label="backup of many-2"),
    server("terminate_server", "many-2"),
    acme("capture_backup", backup=MadeBy("backup of many-2"), name="after-its-end"),
]
LINEAGE = [
    acme("deprecate_image", image="large"),
    acme("copy_image", image="large", to_region=THERE),
    acme("copy_image", image="shop", name="shop-two"),
    by("initech", "capture_server", server="two", name="made-of-shop", image_type="system_disk"),
    acme("withdraw_image", offer=SEED["offer deal"]),
    by("initech", "copy_image", image="made-of-shop", name="copy-of-that"),
    acme("copy_image", image="shop", name="after-withdrawal"),
    acme("publish_image", image="plain", offer="deal", publisher="acme-shop", price={"model": "free"}),
    acme("change_price", offer="deal", price=EUR, valid_from="2026-07-01"),
    by("acme-shop", "change_price", offer="deal", price=EUR | {"amount": "0.5"}, valid_from="2026-08-01"),
    by("acme-shop", "change_price", offer="deal", price=TIERED, valid_from="2026-09-01"),
    by("acme-shop", "change_price", offer="deal", price=CONTRACT, valid_from="2026-10-31"),
    by("initech", "buy_contract", offer="deal", servers=3, starts_at="2026-10-31T18:30:00-04:00"),
    by("initech", "buy_contract", offer=SEED["offer term"], servers=1, region=THERE),
    by("acme-shop", "grant_credit", offer="deal", tenants=["initech", "umbrella"], **GOODWILL),
    by("platform", "grant_credit", tenants=["initech", "initech"], **GOODWILL, region=THERE),
    acme("copy_image", image="plain", name="copy-of-a-copy-on-sale"),
    by("initech", "launch_server", image="plain", name="free", flavor="s3.large.2"),
    by("initech", "capture_server", server="free", name="made-of-plain", image_type="system_disk"),
    by("initech", "backup_server", server="free", service="cbr", label="backup of free"),
    by("initech", "capture_backup", backup=MadeBy("backup of free"), name="all-of-plain"),
    acme("delete_image", image="keyed-backup"),
    acme("capture_backup", backup=MadeBy("backup of keyed"), name="keyed-backup-again"),
    acme("export_image", image="shop-two", file="new.raw"),
    by("platform", "register_public_image", name="open", file="boot.iso", image_type="iso", min_disk_gb=1),
]
SHARES = [
    acme("share_image", image="small", tenants=["umbrella", "initech", "umbrella"]),
    by("umbrella", "accept_share", image="small"),
    by("umbrella", "reject_share", image="small"),
    by("initech", "reject_share", image="small"),
    by("initech", "accept_share", image="small"),
    acme("unshare_image", image="small", tenants=["umbrella", "nobody"]),
    acme("share_image", image="small", tenants=["umbrella"]),
    acme("update_image", image="small", name="tiny", min_disk_gb=4, min_ram_mb=512, protected=True),
    acme("update_image", image="tiny", protected=False),
    acme("deactivate_image", image="tiny"),
    acme("reactivate_image", image="tiny"),
    acme("delete_image", image="grown-disk"),
    acme("delete_image", image="tiny"),
]

DAY = [*KEYS, *SIZES, *LINEAGE, *SHARES]


def in_order(steps: Sequence[Step]) -> list[Step]:
    """Steps that follow the seeds, with the numbers of the steps that they refer to."""
    return numbered(steps, places(steps, first=len(SEEDS)))


def test_a_step_is_referred_to_by_its_label() -> None:
    """A step put in anywhere changes no reference: each still means the backup of the same server."""
    for position in range(len(DAY) + 1):
        steps = [*SEEDS, *in_order([*DAY[:position], acme("delete_image", image="web"), *DAY[position:]])]
        meant = [steps[step["backup"].step] for step in steps if step["action"] == "capture_backup"]
        assert [(one["action"], one["server"]) for one in meant] == [
            ("backup_server", name) for name in ("keyed", "many-2", "free", "keyed")
        ]


def test_a_full_day_leaves_what_the_oracle_says(seeded: Seeded) -> None:
    """Of every action there is one that is done, and what is there after is what the oracle has, to the key."""
    steps = in_order(DAY)
    assert {step["action"] for step in steps} == set(MODELS)
    story = Story(seeded, Script([SEEDS, steps], [0, 1]))
    world = story.world()
    (work,) = story.later_batches()
    summary = apply(work, story.context)
    said = [(line["seq"], line["action"], line["denied_by"]) for line in story.lines(work) if line["denied_by"]]
    assert said == []
    assert summary.exit_code == 0
    judged_by_oracle(world, story.asked(work))
    assert story.held() == held_by_oracle(world)
