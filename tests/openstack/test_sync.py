"""What the cloud holds, written down; and what there nobody did by an action."""

import uuid
from pathlib import Path

import pytest
from three_tenants import World

from data.warehouse.connection import Warehouse
from flows.batches.yaml_files import read_batch
from flows.clouds.openstack.inventory import OpenStackInventory
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.prepared_batch import ActionBatch
from flows.sync_inventory import sync
from support.openstack.stack import Stack
from support.worlds.batches import HERE, applied


def test_drift_is_found_named_and_repaired(world: World, nothing_public: None) -> None:
    """Shared by hand, made public to all, deactivated, protected, deleted, made: a batch takes back what can be."""
    names = ("shared", "open", "off", "kept", "gone", "taken")
    image = {name: world.imported(name) for name in names}
    acme, umbrella = world.glance("acme"), world.names["umbrella"]
    world.apply({"action": "share_image", "image": image["taken"], "tenants": [umbrella]})
    world.sync()
    acme.change(image["shared"], {"visibility": "shared"})
    acme.add_member(image["shared"], world.project("initech"))
    acme.change(image["open"], {"visibility": "community"})
    acme.act(image["off"], "deactivate")
    acme.change(image["kept"], {"protected": True})
    acme.delete(image["gone"])
    acme.remove_member(image["taken"], world.project("umbrella"))
    acme.create({"id": str(uuid.uuid4()), "name": "new", "disk_format": "raw", "container_format": "bare"})
    done = world.sync()
    found = {one.name: (one.problem, one.repair) for one in done.found}
    assert found == {
        "shared": ("shared by hand", "unshare_image"),
        "open": ("visibility changed by hand", "deactivate_image"),
        "off": ("status changed by hand", "reactivate_image"),
        "kept": ("protected changed by hand", "update_image"),
        "gone": ("deleted by hand", None),
        "taken": ("share taken back by hand", "share_image"),
        "new": ("made by hand", None),
    }
    assert done.proposed is not None
    repaired = applied(ActionBatch(read_batch(done.proposed), "test", world.folder), world.context)
    assert [line["outcome"] for line in repaired] == ["done"] * 5, repaired
    assert acme.members(image["shared"]) == []
    assert [member["member_id"] for member in acme.members(image["taken"])] == [world.project("umbrella")]
    assert {name: (acme.image(image[name]) or {})["status"] for name in ("open", "off")} == {
        "open": "deactivated",
        "off": "active",
    }
    assert world.sync().found == []


def test_a_published_image_that_is_shared_by_hand_is_drift(world: World, openstack_stack: Stack) -> None:
    """No rule of Glance forbids it, ours do: it is found at once, and the batch that takes it back works."""
    platform = Tenants(file=openstack_stack.clouds_yaml).glance("platform", HERE)
    image_id = str(uuid.uuid4())
    made = {"id": image_id, "name": "sold", "owner": world.project("acme"), "container_format": "bare"}
    platform.create(made | {"disk_format": "raw", "visibility": "shared", "__imagetype": "market"})
    platform.upload(image_id, iter([b"x" * 1024]))
    world.glance("acme").add_member(image_id, world.project("umbrella"))
    done = world.sync()
    assert [(one.problem, one.tenant) for one in done.found] == [
        ("a published image is shared", world.names["umbrella"])
    ]
    assert done.proposed is not None
    (line,) = applied(ActionBatch(read_batch(done.proposed), "test", world.folder), world.context)
    assert line["outcome"] == "done"
    assert world.sync().found == []


def test_recipients_without_their_owners_see_what_is_shared(
    world: World, openstack_stack: Stack, tmp_path: Path
) -> None:
    """Somebody who has only the recipient's credentials gets the image, its owner's id, and the share."""
    image = world.imported()
    world.apply({"action": "share_image", "image": image, "tenants": [world.names["umbrella"]]})
    alone = Warehouse(tmp_path / "alone" / "wh.duckdb")
    tenants = Tenants(file=openstack_stack.clouds(world.names["umbrella"]))
    inventory = OpenStackInventory(tenants, tmp_path / "alone")
    for _ in range(2):
        sync(alone, [inventory], tmp_path / "alone", clock=lifecycle.now)
        with alone.reading() as con:
            rows = con.execute(
                "SELECT i.image_id, i.owner, m.tenant, m.status"
                " FROM image AS i LEFT JOIN image_member AS m USING (image_id) WHERE i.visibility = 'private'"
            ).fetchall()
        assert rows == [(image, world.project("acme"), world.names["umbrella"], "pending")]
    world.apply({"action": "unshare_image", "image": image, "tenants": [world.names["umbrella"]]})
    sync(alone, [inventory], tmp_path / "alone", clock=lifecycle.now)
    with alone.reading() as con:
        assert con.execute("SELECT count(*) FROM current_member").fetchall() == [(0,)]


def test_a_region_that_does_not_answer_stays_as_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its images are not marked as gone, and what is wrong is said."""
    monkeypatch.setattr("flows.clouds.openstack.calls.PAUSE_S", 0.01)
    image = world.imported()
    inventory = OpenStackInventory(Tenants(file=world.unreachable(tmp_path)), world.state)
    done = sync(world.warehouse, [inventory], tmp_path, clock=lifecycle.now)
    assert done.regions == []
    assert len(done.errors) == 2
    assert all("does not answer" in error or "cannot" in error for error in done.errors)
    assert world.of_image(image, "SELECT status FROM image WHERE image_id = ?") == [("active",)]
