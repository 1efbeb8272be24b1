"""A sync writes what is otherwise and nothing else, and says what nobody of ours did."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from data.inventory.sync import Drifted, RegionListing, Synced, find_drift, sync_region
from data.read import report
from data.warehouse.sql_files import statements
from domain.actions import MODELS
from domain.cloud import Failed, Order, Progress, Stored
from domain.inventory import Seen, SeenImage, SeenMember
from flows.lifecycle.steps import ExecutionContext, apply
from support.fakes import BEGINNING, Clock, FakeCloud

Lines = list[dict[str, Any]]
REGION = "eu-west-0"
WEB = SeenImage(
    blob="web-id",
    name="web",
    owner="acme",
    visibility="private",
    cloud_visibility="shared",
    status="active",
    image_type=None,
    target=None,
    os_type="linux",
    os_distribution="debian",
    os_version="12",
    architecture="x86",
    disk_format="qcow2",
    size_bytes=100,
    virtual_size_bytes=200,
    min_disk_gb=1,
    min_ram_mb=0,
    checksum="sha512:ab",
    encrypted=False,
    kms_key_id=None,
    source_kind=None,
    source_id=None,
    backup_service=None,
    published=False,
    protected=False,
    hidden=False,
    description=None,
    tags=("a",),
    created_at=BEGINNING - timedelta(days=9),
    updated_at=BEGINNING - timedelta(days=9),
)
SHARED = SeenMember("web-id", "umbrella", "pending", BEGINNING - timedelta(days=3), None)


class Syncing:
    """Looks at a region again and again, a minute apart."""

    def __init__(self, context: ExecutionContext, clock: Clock) -> None:
        self.context = context
        self.clock = clock
        self.times = 0

    def __call__(
        self,
        *images: SeenImage,
        members: Sequence[SeenMember] = (),
        tenants: Sequence[str] = ("acme",),
        cloud: str = "openstack",
    ) -> tuple[Synced, list[Drifted]]:
        """What a sync comes to that finds these."""
        self.clock.pass_by(minutes=1)
        started = self.clock()
        self.clock.pass_by(seconds=1)
        listing = RegionListing()
        listing.add(Seen(images, members))
        self.times += 1
        sync_id = str(self.times)
        with self.context.warehouse.writing() as con:
            synced = sync_region(
                con,
                listing,
                sync_id=sync_id,
                cloud=cloud,
                region=REGION,
                tenants=tenants,
                started=started,
                now=self.clock(),
            )
            return synced, find_drift(con, sync_id, profile="seed", most=100, acts_on="openstack")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the warehouse has."""
        with self.context.warehouse.reading() as con:
            return con.execute(query).fetchall()


@pytest.fixture
def sync(quick_context: ExecutionContext, clock: Clock) -> Syncing:
    """Syncs into an empty warehouse."""
    return Syncing(quick_context, clock)


def test_the_first_look_is_no_drift(sync: Syncing) -> None:
    """All that a region has is new to the warehouse, and nobody did it by hand."""
    synced, drift = sync(WEB, members=[SHARED])
    assert synced == Synced(REGION, 1, 1, appeared=1, changed=1, vanished=0)
    assert drift == []
    assert sync.rows("SELECT image_id, owner, image_type, target, cloud, blob, tags FROM image") == [
        ("web-id", "acme", "system_disk", "ecs", "openstack", "web-id", ["a"])
    ]
    assert sync.rows("SELECT image_id, tenant, status FROM image_member") == [("web-id", "umbrella", "pending")]


def test_what_is_as_it_was_is_not_written(sync: Syncing) -> None:
    """A second look at the same changes no row."""
    sync(WEB, members=[SHARED])
    before = sync.rows("FROM image"), sync.rows("FROM image_member")
    synced, drift = sync(WEB, members=[SHARED])
    assert (synced.appeared, synced.changed, synced.vanished, drift) == (0, 0, 0, [])
    assert (sync.rows("FROM image"), sync.rows("FROM image_member")) == before


