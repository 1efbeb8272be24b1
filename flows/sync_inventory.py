"""The flow ``sync-inventory``: what real clouds hold, written into the warehouse; and what there nobody of ours did."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact

from data.inventory.sync import Drifted, RegionListing, Synced, find_drift, sync_region
from data.warehouse.connection import Warehouse
from domain.cloud import CloudError
from domain.inventory import Inventory
from flows.batches.arguments import head_of
from flows.batches.proposals import proposed
from flows.lifecycle import steps
from flows.resources import inventories_of, warehouse_of
from flows.runs import events
from flows.runs.markdown import table
from flows.settings import settings

MOST_FOUND = 10_000
"""How much drift is looked at: a person should still be able to look through the batch that repairs it."""

MOST_SHOWN = 50
"""How much of it the page shows."""

NOTHING = (
    "the embedded cloud is the warehouse itself: there is nothing to sync; IMAGEKEEPER_CLOUD names another,"
    " IMAGEKEEPER_AWS_PROFILES accounts of AWS"
)
COLUMNS = ("region", "images", "shares", "new", "changed", "gone")
DRIFT = ("problem", "image", "name", "owner", "region", "tenant", "detail", "repair")


class Found(TypedDict):
    """What a sync came to: in how many regions, how many images and shares, how many were otherwise, and what drift."""

    said: str
    regions: int
    images: int
    members: int
    appeared: int
    changed: int
    vanished: int
    drift: list[str]
    proposed: str | None


@dataclass(frozen=True, slots=True)
class Inventoried:
    """What was synced and found, and what could not be asked."""

    regions: Sequence[Synced]
    found: Sequence[Drifted]
    proposed: Path | None
    errors: Sequence[str]

    @property
    def plain(self) -> Found:
        """The counts and the path, as plain data."""
        return {
            "said": self.sentence,
            "regions": len(self.regions),
            "images": sum(one.images for one in self.regions),
            "members": sum(one.members for one in self.regions),
            "appeared": sum(one.appeared for one in self.regions),
            "changed": sum(one.changed for one in self.regions),
            "vanished": sum(one.vanished for one in self.regions),
            "drift": [_in_words(one) for one in self.found[:MOST_SHOWN]],
            "proposed": None if self.proposed is None else str(self.proposed),
        }

    @property
    def sentence(self) -> str:
        """What was found, in a line."""
        if not self.regions and not self.errors:
            return NOTHING
        images, members = sum(one.images for one in self.regions), sum(one.members for one in self.regions)
        found = f"{_count(images, 'image')} and {_count(members, 'share')} in {_count(len(self.regions), 'region')}"
        new, changed, gone = (
            sum(getattr(one, name) for one in self.regions) for name in ("appeared", "changed", "vanished")
        )
        drift = f"; {len(self.found):,} that no action of ours explains or a rule forbids" if self.found else ""
        silent = f"; {_count(len(self.errors), 'region')} could not be asked" if self.errors else ""
        return f"{found}: {new:,} new, {changed:,} changed, {gone:,} gone{drift}{silent}"


@flow(name="sync-inventory", flow_run_name="sync inventory", validate_parameters=True)
async def sync_inventory(profile: str = "seed") -> Found:
    """Writes down what the real clouds hold: images, whom they are shared with, their status and properties.

    Only what is otherwise is written; what is gone is marked. What no action of ours explains, and what a rule forbids
    to be as it is, is named on the run's page, with a batch that would repair it; nobody but you applies it.

    Args:
        profile: The rule profile by which shares are looked at.
    """
    head_of(profile=profile)
    done = await asyncio.to_thread(sync_here, profile)
    said = done.sentence
    get_run_logger().info("%s", said)
    await acreate_markdown_artifact(key="inventory", markdown=page_of(done), description=said)
    if done.found:
        labels = {"proposes": "nothing" if done.proposed is None else "batch"}
        counts = {name: value for name, value in done.plain.items() if name != "said"}
        events.tell("drift", "inventory", said, labels=labels, **counts)
    if done.errors:
        raise CloudError("\n".join(done.errors))
    return done.plain


def sync_here(profile: str = "seed") -> Inventoried:
    """Sync the clouds that the settings name into the warehouse that they name."""
    here = settings()
    folder = here.home.absolute() / "proposed"
    clouds = inventories_of(here)
    return sync(warehouse_of(here), clouds, folder, clock=steps.now, profile=profile, acts_on=here.cloud)


def sync(
    warehouse: Warehouse,
    inventories: Sequence[Inventory],
    folder: Path,
    *,
    clock: Callable[[], datetime],
    profile: str = "seed",
    acts_on: str | None = None,
) -> Inventoried:
    """Ask each region of each cloud, and write down what it says, a transaction a region.

    What cannot be asked stays as it was, and other regions and clouds are asked all the same. The batch that would
    repair drift at the cloud that batches act on (``acts_on``) goes to ``folder``.
    """
    sync_id, regions = uuid.uuid4().hex, []
    errors: list[str] = []
    for cloud in inventories:
        for region, tenants in _regions(cloud, errors).items():
            started, listing = clock(), RegionListing()
            try:
                for seen in cloud.take(region):
                    listing.add(seen)
            except CloudError as error:
                errors.append(f"{cloud.cloud}, {region}: {error}")
                continue
            with warehouse.writing() as con:
                said = {"sync_id": sync_id, "cloud": cloud.cloud, "region": region}
                regions.append(sync_region(con, listing, **said, tenants=tenants, started=started, now=clock()))
    found = []
    if regions:
        with warehouse.reading() as con:
            found = find_drift(con, sync_id, profile=profile, most=MOST_FOUND, acts_on=acts_on)
    return Inventoried(regions, found, propose(found, folder, clock()), errors)


def _regions(cloud: Inventory, errors: list[str]) -> dict[str, list[str]]:
    """The regions of a cloud; none, and an error more, where it cannot say."""
    try:
        return cloud.regions()
    except CloudError as error:
        errors.append(f"{cloud.cloud}: {error}")
        return {}


def propose(found: Sequence[Drifted], folder: Path, moment: datetime) -> Path | None:
    """Write the batch that takes back what was found, each by the image's owner; its path, or None if nothing can."""
    repairs = {(one.repair, one.image_id, one.tenant): one for one in found if one.repair is not None}
    if not repairs:
        return None
    said = (
        f"What was found at the clouds at {moment:%Y-%m-%d %H:%M:%S} UTC that no action of ours explains, or that a",
        "rule forbids, taken back by the owners of the images. Leave out what is as it should be.",
    )
    actions = [(_repair(one), one.problem) for one in repairs.values()]
    return proposed(folder, "inventory", moment, said, actions)


