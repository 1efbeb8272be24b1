"""What a retention policy takes and spares, against a slow reading of it in plain Python, and by hand."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import duckdb
import pytest

from data.inventory import retention
from domain.retention import RetentionPolicy, RetentionRule, Sweep
from support.effort import either
from support.fakes import StandingWarehouse
from support.worlds.small_world import image, insert, member

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = (
    *(("web", "web" + suffix) for suffix in ("", "-1.2", "-2026-11-01", "-20261102-0300", " v7")),
    *(("ubuntu-22.04", "ubuntu-22.04-" + suffix) for suffix in ("2026-11-01", "20261103")),
    *(("ubuntu", "ubuntu-" + suffix) for suffix in ("22.04", "24.04")),
    ("db", "db"),
)
"""Names, each with its family."""

Row = dict[str, Any]


@dataclass
class World:
    """Rows of tables, as they are written into a warehouse and read by the oracle."""

    images: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    offers: list[Row] = field(default_factory=list)
    spans: list[Row] = field(default_factory=list)
    volumes: list[Row] = field(default_factory=list)
    exports: list[Row] = field(default_factory=list)

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Fill an empty warehouse."""
        for row in self.images:
            image(con, **{key: value for key, value in row.items() if key != "family"} | {"created_at": _text(row)})
        for row in self.members:
            member(con, row["image_id"], row["tenant"], row["status"], row["shared_at"].date().isoformat(),
                   removed_at=row["removed_at"])  # fmt: skip
        for number, row in enumerate(self.offers):
            insert(con, "offer", offer_id=f"o{number}", name=f"o{number}", publisher="x", pricing_model="free", **row)
        for number, row in enumerate(self.spans):
            state = "running" if row["ended_at"] is None else "terminated"
            insert(con, "server", server_id=f"s{number}", name="s", owner="umbrella", region="eu-west-0", target="ecs",
                   flavor="s2.medium.1", image_id=row["image_id"], system_disk_gb=10, state=state,
                   created_at=row["started_at"], updated_at=row["started_at"],
                   deleted_at=row["ended_at"])  # fmt: skip
            insert(con, "server_span", server_id=f"s{number}", flavor="s2.medium.1", **row)
        for number, row in enumerate(self.volumes):
            insert(con, "volume", volume_id=f"v{number}", name="v", owner="umbrella", region="eu-west-0", size_gb=10,
                   **row)  # fmt: skip
        for number, row in enumerate(self.exports):
            insert(con, "action_log", action_id=f"a{number}", batch_id="b", line=1, seq=1, action="export_image",
                   actor="umbrella", region="eu-west-0", request="{}", verdict="allowed", denied_by=[], because=[],
                   remedy=[], finished_at=row["requested_at"], **row)  # fmt: skip


def _text(row: Row) -> str:
    said: str = row["created_at"].isoformat()
    return said.removesuffix("+00:00")


def world_of(chance: random.Random) -> World:
    """A world by chance, in whole days, so that ages fall on what a policy says; some of it after ``MOMENT``."""
    world = World()
    for number in range(chance.randint(1, 40)):
        row = image_of(chance, number)
        if world.images and chance.random() < 0.2:
            source = chance.choice(world.images)["image_id"]
            row |= {"source_kind": "image", "source_id": source, "origin_image_id": source}
        world.images.append(row)
    for row in world.images:
        of = {"image_id": row["image_id"]}
        for often, rows, said, begins, ends in (
            (0.2, world.members, {"tenant": "initech"}, "shared_at", "removed_at"),
            (0.1, world.offers, {}, "published_at", "withdrawn_at"),
            (0.3, world.spans, {"state": "running"}, "started_at", "ended_at"),
            (0.2, world.volumes, {}, "created_at", "deleted_at"),
        ):
            if chance.random() < often:
                at = day(chance)
                end = None if chance.random() < 0.5 else at + chance.randint(0, 40) * DAY
                rows.append(of | said | {begins: at, ends: end})
        if chance.random() < 0.2:
            world.exports.append(of | {"outcome": chance.choice(["done", "failed"]), "requested_at": day(chance)})
    for share in world.members:
        share["status"] = chance.choice(["pending", "accepted", "rejected"])
    return world