@pytest.mark.parametrize(
    ("change", "problem", "detail", "repair"),
    [
        ({"visibility": "public"}, "visibility changed by hand", "private → public", "deactivate_image"),
        ({"status": "deactivated"}, "status changed by hand", "active → deactivated", "reactivate_image"),
        ({"protected": True}, "protected changed by hand", "false → true", "update_image"),
        ({"checksum": "sha512:cd"}, "checksum changed by hand", "sha512:ab → sha512:cd", None),
        ({"hidden": True}, "hidden changed by hand", "false → true", None),
    ],
)
def test_what_was_changed_by_hand_is_drift(
    sync: Syncing, change: dict[str, Any], problem: str, detail: str, repair: str | None
) -> None:
    """It is written down, named, and where an action takes it back, that one is proposed."""
    sync(WEB)
    synced, drift = sync(replace(WEB, **change))
    assert synced.changed == 1
    assert [(one.problem, one.detail, one.repair) for one in drift] == [(problem, detail, repair)]
    again, none = sync(replace(WEB, **change))
    assert (again.changed, none) == (0, [])


def test_names_and_tags_are_written_and_no_drift(sync: Syncing) -> None:
    """Who may use an image does not depend on them."""
    sync(WEB)
    synced, drift = sync(replace(WEB, name="web-2", tags=("a", "b"), description="new"))
    assert (synced.changed, drift) == (1, [])
    assert sync.rows("SELECT name, tags, description FROM image") == [("web-2", ["a", "b"], "new")]


def test_a_member_added_by_hand_is_drift(sync: Syncing) -> None:
    """It counts as a share from now on, and the batch would take it back."""
    sync(WEB)
    _, drift = sync(WEB, members=[SHARED])
    assert [(one.problem, one.tenant, one.repair) for one in drift] == [("shared by hand", "umbrella", "unshare_image")]
    assert sync.rows("SELECT tenant FROM current_member") == [("umbrella",)]


def test_an_answer_of_a_recipient_is_none(sync: Syncing) -> None:
    """Recipients accept and reject as they like; it is written down with its time."""
    sync(WEB, members=[SHARED])
    answered = BEGINNING - timedelta(days=1)
    synced, drift = sync(WEB, members=[replace(SHARED, status="accepted", updated_at=answered)])
    assert (synced.changed, drift) == (1, [])
    assert sync.rows("SELECT status, accepted_at FROM image_member") == [("accepted", answered)]


def test_what_is_gone_is_marked_and_stays(sync: Syncing) -> None:
    """The row stays, marked, and whoever had it shared has it no more."""
    sync(WEB, members=[SHARED])
    synced, drift = sync()
    assert (synced.vanished, [one.problem for one in drift]) == (1, ["deleted by hand"])
    assert sync.rows("SELECT status, deleted_at IS NULL FROM image") == [("deleted", False)]
    assert sync.rows("SELECT removed_at IS NULL FROM image_member") == [(False,)]
    back, _ = sync(WEB)
    assert back.appeared == 1
    assert sync.rows("SELECT status, deleted_at FROM image") == [("active", None)]


def test_of_tenants_that_were_not_asked_nothing_is_gone(sync: Syncing) -> None:
    """An image of somebody else that is not seen any more may well be there; the share with us is not."""
    sync(replace(WEB, owner="stranger"), members=[replace(SHARED, tenant="acme")])
    synced, _ = sync()
    assert synced.vanished == 0
    assert sync.rows("SELECT status FROM image") == [("active",)]
    assert sync.rows("SELECT removed_at IS NULL FROM image_member") == [(False,)]


def test_another_region_is_left_alone(sync: Syncing, applied: Callable[..., Lines]) -> None:
    """What is gone here says nothing about elsewhere."""
    step = {"action": "import_image", "name": "there", "file": "disk.raw", "image_type": "data_disk", "min_disk_gb": 9}
    applied([step], region="eu-west-1")
    assert sync()[0].vanished == 0