def page_of(done: Inventoried) -> str:
    """What was synced and found, in Markdown."""
    if not done.regions and not done.errors:
        return NOTHING
    counted = (
        (one.region, *(f"{n:,}" for n in (one.images, one.members, one.appeared, one.changed, one.vanished)))
        for one in done.regions
    )
    parts = ["## What the clouds hold", table(COLUMNS, counted, numbers=COLUMNS[1:])]
    if done.errors:
        parts += ["### What could not be asked", *(f"- {error}" for error in done.errors)]
    if done.proposed is not None:
        parts += [
            "### What to do",
            "RegionListing through this batch, leave out what is as it should be, and apply it:",
            f"```sh\nimagekeeper plan {done.proposed}\nimagekeeper apply {done.proposed}\n```",
        ]
    if done.found:
        shown = done.found[:MOST_SHOWN]
        parts += [
            f"### Drift: the first {MOST_SHOWN}" if len(done.found) > MOST_SHOWN else "### Drift",
            table(DRIFT, (_told(one) for one in shown)),
        ]
    return "\n\n".join(parts)


def _in_words(one: Drifted) -> str:
    with_whom = "" if one.tenant is None else f" with {one.tenant}"
    detail = "" if one.detail is None else f": {one.detail}"
    return f"{one.region}  {one.owner}  {one.name}  {one.problem}{with_whom}{detail}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _told(one: Drifted) -> tuple[str | None, ...]:
    return (one.problem, one.image_id, one.name, one.owner, one.region, one.tenant, one.detail, one.repair)


def _repair(one: Drifted) -> dict[str, object]:
    action: dict[str, object] = {"action": one.repair, "image": one.image_id, "actor": one.owner, "region": one.region}
    if one.tenant is not None:
        action["tenants"] = [one.tenant]
    if one.repair == "update_image":
        action["protected"] = (one.detail or "").startswith("true")
    return action
