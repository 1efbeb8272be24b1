"""Servers on a real cloud: a real Nova does what a batch says, as whoever acts, and nothing twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import ReadWriteLock
from three_tenants import Lived, World

from domain.cloud import Capture, CloudError, Launch, MakeDisk
from flows.cli.terminal import cost_in_words
from flows.clouds.openstack.calls import Resource
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.nova import Nova
from flows.lifecycle import planning
from support.clouds.given_orders import new_image, stored
from support.openstack.stack import Stack
from support.worlds.batches import HERE, applied, embedded, held, told, with_disks, with_servers, work_of

SMALL = {"flavor": "s2.medium.1"}


@pytest.fixture(scope="module")
def lived(
    openstack_stack: Stack, servers: None, publicity: ReadWriteLock, tmp_path_factory: pytest.TempPathFactory
) -> Lived:
    """Three tenants after a batch through the life of servers, and what became of its lines."""
    world = World(openstack_stack, tmp_path_factory.mktemp("lived"))
    with publicity.read_lock():
        world.sync()
    return world, world.apply(*with_servers(world.names["umbrella"]))


def at_nova(world: World, name: str) -> list[tuple[str, str, str]]:
    """What Nova says of a tenant's servers: name, status and flavor."""
    return sorted((one["name"], one["status"], one["flavor"]["original_name"]) for one in world.servers(name))


def test_both_clouds_come_to_the_same(lived: Lived, tmp_path: Path) -> None:
    """Each line of a batch through the life of servers: the same verdict, rules and outcome, the same holdings."""
    world, lines = lived
    same, local = embedded(with_servers("umbrella"), tmp_path / "embedded")
    assert told(lines, world.plain) == told(same, {}), [line["error"] for line in lines]
    assert held(world.context, world.plain) == held(local, {})


def test_nova_has_what_the_warehouse_says(lived: Lived, nothing_public: None) -> None:
    """After the batch Nova has those servers, each tenant's its own; the captured image is whole; a sync is silent."""
    world, _ = lived
    assert at_nova(world, "acme") == [
        ("five", "ACTIVE", "s2.medium.1"),
        ("many-1", "ACTIVE", "s2.medium.1"),
        ("one", "ACTIVE", "s2.large.2"),
    ]
    assert at_nova(world, "umbrella") == [("theirs", "ACTIVE", "s2.medium.1")]
    images = {image["name"]: image for image in world.images("acme")}
    assert images["golden"]["os_hash_value"] == images["web"]["os_hash_value"]
    assert (images["golden"]["min_disk"], images["golden"]["visibility"]) == (10, "private")
    assert "description" not in images["golden"]
    done = world.sync()
    assert (done.plain["appeared"], done.plain["changed"], done.plain["vanished"]) == (0, 0, 0)
    assert (list(done.found), list(done.errors)) == ([], [])


def test_disks_come_to_the_same(nothing_public: None, alone: World, tmp_path: Path) -> None:
    """Disks of images and images of disks, by a real Cinder: as on the embedded cloud, byte for byte."""
    lines = alone.apply(*with_disks())
    same, local = embedded(with_disks(), tmp_path / "embedded")
    assert told(lines, alone.plain) == told(same, {}), [line["error"] for line in lines]
    assert held(alone.context, alone.plain) == held(local, {})
    images = {image["name"]: image for image in alone.images("acme")}
    assert images["again"]["os_hash_value"] == images["data"]["os_hash_value"]
    cinder = alone.tenants.cinder(alone.names["acme"], HERE)
    with alone.warehouse.reading() as con:
        disks = con.execute("SELECT volume_id, blob, size_gb FROM volume").fetchall()
    assert [cinder.marked(ours) for ours, _, _ in disks] == [[theirs] for _, theirs, _ in disks]
    assert [(cinder.get(theirs) or {})["size"] for _, theirs, _ in disks] == [size for _, _, size in disks]
    done = alone.sync()
    assert (done.plain["appeared"], done.plain["changed"], list(done.found)) == (0, 0, [])