def test_another_cloud_is_left_alone(sync: Syncing) -> None:
    """Two clouds may have a region of the same name, and tenants too: neither has what is the other's."""
    ours, ami = (WEB, replace(WEB, blob="all", visibility="public")), replace(WEB, blob="ami-1", name="there")
    sync(*ours, members=[SHARED])
    synced, drift = sync(ami, cloud="aws")
    assert (synced, drift) == (Synced(REGION, 1, 0, appeared=1, changed=0, vanished=0), [])
    assert sync(*ours, members=[SHARED])[0].vanished == 0
    assert sync(ami, cloud="aws")[0].vanished == 0
    assert sync.rows("SELECT image_id, cloud FROM image WHERE deleted_at IS NULL ORDER BY image_id") == [
        ("all", "openstack"),
        ("ami-1", "aws"),
        ("web-id", "openstack"),
    ]


def test_what_is_local_is_not_gone_from_aws(sync: Syncing, applied: Callable[..., Lines]) -> None:
    """The embedded cloud may have a region that is called as one of AWS."""
    step = {"action": "import_image", "name": "here", "file": "disk.raw", "image_type": "data_disk", "min_disk_gb": 9}
    applied([step], region=REGION)
    assert sync(cloud="aws")[0].vanished == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"protected": True}, "protected changed by hand"),
        ({"status": "deactivated"}, "status changed by hand"),
        ({"encrypted": True}, "an encrypted image is shared"),
    ],
)
def test_drift_on_aws_is_named_and_nothing_proposed(sync: Syncing, change: dict[str, Any], problem: str) -> None:
    """No action of ours acts there, so none can take it back."""
    sync(WEB, cloud="aws")
    _, drift = sync(replace(WEB, **change), members=[SHARED], cloud="aws")
    assert {problem, "shared by hand"} <= {one.problem for one in drift}
    assert {one.repair for one in drift} == {None}


@pytest.mark.parametrize("elsewhere", ["aws", "openstack"])
def test_no_action_means_what_lies_on_another_cloud(
    sync: Syncing, applied: Callable[..., Lines], elsewhere: str
) -> None:
    """It would be written down as done, and not be: not by id, not by name, not as somebody it is shared with."""
    sync(WEB, replace(WEB, blob="all", visibility="public"), members=[SHARED], cloud=elsewhere)
    said = {"action": "share_image", "tenants": ["initech"]}
    for actor in ("acme", "umbrella"):
        lines = applied([said | {"image": image} for image in ("web-id", "web", "all")], region=REGION, actor=actor)
        assert [line["denied_by"] for line in lines] == [["image.unknown"]] * 3


def test_an_image_elsewhere_takes_no_name_away(sync: Syncing, applied: Callable[..., Lines]) -> None:
    """A name means what actions can reach, also where a tenant has the same name on another cloud."""
    imported = {
        "action": "import_image",
        "name": "web",
        "file": "disk.raw",
        "image_type": "data_disk",
        "min_disk_gb": 9,
    }
    (here,) = applied([imported], region=REGION, actor="acme")
    for cloud in ("aws", "openstack"):
        sync(replace(WEB, blob=f"{cloud}-1"), cloud=cloud)
    (line,) = applied([{"action": "share_image", "image": "web", "tenants": ["initech"]}], region=REGION, actor="acme")
    assert (line["verdict"], line["image"]) == ("allowed", here["image"])


def test_what_an_action_does_meanwhile_is_left_to_the_next(sync: Syncing) -> None:
    """A listing that is older than what was recorded since must not undo it."""
    sync(WEB)
    with sync.context.warehouse.writing() as con:
        _recorded(con, sync.clock() + timedelta(minutes=2))
    synced, drift = sync(replace(WEB, protected=True))
    assert (synced.changed, drift) == (0, [])
    assert sync.rows("SELECT protected FROM image") == [(False,)]


