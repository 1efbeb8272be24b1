"""Scripts carried out in a world of seeds, and what they leave, in a form to be compared with the oracle's world."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from data.lifecycle import action_log
from domain.actions import Batch
from domain.policy import profiles
from flows.batches.yaml_files import requests_of
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, apply
from support.fakes import FILES, Clock, FakeCloud, StandingWarehouse
from support.oracle.acts import carry_out
from support.oracle.policy import judge
from support.oracle.world import Asked, Offer, World
from support.worlds.random_scripts import SEEDS, Script

Lines = list[dict[str, Any]]
FLAVORS = {
    "s3.large.2": ("ecs", 4096),
    "s3.medium.1": ("ecs", 1024),
    "s3.medium.4": ("ecs", 4096),
    "physical.o2.medium": ("bms", 262144),
}


@dataclass
class Seeded:
    """A world in which the seeds of all scripts have been carried out, to come back to."""

    warehouse: StandingWarehouse
    cloud: FakeCloud


def seed() -> Iterator[Seeded]:
    """A seeded world: the seeds are the same in every script, and are carried out once."""
    there = Seeded(StandingWarehouse(), FakeCloud())
    story = Story(there, Script([SEEDS], [0]))
    (seeds,) = story.batches()
    assert apply(seeds, story.context).exit_code == 0
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
        self.context = ExecutionContext(seeded.warehouse, self.cloud, self.clock)
        complete = f"CREATE OR REPLACE MACRO usage_is_complete(of_cloud) AS {script.usage_complete}"
        with seeded.warehouse.writing() as con:
            con.execute(complete)

    def batches(self) -> Iterator[ActionBatch]:
        """Each batch, at its time."""
        for number, steps in enumerate(self.script.rendered()):
            self.clock.now = self.script.begun(number)
            batch = Batch.model_validate({"batch_id": self.script.batch_id(number), "actions": steps})
            yield ActionBatch(batch, "test", Path("/nowhere"))

    def later_batches(self) -> Iterator[ActionBatch]:
        """The batches after the seeds."""
        return islice(self.batches(), 1, None)

    def world(self) -> World:
        """The oracle's world after the seeds, with the same files and flavors, and the numbers of now."""
        world = World(dict(FILES), FLAVORS, {name: limit.value for name, limit in profiles.limits("seed").items()})
        world.usage_complete = self.script.usage_complete
        for asked in self.asked(next(self.batches())):
            carry_out(world, asked)
        return world

    def lines(self, work: ActionBatch) -> Lines:
        """The lines of a batch as the log has them."""
        with self.context.warehouse.reading() as con:
            return list(action_log.lines(con, work.batch_id))

    def held(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the warehouse holds by now."""
        with self.context.warehouse.reading() as con:
            return held(con)

    def logged(self) -> int:
        """How many lines the log has."""
        with self.context.warehouse.reading() as con:
            return int(con.execute("SELECT count(*) FROM action_log").fetchall()[0][0])

    def asked(self, work: ActionBatch) -> Iterator[Asked]:
        """The requests of a batch, line by line, for the oracle."""
        by_retention = work.batch_id.startswith("retention-")
        for one in requests_of(work.batch, work.batch_id, self.clock.now, self.clock.now):
            said = json.loads(one.request_json)
            said |= {name: datetime.fromisoformat(said[name]) for name in ("valid_from", "starts_at") if said.get(name)}
            yield Asked(one.action, one.actor, one.region, one.happened_at, said, one.tenant, one.new_id, by_retention)


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
            "prices": "SELECT offer_id, valid_from, pricing_model, amount::DOUBLE, currency, unit, terms FROM price",
            "contracts": "SELECT contract_id, offer_id, tenant, region, servers, upfront::DOUBLE, hourly::DOUBLE,"
            " currency, starts_at, ends_at FROM contract",
            "credits": "SELECT tenant, region, offer_id, amount::DOUBLE, currency, reason, granted_by FROM credit",
            "servers": "SELECT name, owner, region, target, flavor, image_id, system_disk_gb, kms_key_id, state,"
            " deleted_at IS NOT NULL FROM server",
            "volumes": "SELECT volume_id, name, owner, region, image_id, size_gb, kms_key_id FROM volume",
            "backups": "SELECT backup_id, s.name, b.owner, b.region, service, b.image_id, b.kms_key_id FROM backup AS b"
            " JOIN server AS s USING (server_id)",
        }.items()
    }


UNITS = {"vcpu_hourly": "vCPU-Hours", "monthly": "Months", "yearly": "Years", "one_time": "Units"}


def prices_held(offer: Offer) -> Iterator[tuple[Any, ...]]:
    """The prices of an offer: the amount of tiers is that of the first; what has no currency keeps the one before."""
    currency = "EUR"
    for since, price in offer.prices:
        tiers = price.get("tiers", [{"amount": "0"}])
        currency = price.get("currency", currency)
        amount = float(price.get("amount", tiers[0]["amount"]))
        terms = json.dumps(price, separators=(",", ":"))
        yield offer.id, since, price["model"], amount, currency, UNITS.get(price["model"], "Hours"), terms


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
        "prices": [price for offer in world.offers.values() for price in prices_held(offer)],
        "contracts": [
            (
                c.id,
                c.offer,
                c.tenant,
                c.region,
                c.servers,
                float(c.upfront),
                float(c.hourly),
                c.currency,
                c.starts,
                c.ends,
            )
            for c in world.contracts
        ],
        "credits": [
            (c.tenant, c.region, c.offer, float(c.amount), c.currency, c.reason, c.granted_by) for c in world.credits
        ],
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