def test_the_same_orders_again_change_nothing(alone: World) -> None:
    """Launches, disks and captures keep what the port promises: the second time each gives the first's answer."""
    acme, image = alone.names["acme"], alone.imported()
    ((blob,),) = alone.of_image(image, "SELECT blob FROM image WHERE image_id = ?")
    launch = Launch(1, acme, HERE, blob, "s2.medium.1", 1, (("server-1", "s-1"), ("server-2", "s-2")))
    disk = MakeDisk(2, acme, HERE, blob, "volume-1", "d", 1)
    launched, made = stored(alone.context.cloud, launch, disk)
    of_server = Capture(3, "server", HERE, launched.blobs[0], replace(new_image(acme, 3), owner=acme))
    of_disk = Capture(4, "volume", HERE, str(made.blob), replace(new_image(acme, 4), owner=acme))
    captured = stored(alone.context.cloud, of_server, of_disk)
    another = OpenStackCloud(alone.tenants, alone.state)
    assert stored(another, launch, disk, of_server, of_disk) == [launched, made, *captured]
    assert [name for name, _, _ in at_nova(alone, "acme")] == ["s-1", "s-2"]
    assert len(alone.images("acme")) == 3


def test_flavors_are_those_of_the_cloud(alone: World) -> None:
    """A flavor that only the embedded cloud has is unknown to the real one, and the other way round."""
    image = alone.imported()
    launch = {"action": "launch_server", "image": image, "name": "s"}
    lines = alone.apply(launch | {"flavor": "s2.xlarge.1"}, launch | {"flavor": "t1.tiny"})
    assert [(line["denied_by"], line["outcome"]) for line in lines] == [(["flavor.unknown"], None), ([], "done")]
    with alone.warehouse.reading() as con:
        sizes = con.execute("SELECT * EXCLUDE (target, cloud) FROM flavor WHERE cloud = 'openstack'").fetchall()
        disks = con.execute("SELECT system_disk_gb FROM server").fetchall()
    assert set(sizes) == {
        ("s2.large.2", 2, 4096, 10),
        ("s2.medium.1", 1, 1024, 10),
        ("s6.small.1", 1, 1024, 0),
        ("t1.tiny", 1, 64, 20),
    }
    assert disks == [(20,)]


def test_what_a_launch_costs_there_nobody_has_said(alone: World) -> None:
    """The embedded cloud's price list says nothing of a real one's flavors of the same names."""
    step = {"action": "launch_server", "image": alone.imported(), "name": "s", **SMALL}
    (line,) = planning.plan(work_of([step], alone.folder, alone.names["acme"]), alone.context)
    assert cost_in_words(line["cost"]) == "server without a price for flavor s2.medium.1"


def test_a_flavor_without_a_disk_starts_from_a_volume(alone: World) -> None:
    """The volume is made of the image, changes with the OS, is what a capture is made of, and goes with the server."""
    (alone.folder / "other.raw").write_bytes((alone.folder / "disk.raw").read_bytes() + bytes(512))
    image, other = alone.imported(), alone.imported("other", "other.raw")
    server = {"server": "s"}
    lines = alone.apply(
        {"action": "launch_server", "image": image, "name": "s", "flavor": "s6.small.1"},
        {"action": "stop_server", **server},
        {"action": "change_os", **server, "image": other},
        {"action": "start_server", **server},
        {"action": "capture_server", **server, "name": "golden", "image_type": "system_disk"},
    )
    assert [line["error"] or line["outcome"] for line in lines] == ["done"] * 5
    images = {one["name"]: one for one in alone.images("acme")}
    assert images["golden"]["os_hash_value"] == images["other"]["os_hash_value"] != images["web"]["os_hash_value"]
    assert images["golden"]["min_disk"] == 1
    ((disk,),) = [one["os-extended-volumes:volumes_attached"] for one in alone.servers("acme")]
    cinder = alone.tenants.cinder(alone.names["acme"], HERE)
    assert (cinder.get(disk["id"]) or {})["status"] == "in-use"
    (line,) = alone.apply({"action": "terminate_server", **server})
    assert (line["outcome"], cinder.still_exists(disk["id"])) == ("done", False)


def test_a_disk_that_is_too_small_is_denied_by_our_rule(alone: World) -> None:
    """Before Nova is asked, where the warehouse knows the flavor; by Nova, where that became smaller since."""
    image = alone.imported()
    (line,) = alone.apply({"action": "update_image", "image": image, "min_disk_gb": 11})
    assert line["outcome"] == "done"
    launch = {"action": "launch_server", "image": image, "name": "s", **SMALL}
    with alone.warehouse.writing() as con:
        con.execute("UPDATE flavor SET disk_gb = 11 WHERE flavor = 's2.medium.1' AND cloud = 'openstack'")
    (known,) = alone.apply(launch | {"flavor": "s2.large.2"})
    (unknown,) = alone.apply(launch)
    assert known["denied_by"] == unknown["denied_by"] == ["launch.too-little-disk"]
    assert "request" in unknown["because"][0]