def test_what_is_recorded_right_after_explains_it(sync: Syncing) -> None:
    """The cloud shows what an action did before the warehouse does: that is no drift."""
    sync(WEB)
    _, drift = sync(WEB, members=[SHARED])
    assert drift
    with sync.context.warehouse.writing() as con:
        _recorded(con, sync.clock() + timedelta(seconds=20))
        assert find_drift(con, str(sync.times), profile="seed", most=9, acts_on="openstack") == []


@pytest.mark.parametrize(
    ("change", "action", "said", "explained"),
    [
        ({"protected": True}, "update_image", {"protected": True}, True),
        ({"protected": True}, "update_image", {"protected": False}, False),
        ({"protected": True}, "update_image", {"name": "web"}, False),
        ({"status": "deactivated"}, "deactivate_image", {}, True),
        ({"status": "deactivated"}, "reactivate_image", {}, False),
        ({"hidden": True}, "deprecate_image", {}, True),
        ({"visibility": "public"}, "deactivate_image", {}, False),
        ({}, "unshare_image", {}, False),
    ],
)
def test_only_what_comes_to_just_that_explains_it(
    sync: Syncing, change: dict[str, Any], action: str, said: dict[str, Any], *, explained: bool
) -> None:
    """What takes drift back soon after does not make it undone: who did it by hand is still asked."""
    sync(WEB)
    sync(replace(WEB, **change), members=[] if change else [SHARED])
    with sync.context.warehouse.writing() as con:
        _recorded(con, sync.clock() + timedelta(seconds=20), action, **said)
        found = find_drift(con, str(sync.times), profile="seed", most=9, acts_on="openstack")
    assert bool(found) is not explained


def test_the_warehouse_has_what_the_models_say(sync: Syncing) -> None:
    """The view of unexplained changes reads a table, and the rows of that are those of the models."""
    expected = {
        (action, change.value, field, None if value is None else str(value))
        for action, model in MODELS.items()
        for change, field, value in model.explains()
    }
    assert set(sync.rows("FROM explained_change")) == expected


@pytest.mark.parametrize("action", [action for action, model in MODELS.items() if model.creates == "image"])
def test_an_image_that_an_action_created_is_no_drift(sync: Syncing, action: str) -> None:
    """A sync sees the image first; when the action is recorded, the image is no drift, whatever created it."""
    sync()
    _, drift = sync(WEB)
    assert [one.problem for one in drift] == ["made by hand"]
    with sync.context.warehouse.writing() as con:
        _recorded(con, sync.clock() + timedelta(seconds=20), action)
        assert find_drift(con, str(sync.times), profile="seed", most=9, acts_on="openstack") == []


class SeenTooEarly(FakeCloud):
    """A cloud that manages images, and that is synced when an image exists and is not recorded yet."""

    name = "openstack"
    manages_images = True

    def __init__(self, seen: Callable[[str], object]) -> None:
        super().__init__()
        self.seen = seen

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Stored | Failed]:
        """Answer each order, and sync in between."""
        for answer in super().carry_out(orders, progress):
            if isinstance(answer, Stored) and answer.blob:
                self.seen(answer.blob)
            yield answer