def day(chance: random.Random) -> datetime:
    """A day before ``MOMENT``, or a little after it."""
    return MOMENT + chance.randint(-40, 4) * DAY


def image_of(chance: random.Random, number: int) -> Row:
    """An image by chance."""
    family, name = chance.choice(NAMES)
    kind, created = chance.random(), day(chance)
    return {
        "image_id": f"i{number}", "name": name, "family": family, "created_at": created,
        "owner": chance.choice(["acme", "umbrella"]), "region": chance.choice(["eu-west-0", "eu-west-1"]),
        "tags": chance.sample(["nightly", "release"], chance.randint(0, 2)), "protected": chance.random() < 0.1,
        "image_type": chance.choice(["system_disk", "data_disk"]),
        "visibility": "public" if kind < 0.1 else "marketplace" if kind < 0.15 else "private",
        "published": chance.random() < 0.05, "status": chance.choice(["active"] * 6 + ["deactivated"]),
        "deprecated_at": None if chance.random() < 0.5 else created + chance.randint(0, 30) * DAY,
        "deleted_at": created + chance.randint(0, 30) * DAY if chance.random() < 0.1 else None,
    }  # fmt: skip


def policy_of(chance: random.Random) -> RetentionPolicy:
    """A policy by chance."""

    def perhaps(value: Any) -> Any:
        return value if chance.random() < 0.3 else None

    rules = []
    for number in range(chance.randint(1, 4)):
        conditions = {
            "keep_last": chance.randint(1, 3),
            "older_than_days": chance.randint(1, 30),
            "unused_days": chance.randint(1, 30),
        }
        given = chance.sample(sorted(conditions), chance.randint(1, 3))
        selectors = {
            "owner": perhaps("acme"),
            "region": perhaps("eu-west-1"),
            "image_name": perhaps(chance.choice(["web*", "*2026*", "?b", "ubuntu-22.04*"])),
            "tag": perhaps("nightly"),
            "image_type": perhaps("data_disk"),
        }
        rules.append({"name": f"r{number}", **selectors, **{name: conditions[name] for name in given}})
    return RetentionPolicy.model_validate({"most": 50, "notice_days": chance.randint(1, 20), "rules": rules})


class Oracle:
    """The policy read image by image."""

    def __init__(self, world: World, policy: RetentionPolicy, moment: datetime, now: datetime) -> None:
        self.world, self.policy, self.moment, self.now = world, policy, moment, now
        self.there = [one for one in world.images if one["deleted_at"] is None and one["created_at"] <= moment]

    def verdicts(self) -> dict[str, tuple[int, str]]:
        """The rule and the verdict of every image that a rule selects."""
        return {
            one["image_id"]: (places[0], self.verdict(one))
            for one in self.there
            if (places := [place for place, rule in enumerate(self.policy.rules) if self.selects(rule, one)])
        }

    def about(self, rule: RetentionRule) -> list[Row]:
        """The images that a rule is about."""
        return [
            one
            for one in self.there
            if rule.owner in (None, one["owner"])
            and rule.region in (None, one["region"])
            and rule.image_type in (None, one["image_type"])
            and (rule.tag is None or rule.tag in one["tags"])
            and (rule.image_name is None or fnmatchcase(one["name"], rule.image_name))
        ]

    def selects(self, rule: RetentionRule, one: Row) -> bool:
        """Whether all conditions of a rule hold for an image."""
        if one not in self.about(rule):
            return False
        if rule.keep_last is not None and one in self.newest(rule, one):
            return False
        if rule.older_than_days is not None and one["created_at"] > self.moment - rule.older_than_days * DAY:
            return False
        return rule.unused_days is None or all(
            at <= self.moment - rule.unused_days * DAY for at in (one["created_at"], *self.uses(one))
        )

    def newest(self, rule: RetentionRule, one: Row) -> list[Row]:
        """The images of the same family that a rule keeps."""
        family = [
            other
            for other in self.about(rule)
            if other["status"] == "active" and all(other[key] == one[key] for key in ("owner", "region", "family"))
        ]
        family.sort(key=lambda other: (other["created_at"], other["image_id"]), reverse=True)
        return family[: rule.keep_last]

    def uses(self, one: Row) -> Iterator[datetime]:
        """When an image was used, each use by its end."""
        of, world = one["image_id"], self.world
        for begins, ends in [
            *((row["started_at"], row["ended_at"]) for row in world.spans if row["image_id"] == of),
            *((row["created_at"], row["deleted_at"]) for row in world.volumes if row["image_id"] == of),
            *((row["created_at"], row["created_at"]) for row in world.images if row.get("source_id") == of),
            *(
                (row["requested_at"],) * 2
                for row in world.exports
                if row["image_id"] == of and row["outcome"] == "done"
            ),
        ]:
            if begins <= self.now:
                yield self.now if ends is None else min(ends, self.now)

    def verdict(self, one: Row) -> str:
        """Why an image that goes is spared, the first reason that holds, or what is due."""
        ripe = self.moment - self.policy.notice_days * DAY
        sold = self.now_of(one, "offers", "published_at", "withdrawn_at")
        reasons = {
            "protected": one["protected"],
            "public": one["visibility"] == "public",
            "on sale": one["published"] or one["visibility"] == "marketplace" or sold,
            "shared": self.now_of(one, "members", "shared_at", "removed_at"),
            "used": self.now_of(one, "spans", "started_at", "ended_at")
            or self.now_of(one, "volumes", "created_at", "deleted_at"),
            "not active": one["status"] != "active",
            "deprecate": one["deprecated_at"] is None,
            "in notice": one["deprecated_at"] is not None and one["deprecated_at"] > ripe,
            "delete": True,
        }
        return next(reason for reason, holds in reasons.items() if holds)

    def now_of(self, one: Row, table: str, begins: str, ends: str) -> bool:
        """Whether an image has a row that has begun and not ended now."""
        rows = [row for row in getattr(self.world, table) if row["image_id"] == one["image_id"]]
        return any(row[begins] <= self.now and (row[ends] is None or row[ends] > self.now) for row in rows)


