"""The fast policy in SQL and the slow one in plain Python say the same of random worlds, and leave the same behind."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fakes import FILES, Clock, FakeCloud, StandingWarehouse, numbers
from hypothesis import given, settings
from oracle import judge
from oracle_acts import carry_out
from oracle_world import Asked, World
from random_scripts import SEEDS, Script, scripts

from data import ledger
from data.requests import Request
from domain import profiles
from domain.actions import Batch
from flows.batch_files import requests_of
from flows.lifecycle import Keeper, apply, plan
from flows.work import BatchWork

Lines = list[dict[str, Any]]
FLAVORS = {"s3.large.2": ("ecs", 4096), "s3.medium.1": ("ecs", 1024), "physical.o2.medium": ("bms", 262144)}


@dataclass
class Seeded:
    """A world in which the seeds of all scripts have been carried out, to come back to."""

    warehouse: StandingWarehouse
    cloud: FakeCloud


@pytest.fixture(scope="module")
def seeded() -> Iterator[Seeded]:
    """The seeds are the same in every script: they are carried out once."""
    there = Seeded(StandingWarehouse(), FakeCloud())
    story = Story(there, Script([SEEDS], [0]))
    (seeds,) = story.batches()
    assert apply(seeds, story.keeper).exit_code == 0
    there.warehouse.remember()
    there.cloud = story.cloud
    yield there
    there.warehouse.close()


class Story:
    """A script that is carried out, batch by batch, in a seeded world."""

    def __init__(self, seeded: Seeded, script: Script) -> None:
        seeded.warehouse.recall()
        self.script = script
        self.clock = Clock()
        self.cloud = copy.deepcopy(seeded.cloud)
        self.keeper = Keeper(seeded.warehouse, self.cloud, self.clock)

    def batches(self) -> Iterator[BatchWork]:
        """Each batch, at its time."""
        for number, steps in enumerate(self.script.rendered()):
            self.clock.now = self.script.begun(number)
            batch = Batch.model_validate({"batch_id": f"batch-{number}", "actions": steps})
            yield BatchWork(batch, "test", Path("/nowhere"))

    def later_batches(self) -> Iterator[BatchWork]:
        """The batches after the seeds."""
        return islice(self.batches(), 1, None)

    def world(self) -> World:
        """The oracle's world after the seeds, with the same files and flavors, and the numbers of now."""
        world = World(dict(FILES), FLAVORS, {name: limit.value for name, limit in profiles.limits("seed").items()})
        for asked in self.asked(next(self.batches())):
            carry_out(world, asked)
        return world

    def lines(self, work: BatchWork) -> Lines:
        """The lines of a batch as the log has them."""
        with self.keeper.warehouse.reading() as con:
            return list(ledger.lines(con, work.batch_id))

    def held(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the warehouse holds by now."""
        with self.keeper.warehouse.reading() as con:
            return held(con)

    def logged(self) -> int:
        """How many lines the log has."""
        with self.keeper.warehouse.reading() as con:
            return int(con.execute("SELECT count(*) FROM action_log").fetchall()[0][0])

    def requests(self, work: BatchWork) -> list[Request]:
        """The requests of a batch, line by line."""
        return list(requests_of(work.batch, work.batch_id, self.clock.now, self.clock.now))

    def asked(self, work: BatchWork) -> Iterator[Asked]:
        """The same for the oracle."""
        for one in self.requests(work):
            said = json.loads(one.said)
            if "valid_from" in said:
                said["valid_from"] = datetime.fromisoformat(said["valid_from"])
            yield Asked(one.action, one.actor, one.region, one.happened_at, said, one.tenant, one.made)


def judged_by_oracle(world: World, asked: Iterator[Asked]) -> list[tuple[str, list[str]]]:
    """What the oracle says of one request after another, and does with those it allows."""
    verdicts = []
    for one in asked:
        denied_by = judge(world, one)
        verdicts.append((one.action, sorted(denied_by)))
        if not denied_by:
            carry_out(world, one)
    return verdicts


def told(lines: Lines) -> list[tuple[str, list[str]]]:
    """What the lines of a batch say, in the oracle's form; no denial is without a rule."""
    assert all((line["verdict"] == "denied") == bool(line["denied_by"]) for line in lines)
    return [(line["action"], sorted(line["denied_by"])) for line in lines]


@settings(max_examples=16)
@given(script=scripts(10))
def test_the_policy_says_what_the_oracle_says(seeded: Seeded, script: Script) -> None:
    """Every verdict of every line, with all the rules that object, is the oracle's, and so is what is there after."""
    with numbers(**script.limits):
        story = Story(seeded, script)
        world = story.world()
        for work in story.later_batches():
            apply(work, story.keeper)
            assert told(story.lines(work)) == judged_by_oracle(world, story.asked(work))
        assert story.held() == held_by_oracle(world)


@settings(max_examples=6)
@given(script=scripts(5))
def test_a_batch_is_the_same_as_its_actions_one_by_one(seeded: Seeded, script: Script) -> None:
    """However actions are cut into batches, the verdicts are the same, and so is what is there after."""
    with numbers(**script.limits):
        outcomes = []
        for cut in (script, script.one_by_one):
            story = Story(seeded, cut)
            lines: Lines = []
            for work in story.later_batches():
                apply(work, story.keeper)
                lines += story.lines(work)
            outcomes.append((told(lines), nameless(story.held(), cut.made())))
        assert outcomes[0] == outcomes[1]


@settings(max_examples=6)
@given(script=scripts(5))
def test_a_plan_says_what_applying_does(seeded: Seeded, script: Script) -> None:
    """A plan of a batch gives the verdicts that it gets when it is applied, and changes nothing."""
    with numbers(**script.limits):
        story = Story(seeded, script)
        for work in story.later_batches():
            before, orders = story.held(), len(story.cloud.orders)
            planned = plan(work, story.keeper)
            assert story.held() == before
            assert len(story.cloud.orders) == orders
            apply(work, story.keeper)
            assert told(planned) == told(story.lines(work))


@settings(max_examples=4)
@given(script=scripts(5))
def test_applying_again_does_nothing(seeded: Seeded, script: Script) -> None:
    """A batch that was applied is done: applied again it gives no orders, writes no lines and changes nothing."""
    with numbers(**script.limits):
        story = Story(seeded, script)
        for work in story.later_batches():
            first = apply(work, story.keeper)
            before, orders, logged = story.held(), len(story.cloud.orders), story.logged()
            again = apply(work, story.keeper)
            assert (again.done, again.denied, again.failed) == (first.done, first.denied, first.failed)
            assert again.already == first.done + first.denied
            assert (story.held(), len(story.cloud.orders), story.logged()) == (before, orders, logged)


def nameless(things: dict[str, list[tuple[Any, ...]]], ids: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    """The same things with the number of the step that made them in place of each id."""
    number = {made: f"step {step}" for step, made in enumerate(ids)}
    return {
        name: sorted((tuple(number.get(said, said) for said in row) for row in rows), key=repr)
        for name, rows in things.items()
    }


def held(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """What the warehouse holds."""
    return {
        name: sorted(con.execute(query).fetchall(), key=repr)
        for name, query in {
            "images": "SELECT image_id, name, owner, region, visibility, image_type, target, status, disk_format,"
            " virtual_size_bytes, min_disk_gb, min_ram_mb, kms_key_id, encrypted, backup_service, published, protected,"
            " deprecated_at IS NOT NULL, origin_image_id, deleted_at IS NOT NULL FROM image",
            "members": "SELECT image_id, tenant, status FROM image_member WHERE removed_at IS NULL",
            "offers": "SELECT offer_id, name, image_id, publisher, published_at, withdrawn_at IS NOT NULL FROM offer",
            "prices": "SELECT offer_id, valid_from, amount::DOUBLE FROM price",
            "servers": "SELECT name, owner, region, target, flavor, image_id, system_disk_gb, kms_key_id, state,"
            " deleted_at IS NOT NULL FROM server",
            "volumes": "SELECT volume_id, name, owner, region, image_id, size_gb, kms_key_id FROM volume",
            "backups": "SELECT backup_id, s.name, b.owner, b.region, service, b.image_id, b.kms_key_id FROM backup AS b"
            " JOIN server AS s USING (server_id)",
        }.items()
    }


def held_by_oracle(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """What the oracle's world holds, in the same form."""
    images, servers = world.images.values(), world.servers.values()
    everything: dict[str, list[tuple[Any, ...]]] = {
        "images": [
            (
                i.id,
                i.name,
                i.owner,
                i.region,
                i.visibility,
                i.image_type,
                i.target,
                i.status,
                i.disk_format,
                i.disk_bytes,
                i.min_disk_gb,
                i.min_ram_mb,
                i.key,
                i.encrypted,
                i.backup_service,
                i.on_sale,
                i.protected,
                i.deprecated,
                i.root,
                i.deleted,
            )
            for i in images
        ],
        "members": [(image.id, tenant, status) for image in images for tenant, status in image.members.items()],
        "offers": [(o.id, o.name, o.image, o.publisher, o.published_at, o.withdrawn) for o in world.offers.values()],
        "prices": [(o.id, since, float(amount)) for o in world.offers.values() for since, amount, _ in o.prices],
        "servers": [
            (s.name, s.owner, s.region, s.target, s.flavor, s.image, s.disk_gb, s.key, s.state, s.state == "terminated")
            for s in servers
        ],
        "volumes": [(v.id, v.name, v.owner, v.region, v.image, v.size_gb, v.key) for v in world.volumes.values()],
        "backups": [
            (b.id, world.servers[b.server].name, b.owner, b.region, b.service, b.image, b.key)
            for b in world.backups.values()
        ],
    }
    return {name: sorted(rows, key=repr) for name, rows in everything.items()}