def test_an_image_that_was_seen_before_it_was_recorded_is_one_image(sync: Syncing, work: Callable[..., Any]) -> None:
    """Its row, its shares and its changes become those of the image that the action records, and nothing is drift."""
    cloud = SeenTooEarly(
        lambda blob: sync(replace(WEB, blob=blob, name="new"), members=[replace(SHARED, blob=blob)], tenants=["acme"])
    )
    sync()
    step = {"action": "import_image", "name": "new", "file": "disk.raw", "image_type": "data_disk", "min_disk_gb": 9}
    batch = work([step])
    apply(batch, ExecutionContext(sync.context.warehouse, cloud, sync.clock))
    ((image_id, blob, at),) = sync.rows("SELECT image_id, blob, cloud FROM image")
    assert image_id != blob
    assert at == "openstack"
    assert sync.rows("SELECT image_id, image_id FROM action_log") == [(image_id, image_id)]
    assert sync.rows("SELECT image_id, tenant FROM current_member") == [(image_id, "umbrella")]
    assert sync.rows("SELECT DISTINCT image_id FROM inventory_change") == [(image_id,)]
    assert sync.rows("SELECT what FROM unexplained_change") == [("member-added",)]


def test_what_repairs_drift_takes_the_change_back() -> None:
    """Each repair that the query proposes is an action on images that changes what was found."""
    (query,) = statements("inventory/sql/sync", "drift")
    repairs = set(re.findall(r"'(\w+_image)'", query))
    assert repairs
    assert all(MODELS[repair].changes is not None for repair in repairs)


def test_analysts_can_ask_for_it_later(context: ExecutionContext, clock: Clock) -> None:
    """The report has what no action explains, until a moment, of a region and of whoever has to do with it."""
    sync = Syncing(context, clock)
    sync(WEB)
    sync(WEB, members=[SHARED])
    between = clock()
    sync(replace(WEB, protected=True), members=[SHARED])
    found = report("drift", warehouse=context.warehouse.path, as_of=clock())
    assert list(zip(found.what, found.tenant.fillna(""), found.field.fillna(""), found.became, strict=True)) == [
        ("image-changed", "", "protected", "true"),
        ("member-added", "umbrella", "", "pending"),
    ]
    assert set(found.cloud) == {"openstack"}
    for asked, lines in (({"as_of": between}, 1), ({"tenant": "umbrella"}, 1), ({"region": "eu-west-1"}, 0)):
        assert len(report("drift", warehouse=context.warehouse.path, **{"as_of": clock()} | asked)) == lines


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ({"encrypted": True, "kms_key_id": "k"}, "an encrypted image is shared"),
        ({"published": True}, "a published image is shared"),
        ({"visibility": "public"}, "a public image is shared"),
        ({"image_type": "full_ecs"}, "a full-ECS image not made of a CBR backup is shared"),
    ],
)
def test_shares_that_a_rule_forbids_are_named_each_time(sync: Syncing, image: dict[str, Any], problem: str) -> None:
    """Also at the first listing, and until they are taken back."""
    for _ in range(2):
        _, drift = sync(replace(WEB, **image), members=[SHARED])
        assert [(one.problem, one.repair) for one in drift] == [(problem, "unshare_image")]


def test_shares_beyond_the_limit_are_the_latest(sync: Syncing) -> None:
    """Of 130 shares of one image the two that came last are too many."""
    members = [
        replace(SHARED, tenant=f"t{number:03}", shared_at=BEGINNING + timedelta(minutes=number))
        for number in range(130)
    ]
    _, drift = sync(WEB, members=members)
    assert sorted(one.tenant or "" for one in drift) == ["t128", "t129"]


def _recorded(con: duckdb.DuckDBPyConnection, finished: Any, action: str = "share_image", **said: Any) -> None:
    """Have the log say that acme did something to the image, with umbrella where that needs two."""
    tenant = "umbrella" if "share" in action else None
    con.execute(
        "INSERT INTO action_log BY NAME SELECT 'a' AS action_id, 'b' AS batch_id, 1 AS line, 1 AS seq,"
        " ? AS action, 'acme' AS actor, 'eu-west-0' AS region, 'web-id' AS image_id, ? AS tenant,"
        " ? AS request, 'allowed' AS verdict, [] AS denied_by, [] AS because, [] AS remedy, 'done' AS outcome,"
        " ? AS requested_at, ? AS finished_at",
        [action, tenant, json.dumps(said), finished, finished],
    )