def test_images_are_synced_where_nova_is_silent(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flavors that Nova does not tell stay as they were; images and shares are written down all the same."""

    def silent(_nova: Nova) -> list[Resource]:
        raise CloudError("region eu-west-0 does not answer")

    monkeypatch.setattr(Nova, "flavors", silent)
    alone.imported()
    done = alone.sync()
    assert (list(done.errors), done.plain["images"] > 0) == ([], True)
    with alone.warehouse.reading() as con:
        assert con.execute("SELECT count(*) FROM flavor WHERE cloud = 'openstack'").fetchall() == [(4,)]


def test_the_cloud_knows_more_than_the_warehouse(alone: World) -> None:
    """An image, or a server, that is gone at the cloud: denied by our rule, with the cloud's words."""
    image, other = alone.imported(), alone.imported("other")
    launch = {"action": "launch_server", "name": "s", **SMALL}
    assert [line["outcome"] for line in alone.apply(launch | {"image": other})] == ["done"]
    alone.glance("acme").delete(image)
    nova = alone.tenants.nova(alone.names["acme"], HERE)
    (server,) = alone.servers("acme")
    nova.delete(server["id"])
    nova.wait_until_gone(server["id"])
    lines = alone.apply(
        launch | {"image": image, "name": "t"},
        {"action": "stop_server", "server": "s"},
        {"action": "capture_server", "server": "s", "name": "golden", "image_type": "system_disk"},
        {"action": "terminate_server", "server": "s"},
    )
    assert [line["denied_by"] for line in lines] == [["image.unknown"], ["server.unknown"], ["server.unknown"], []]
    assert lines[3]["outcome"] == "done"
    assert "request" in lines[0]["because"][0]


def test_whole_servers_are_not_captured(alone: World) -> None:
    """What only IMS clouds can is denied beforehand."""
    image = alone.imported()
    server: dict[str, Any] = {"action": "launch_server", "image": image, "name": "s", **SMALL}
    lines = alone.apply(server, {"action": "capture_server", "server": "s", "name": "whole", "image_type": "full_ecs"})
    assert [(line["denied_by"], line["outcome"]) for line in lines] == [([], "done"), (["cloud.cannot"], None)]


def test_all_servers_of_a_request_or_none(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second of two cannot be built, the first is taken down again, and the line says why."""
    image, plain = alone.imported(), Nova.launch

    def only_one(self: Nova, name: str, *rest: str) -> Resource:
        if name.endswith("-2"):
            raise CloudError("the line was cut")
        return plain(self, name, *rest)

    step = {"action": "launch_server", "image": image, "name": "s", "count": 2, **SMALL}
    work = work_of([step], alone.folder, alone.names["acme"])
    with monkeypatch.context() as cut:
        cut.setattr(Nova, "launch", only_one)
        cut.setattr("flows.clouds.openstack.calls.PAUSE_S", 0.01)
        (failed,) = applied(work, alone.context)
    assert (failed["outcome"], "the line was cut" in failed["error"]) == ("failed", True)
    assert [line["error"] or line["outcome"] for line in applied(work, alone.context)] == ["done"]
    assert [name for name, _, _ in at_nova(alone, "acme")] == ["s-1", "s-2"]


def test_a_launch_whose_answer_is_lost_is_not_done_twice(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nova built it and its answer never came: it is found, and there is one server."""
    image, plain, lost = alone.imported(), Nova.launch, []

    def no_progress(self: Nova, *said: str) -> Resource:
        made = plain(self, *said)
        if not lost:
            lost.append(made)
            raise CloudError("the connection broke")
        return made

    monkeypatch.setattr(Nova, "launch", no_progress)
    (line,) = alone.apply({"action": "launch_server", "image": image, "name": "s", **SMALL})
    assert (line["outcome"], len(lost)) == ("done", 1)
    assert [name for name, _, _ in at_nova(alone, "acme")] == ["s"]
