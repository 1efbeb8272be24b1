"""Neighbours of one kind are judged together, and yet the later one sees what the earlier one did."""

from typing import Any, NamedTuple

import pytest

from flows.lifecycle.steps import apply
from support.fakes import numbers
from support.worlds.random_scripts import REGIONS, SEED, SEEDS, Made, Script, Step
from support.worlds.stories import Lines, Seeded, Story, held_by_oracle, judged_by_oracle, told

HERE, THERE = REGIONS
WEB, DB, UMBRELLAS_WEB, BOOT, METAL, KEPT, SERVERS, BACKUP, OFFER = (
    SEED[label]
    for label in ("web", "db", "umbrella's web", "boot", "metal", "kept", "servers one", "backup of one", "offer deal")
)
"""What some seeds make: images, servers, a backup, an offer."""
FIRST, SECOND, THIRD = (Made(len(SEEDS) + n) for n in range(3))
"""What the steps after the seeds make."""
EUR = {"model": "hourly", "amount": "0.1", "currency": "EUR"}


class Case(NamedTuple):
    """Two neighbours, what went before them, and which rules object to the second; ``unique``: names are."""

    why: str
    earlier: Step
    later: Step
    objections: tuple[str, ...] = ()
    before: tuple[Step, ...] = ()
    unique: bool = False


def acme(action: str, **said: Any) -> Step:
    """A step of acme's, here."""
    return {"action": action, "actor": "acme", "region": HERE} | said


def umbrella(action: str, **said: Any) -> Step:
    """A step of umbrella's, here."""
    return acme(action, **said) | {"actor": "umbrella"}


def disk(name: str, **said: Any) -> Step:
    """Acme's import of a system disk."""
    return acme("import_image", name=name, file="disk.raw", image_type="system_disk", min_disk_gb=10) | said


def share(image: Any, tenant: str, **said: Any) -> Step:
    """Acme's sharing of an image."""
    return acme("share_image", image=image, tenants=[tenant]) | said


def publish(image: Any, offer: str = "novelty", **said: Any) -> Step:
    """Acme puts an image on sale."""
    return acme("publish_image", image=image, offer=offer, price=EUR) | said


