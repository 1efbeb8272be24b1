"""The flow ``sync-inventory``: writes what real clouds list to the warehouse, and reports drift."""

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
"""The most findings of a sync, so that a person can still review the batch that repairs them."""

MOST_SHOWN = 50
"""The most findings that the page shows."""

NOTHING = (
    "nothing to sync: the warehouse itself is the inventory of the embedded cloud; set IMAGEKEEPER_CLOUD to another"
    " cloud, or IMAGEKEEPER_AWS_PROFILES to accounts of AWS"
)
COLUMNS = ("region", "images", "shares", "new", "changed", "gone")
DRIFT = ("problem", "image", "name", "owner", "region", "tenant", "detail", "repair")


class Found(TypedDict):
    """The result of a sync: regions, images and shares, how many of them changed, and drift."""

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
    """The synced regions, the drift found there, the proposed batch, and errors of regions that could not be listed."""

    regions: Sequence[Synced]
    found: Sequence[Drifted]
    proposed: Path | None
    errors: Sequence[str]

    @property
    def plain(self) -> Found:
        """The counts and the path as plain data."""
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
        """The result in one line."""
        if not self.regions and not self.errors:
            return NOTHING
        images, members = sum(one.images for one in self.regions), sum(one.members for one in self.regions)
        found = f"{_count(images, 'image')} and {_count(members, 'share')} in {_count(len(self.regions), 'region')}"
        new, changed, gone = (
            sum(getattr(one, name) for one in self.regions) for name in ("appeared", "changed", "vanished")
        )
        drift = f"; {len(self.found):,} unexplained by an action, or forbidden by a rule" if self.found else ""
        silent = f"; {_count(len(self.errors), 'region')} could not be listed" if self.errors else ""
        return f"{found}: {new:,} new, {changed:,} changed, {gone:,} gone{drift}{silent}"


@flow(name="sync-inventory", flow_run_name="sync inventory", validate_parameters=True)
async def sync_inventory(profile: str = "seed") -> Found:
    """Writes what the real clouds list to the warehouse: images, their status and properties, and their shares.

    Writes only what changed; marks what is gone. The run's page lists drift: changes that no recorded action explains,
    and states that a rule forbids. It also names a batch that repairs them. You decide whether to apply it.

    Args:
        profile: The rule profile that judges shares.
    """
    head_of(profile=profile)
    done = await asyncio.to_thread(sync_here, profile)
    text = done.sentence
    get_run_logger().info("%s", text)
    await acreate_markdown_artifact(key="inventory", markdown=page_of(done), description=text)
    if done.found:
        labels = {"proposes": "nothing" if done.proposed is None else "batch"}
        counts = {name: value for name, value in done.plain.items() if name != "said"}
        events.tell("drift", "inventory", text, labels=labels, **counts)
    if done.errors:
        raise CloudError("\n".join(done.errors))
    return done.plain


def sync_here(profile: str = "seed") -> Inventoried:
    """Sync the clouds in the settings into the warehouse in the settings."""
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
    """List each region of each cloud and write it to the warehouse, one transaction for each region.

    A region that cannot be listed stays as it was; the other regions and clouds are synced. The batch that repairs
    drift at the cloud that batches act on (``acts_on``) goes to ``folder``.
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
                text = {"sync_id": sync_id, "cloud": cloud.cloud, "region": region}
                regions.append(sync_region(con, listing, **text, tenants=tenants, started=started, now=clock()))
    found = []
    if regions:
        with warehouse.reading() as con:
            found = find_drift(con, sync_id, profile=profile, most=MOST_FOUND, acts_on=acts_on)
    return Inventoried(regions, found, propose(found, folder, clock()), errors)


def _regions(cloud: Inventory, errors: list[str]) -> dict[str, list[str]]:
    """Return the regions of a cloud; on an error, add it to ``errors`` and return none."""
    try:
        return cloud.regions()
    except CloudError as error:
        errors.append(f"{cloud.cloud}: {error}")
        return {}


def propose(found: Sequence[Drifted], folder: Path, moment: datetime) -> Path | None:
    """Write the batch in which the owners undo the drift; return its path, or None if no action can undo it."""
    repairs = {(one.repair, one.image_id, one.tenant): one for one in found if one.repair is not None}
    if not repairs:
        return None
    text = (
        f"Drift found at {moment:%Y-%m-%d %H:%M:%S} UTC: changes that no recorded action explains, and states that a",
        "rule forbids. The owners of the images undo it. Remove the actions whose drift is intended.",
    )
    actions = [(_repair(one), one.problem) for one in repairs.values()]
    return proposed(folder, "inventory", moment, text, actions)


def page_of(done: Inventoried) -> str:
    """Return the result in Markdown."""
    if not done.regions and not done.errors:
        return NOTHING
    counted = (
        (one.region, *(f"{n:,}" for n in (one.images, one.members, one.appeared, one.changed, one.vanished)))
        for one in done.regions
    )
    parts = ["## Inventory of the clouds", table(COLUMNS, counted, numbers=COLUMNS[1:])]
    if done.errors:
        parts += ["### Could not be listed", *(f"- {error}" for error in done.errors)]
    if done.proposed is not None:
        parts += [
            "### What to do",
            "Review this batch, remove the actions whose drift is intended, and apply it:",
            f"```sh\nimagekeeper plan {done.proposed}\nimagekeeper apply {done.proposed}\n```",
        ]
    if done.found:
        shown = done.found[:MOST_SHOWN]
        parts += [
            f"### Drift: the first {MOST_SHOWN}" if len(done.found) > MOST_SHOWN else "### Drift",
            table(DRIFT, (_cells(one) for one in shown)),
        ]
    return "\n\n".join(parts)


def _in_words(one: Drifted) -> str:
    with_whom = "" if one.tenant is None else f" with {one.tenant}"
    detail = "" if one.detail is None else f": {one.detail}"
    return f"{one.region}  {one.owner}  {one.name}  {one.problem}{with_whom}{detail}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _cells(one: Drifted) -> tuple[str | None, ...]:
    return (one.problem, one.image_id, one.name, one.owner, one.region, one.tenant, one.detail, one.repair)


def _repair(one: Drifted) -> dict[str, object]:
    action: dict[str, object] = {"action": one.repair, "image": one.image_id, "actor": one.owner, "region": one.region}
    if one.tenant is not None:
        action["tenants"] = [one.tenant]
    if one.repair == "update_image":
        action["protected"] = (one.detail or "").startswith("true")
    return action
