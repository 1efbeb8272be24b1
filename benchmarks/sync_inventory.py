"""A sync of 10,000 images of a real Glance, beside the bare paged listing of the same images, in turn.

The bare listing is what a script would do: GET /v2/images?limit=1000 and its next pages, JSON read, nothing kept.
Measured each: the first sync into an empty warehouse, and one that finds all as it was. The images are private: only
those that are shared need to be asked for their shares, a call each.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

import requests  # noqa: E402
import yaml  # noqa: E402
from rows import Goal, row  # noqa: E402

from data.warehouse.connection import Warehouse  # noqa: E402
from flows.clouds.openstack.inventory import OpenStackInventory  # noqa: E402
from flows.clouds.openstack.tenants import Tenants  # noqa: E402
from flows.lifecycle import steps  # noqa: E402
from flows.sync_inventory import sync  # noqa: E402
from support.openstack import packages  # noqa: E402 - of the tests, whose Glance this is
from support.openstack.stack import Stack, joined  # noqa: E402

IMAGES, ROUNDS = 10_000, 3
GOALS = {"first sync": Goal(1.3, "x"), "sync of what is as it was": Goal(1.3, "x")}
"""How many times as long as the bare listing."""
HERE = "eu-west-0"


def main() -> None:
    """Fill a tenant's region, and time the ways of listing it."""
    packages.ready()
    with tempfile.TemporaryDirectory() as name, joined(Path(name)) as stack:
        folder = Path(name)
        tenant = "many"
        stack.new_project(tenant)
        stack.insert_images(HERE, stack.projects[tenant], IMAGES)
        tenants = Tenants(file=stack.clouds(tenant))
        inventory = OpenStackInventory(tenants, folder / "state")
        token = tenants.glance(tenant, HERE)  # signed in before anything is timed
        next(token.images(limit="1"))

        def synced(warehouse: Warehouse) -> None:
            done = sync(warehouse, [_only(inventory)], folder, clock=steps.now)
            assert not done.errors, done.errors

        bare: list[float] = []
        first: list[float] = []
        again: list[float] = []
        for number in range(ROUNDS):
            warehouse = Warehouse(folder / f"{number}.duckdb")
            with warehouse.writing():
                pass  # made before: what is measured is the sync
            bare.append(_timed(lambda: _listed(stack, tenant)))
            first.append(_timed(lambda w=warehouse: synced(w)))
            bare.append(_timed(lambda: _listed(stack, tenant)))
            again.append(_timed(lambda w=warehouse: synced(w)))
        listing = statistics.median(bare)
        print(f"bare listing of {IMAGES:,}: {listing:.2f} s")
        for said, times in (("first sync", first), ("sync of what is as it was", again)):
            took = statistics.median(times)
            print(f"{said}: {took:.2f} s, {took / listing:.2f} times the bare listing")
            row(said, took / listing, GOALS[said])


class _only:  # noqa: N801 - a small stand-in
    """An inventory of one region."""

    def __init__(self, inventory: OpenStackInventory) -> None:
        self.cloud, self.take = inventory.cloud, inventory.take
        self._regions = inventory.regions

    def regions(self) -> dict[str, list[str]]:
        """The one that was filled."""
        return {HERE: self._regions()[HERE]}


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _token(stack: Stack, tenant: str) -> str:
    entry = yaml.safe_load(stack.clouds(tenant).read_text())["clouds"][tenant]["auth"]
    user = {"name": entry["username"], "password": entry["password"], "domain": {"id": entry["user_domain_id"]}}
    project = {"name": entry["project_name"], "domain": {"id": entry["project_domain_id"]}}
    identity = {"methods": ["password"], "password": {"user": user}}
    asked = {"auth": {"identity": identity, "scope": {"project": project}}}
    return requests.post(f"{stack.keystone_url}/auth/tokens", json=asked, timeout=60).headers["X-Subject-Token"]


def _listed(stack: Stack, tenant: str) -> None:
    session = requests.Session()
    session.headers["X-Auth-Token"] = _token(stack, tenant)
    url, count = f"{stack.glance_urls[HERE]}/v2/images?limit=1000", 0
    while url:
        page = session.get(url, timeout=60).json()
        count += len(page["images"])
        url = f"{stack.glance_urls[HERE]}{page['next']}" if "next" in page else ""
    assert count >= IMAGES, count


if __name__ == "__main__":
    main()