TEAM = (
    disk("team"),
    disk("team", actor="initech"),
    share(FIRST, "umbrella"),
    share(SECOND, "umbrella", actor="initech"),
)
"""Two images of one name, shared with umbrella."""
TWINS = (disk("twin"), disk("twin"))
STOCK = (
    disk("stock"),
    share(FIRST, "umbrella"),
    umbrella("launch_server", image=FIRST, name="s", flavor="s3.large.2"),
    umbrella("capture_server", server="s", name="mine", image_type="system_disk"),
    acme("unshare_image", image=FIRST, tenants=["umbrella"]),
)
"""Umbrella's image ``mine`` was made of acme's, which is not on sale yet."""
MINE = Made(len(SEEDS) + 3)
CASES = (
    Case(
        "what was just shared is not shared on",
        share(BOOT, "umbrella"),
        share(BOOT, "initech", actor="umbrella"),
        ("share.not-owner",),
    ),
    Case(
        "not by its name either",
        share(KEPT, "umbrella"),
        share("kept", "initech", actor="umbrella"),
        ("share.not-owner",),
    ),
    Case(
        "what was just lost is not seen",
        acme("unshare_image", image=WEB, tenants=["umbrella"]),
        umbrella("unshare_image", image=WEB, tenants=["initech"]),
        ("image.unknown",),
    ),
    Case("shared twice is shared once", share(BOOT, "umbrella"), share(BOOT, "umbrella")),
    Case(
        "the share taken is the nearer of two",
        umbrella("accept_share", image=FIRST),
        umbrella("accept_share", image="team"),
        before=TEAM,
    ),
    Case(
        "two shares taken are equally near",
        umbrella("accept_share", image=FIRST),
        umbrella("accept_share", image="team"),
        ("image.ambiguous",),
        (*TEAM, umbrella("accept_share", image=SECOND)),
    ),
    Case(
        "the share rejected is the farther of two",
        umbrella("reject_share", image=FIRST),
        umbrella("reject_share", image="team"),
        before=TEAM,
    ),
    Case(
        "what just went on sale is seen by all",
        publish(KEPT),
        publish(KEPT, "other", actor="umbrella"),
        ("publish.already", "publish.from-marketplace", "publish.not-owner"),
    ),
    Case(
        "what was made of what just went on sale is not sold",
        publish(FIRST),
        publish(MINE, "other", actor="umbrella"),
        ("publish.from-marketplace",),
        STOCK,
    ),
    Case("an offer's name is just taken", publish(KEPT), publish("metal"), ("publish.offer-taken",)),
    Case(
        "a new name means the image",
        acme("update_image", image=KEPT, name="fresh"),
        acme("update_image", image="fresh", min_ram_mb=1),
    ),
    Case(
        "an old name means nothing",
        acme("update_image", image=KEPT, name="fresh"),
        acme("update_image", image="kept", min_ram_mb=1),
        ("image.unknown",),
    ),
    Case(
        "of two of a name one is left",
        acme("update_image", image=FIRST, name="fresh"),
        acme("update_image", image="twin", min_ram_mb=1),
        before=TWINS,
    ),
    Case(
        "a name just taken",
        acme("update_image", image=BOOT, name="fresh"),
        acme("update_image", image=METAL, name="fresh"),
        ("image.name-taken",),
        unique=True,
    ),
    Case(
        "a name just freed",
        acme("update_image", image=BOOT, name="fresh"),
        acme("update_image", image=METAL, name="boot"),
        unique=True,
    ),
    Case(
        "of two of a name one is deleted",
        acme("delete_image", image=FIRST),
        acme("delete_image", image="twin"),
        before=TWINS,
    ),
    Case(
        "deleted is deleted",
        acme("delete_image", image=BOOT),
        acme("delete_image", image="boot"),
        ("image.unknown",),
    ),
    Case(
        "a copy is copied by its new name",
        umbrella("copy_image", image=WEB, name="mine"),
        umbrella("copy_image", image="mine", to_region=THERE),
    ),
    Case(
        "a copy is copied by its id",
        umbrella("copy_image", image=WEB, name="mine"),
        umbrella("copy_image", image=FIRST, to_region=THERE),
    ),
    Case(
        "a copy is a second of its name",
        umbrella("copy_image", image=WEB),
        umbrella("copy_image", image="web", name="other"),
        ("image.ambiguous",),
    ),
    Case(
        "a copy elsewhere is no second here",
        acme("copy_image", image="kept", to_region=THERE),
        acme("copy_image", image="kept", to_region=THERE, name="other"),
    ),
    Case(
        "a copy takes its source's name",
        acme("copy_image", image=KEPT, to_region=THERE),
        acme("copy_image", image="metal", to_region=THERE, name="kept"),
        ("image.name-taken",),
        unique=True,
    ),
    Case(
        "a file's image takes its name",
        disk("fresh"),
        disk("fresh"),
        ("image.name-taken",),
        unique=True,
    ),
    Case(
        "a server's image takes its name where the server is",
        acme("capture_server", server="one-1", name="fresh", image_type="system_disk", region=THERE),
        acme("capture_server", server="one-2", name="fresh", image_type="system_disk"),
        ("image.name-taken",),
        unique=True,
    ),
    Case(
        "one backup makes one image",
        acme("capture_backup", backup=BACKUP, name="one"),
        acme("capture_backup", backup=BACKUP, name="other"),
        ("capture.backup-used",),
    ),
    Case(
        "of two of a name one is ended",
        acme("terminate_server", server=FIRST),
        acme("terminate_server", server="double"),
        before=(acme("launch_server", image=WEB, name="double", flavor="s3.large.2"),) * 2,
    ),
    Case(
        "ended is ended",
        acme("terminate_server", server="one-1"),
        acme("terminate_server", server=SERVERS),
        ("server.unknown",),
    ),
    Case(
        "withdrawn is withdrawn",
        acme("withdraw_image", offer="deal"),
        acme("withdraw_image", offer=OFFER),
        ("offer.not-on-sale",),
    ),
    Case(
        "a price is after the price before",
        acme("change_price", offer="deal", price=EUR, valid_from="2027-01-01"),
        acme("change_price", offer=OFFER, price=EUR, valid_from="2027-01-01"),
        ("change-price.out-of-order",),
    ),
    Case(
        "deactivated is not active",
        acme("deactivate_image", image=KEPT),
        acme("deactivate_image", image="kept"),
        ("image.not-active",),
    ),
    Case(
        "a file is there when it is written",
        acme("export_image", image=KEPT, file="new.img"),
        acme("export_image", image=DB, file="new.img"),
        ("export.file-exists",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_the_later_neighbour_sees_what_the_earlier_one_did(seeded: Seeded, case: Case) -> None:
    """The second of two neighbours is judged as if it came alone, after the first; the oracle says so too."""
    batches = [SEEDS, *([list(case.before)] if case.before else []), [case.earlier, case.later]]
    with numbers(image_names_unique=case.unique):
        story = Story(seeded, Script(batches, list(range(len(batches)))))
        world = story.world()
        lines: Lines = []
        for work in story.later_batches():
            apply(work, story.context)
            lines = story.lines(work)
            assert told(lines) == judged_by_oracle(world, story.asked(work))
        assert [tuple(sorted(line["denied_by"])) for line in lines] == [(), case.objections]
        assert story.held() == held_by_oracle(world)