@pytest.fixture
def con(standing_warehouse: StandingWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse to write into, which nobody keeps."""
    standing_warehouse.recall()
    with standing_warehouse.reading() as con:
        yield con


@pytest.mark.parametrize("seed", range(either(short=15, full=400)))
def test_it_takes_and_spares_what_a_slow_reading_does(con: duckdb.DuckDBPyConnection, seed: int) -> None:
    """In worlds by chance, under policies by chance, also where a sweep is done days after it was due."""
    chance = random.Random(seed)
    world = world_of(chance)
    world.write(con)
    for _ in range(6):
        policy, now = policy_of(chance), MOMENT + chance.choice([0, 0, 1, 3]) * DAY
        sweep = retention.sweep(con, policy, MOMENT, now, "local")
        expected = Oracle(world, policy, MOMENT, now).verdicts()
        taken = {of: verdict for of, verdict in expected.items() if verdict[1] in ("deprecate", "delete")}
        assert {one.image_id: (one.rule, one.due) for one in sweep.due} == taken
        assert sweep.spared == Counter(verdict for of, verdict in expected.items() if of not in taken)


def test_chance_meets_every_verdict() -> None:
    """The worlds by chance are not of one kind: each verdict is met often."""
    met: Counter[str] = Counter()
    for seed in range(40):
        chance = random.Random(seed)
        world = world_of(chance)
        for _ in range(6):
            met.update(verdict for _, verdict in Oracle(world, policy_of(chance), MOMENT, MOMENT).verdicts().values())
    assert len(met) == 9
    assert min(met.values()) > 10


@pytest.mark.parametrize("seed", range(either(short=5, full=100)))
def test_a_late_sweep_takes_no_more(con: duckdb.DuckDBPyConnection, seed: int) -> None:
    """What is done later than it was due is a part of what would have been done in time, if nothing was undone."""
    chance = random.Random(seed)
    world = world_of(chance)
    for row in [*world.members, *world.offers, *world.spans, *world.volumes]:
        # nothing that spares an image ends in between
        for end in ("removed_at", "withdrawn_at", "ended_at", "deleted_at"):
            if row.get(end) is not None and row[end] > MOMENT:
                row[end] = None
    world.write(con)
    for _ in range(6):
        policy = policy_of(chance)
        in_time, late = (retention.sweep(con, policy, MOMENT, MOMENT + days * DAY, "local") for days in (0, 3))
        assert {(one.image_id, one.due) for one in late.due} <= {(one.image_id, one.due) for one in in_time.due}


ALL_OLD = RetentionPolicy.model_validate(
    {"most": 50, "notice_days": 14, "rules": [{"name": "old", "older_than_days": 1}]}
)


def swept(con: duckdb.DuckDBPyConnection) -> Sweep:
    """A sweep of all that is older than a day."""
    return retention.sweep(con, ALL_OLD, MOMENT, MOMENT, "local")


@pytest.mark.parametrize("deprecated_at", [None, MOMENT - 300 * DAY])
def test_what_must_stay_stays(con: duckdb.DuckDBPyConnection, deprecated_at: datetime | None) -> None:
    """Protected, public, on sale, shared, used by a server that runs or is stopped, or by a disk: none of it goes."""
    both: dict[str, Any] = {"deprecated_at": deprecated_at}
    image(con, "plain", **both)
    image(con, "protected", protected=True, **both)
    image(con, "public", owner="platform", visibility="public", **both)
    image(con, "published", published=True, visibility="marketplace", **both)
    image(con, "offered", **both)
    insert(con, "offer", offer_id="o", name="o", image_id="offered", publisher="acme", pricing_model="free",
           published_at=MOMENT - DAY)  # fmt: skip
    for status in ("pending", "accepted", "rejected"):
        image(con, status, **both)
        member(con, status, "umbrella", status, "2026-03-01")
    image(con, "disk", **both)
    world = World(volumes=[{"image_id": "disk", "created_at": MOMENT - DAY, "deleted_at": None}])
    for state in ("running", "stopped"):
        image(con, state, **both)
        world.spans.append({"image_id": state, "state": state, "started_at": MOMENT - DAY, "ended_at": None})
    world.write(con)
    sweep = swept(con)
    assert [one.image_id for one in sweep.due] == ["plain"]
    assert {str(reason): images for (_, reason), images in sweep.spared.items()} == {
        "protected": 1, "public": 1, "on sale": 2, "shared": 3, "used": 3,
    }  # fmt: skip


def test_what_was_shared_sold_or_used_once_may_go(con: duckdb.DuckDBPyConnection) -> None:
    """A share that was stopped, an offer that was withdrawn, a server and a disk that are gone keep no image."""
    for name in ("shared", "offered", "server", "disk"):
        image(con, name)
    member(con, "shared", "umbrella", "accepted", "2026-03-01", removed_at=MOMENT)
    insert(con, "offer", offer_id="o", name="o", image_id="offered", publisher="acme", pricing_model="free",
           published_at=MOMENT - 9 * DAY, withdrawn_at=MOMENT)  # fmt: skip
    World(
        spans=[{"image_id": "server", "state": "running", "started_at": MOMENT - DAY, "ended_at": MOMENT}],
        volumes=[{"image_id": "disk", "created_at": MOMENT - DAY, "deleted_at": MOMENT}],
    ).write(con)
    assert {one.image_id for one in swept(con).due} == {"shared", "offered", "server", "disk"}


def test_only_what_lies_on_the_cloud_that_is_acted_on_is_swept(con: duckdb.DuckDBPyConnection) -> None:
    """No action of ours could delete what lies elsewhere."""
    for name, cloud in (("here", "local"), ("glance", "openstack"), ("ami", "aws")):
        image(con, name, cloud=cloud)
    for cloud, due in (("local", {"here"}), ("openstack", {"glance"})):
        sweep = retention.sweep(con, ALL_OLD, MOMENT, MOMENT, cloud)
        assert {one.image_id for one in sweep.due} == due


def test_an_image_goes_by_the_first_rule_that_selects_it(con: duckdb.DuckDBPyConnection) -> None:
    """It is due once, whichever rules select it."""
    image(con, "web")
    rules = [{"name": f"r{days}", "older_than_days": days} for days in (3000, 30, 3)]
    policy = RetentionPolicy.model_validate({"most": 50, "notice_days": 14, "rules": rules})
    assert [(one.rule, one.image_id) for one in retention.sweep(con, policy, MOMENT, MOMENT, "local").due] == [
        (1, "web")
    ]
