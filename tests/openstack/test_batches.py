"""Batches on a real cloud: the same verdicts and outcomes as on the embedded one, and nothing twice or lost."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import ReadWriteLock
from three_tenants import PLAIN, Lived, World

from data.warehouse.connection import Warehouse
from domain.cloud import CloudError, FetchFile, NewImage, Release
from flows.clouds.openstack.allowed_urls import AllowedUrls
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle import planning
from flows.lifecycle.steps import ExecutionContext
from support.disk_files import qcow2
from support.openstack.stack import Stack
from support.served_files import serving_files
from support.worlds.batches import HERE, THERE, applied, embedded, everything, held, prepared, told, work_of


@pytest.fixture(scope="module")
def lived(openstack_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Three tenants after a batch through the whole life of images, and what became of its lines."""
    world = World(openstack_stack, tmp_path_factory.mktemp("lived"))
    return world, world.apply(*everything(**world.names))


def test_both_clouds_come_to_the_same(lived: Lived, tmp_path: Path) -> None:
    """Each line of a batch through the whole life of images: the same verdict, rules and outcome, the same holdings."""
    world, lines = lived
    same, local = embedded(everything(*PLAIN), tmp_path / "embedded")
    assert told(lines, world.plain) == told(same, {})
    assert {line["outcome"] for line in lines} == {"done", None}
    assert held(world.context, world.plain) == held(local, {})
    assert (world.folder / "out" / "web.raw").read_bytes() == (world.folder / "disk.raw").read_bytes()


def test_what_was_done_is_what_the_cloud_says(lived: Lived, nothing_public: None) -> None:
    """After a batch a sync finds nothing to write and no drift: the warehouse mirrors the cloud."""
    world, _ = lived
    before = held(world.context, world.plain)
    done = world.sync()
    counted = {name: sum(getattr(one, name) for one in done.regions) for name in ("appeared", "changed", "vanished")}
    assert counted == {"appeared": 0, "changed": 0, "vanished": 0}
    assert (list(done.found), done.proposed, list(done.errors)) == ([], None, [])
    assert held(world.context, world.plain) == before


def test_what_this_cloud_cannot_is_denied_beforehand(world: World) -> None:
    """A Marketplace and backups nowhere, servers and disks where the catalog has none: in the plan, with the reason."""
    image = world.imported()
    steps = [
        {"action": "launch_server", "image": image, "name": "s", "flavor": "s2.medium.1", "region": THERE},
        {"action": "start_server", "server": "s", "region": THERE},
        {"action": "create_volume", "image": image, "name": "v", "size_gb": 10},
        {"action": "publish_image", "image": image, "offer": "o", "price": {"model": "free"}},
        {"action": "backup_server", "server": "s", "service": "csbs"},
    ]
    planned = planning.plan(work_of(steps, world.folder, world.names["acme"]), world.context)
    assert [line["denied_by"] for line in planned] == [["cloud.cannot"]] * 5
    words = ["has no servers", "has no servers", "has no disks", "no Marketplace", "no backups"]
    assert all(word in line["because"][0] for word, line in zip(words, planned, strict=True))


def test_encryption_is_denied_beforehand(world: World) -> None:
    """Glance encrypts nothing: imports and copies that ask for it are denied in the plan and when applied."""
    image = world.imported()
    disk = {"file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 1}
    steps = [
        {"action": "import_image", "name": "plain", **disk},
        {"action": "import_image", "name": "secret", **disk, "encrypted": True},
        {"action": "copy_image", "image": image, "name": "keyed", "kms_key": "key-1"},
        {"action": "copy_image", "image": image, "name": "same"},
    ]
    expected = [None, ["cloud.cannot"], ["cloud.cannot"], None]
    planned = planning.plan(work_of(steps, world.folder, world.names["acme"]), world.context)
    assert [line["denied_by"] or None for line in planned] == expected
    lines = world.apply(*steps)
    assert [line["denied_by"] or None for line in lines] == expected
    assert [line["outcome"] for line in lines] == ["done", None, None, "done"]
    assert {image["name"] for image in world.images("acme")} == {"web", "plain", "same"}


def test_an_import_that_failed_is_cleaned_up_and_can_be_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks amid the bytes: nothing is left in Glance, the line says why, and the next try does it."""
    whole = Glance.upload

    def torn(self: Glance, image_id: str, pieces: Iterator[bytes]) -> None:
        def some() -> Iterator[bytes]:
            yield next(pieces)
            raise ConnectionResetError("the line was cut")

        whole(self, image_id, some())

    step = {"action": "import_image", "name": "web", "file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 1}
    work = work_of([step], world.folder, world.names["acme"])
    with monkeypatch.context() as cut:
        cut.setattr(Glance, "upload", torn)
        (failed,) = applied(work, world.context)
    assert failed["outcome"] == "failed"
    assert "disk.raw" in failed["error"]
    assert world.images("acme") == []
    (done,) = applied(work, world.context)
    assert done["outcome"] == "done"
    assert len(world.images("acme")) == 1
    assert world.sync().found == []


def test_the_cloud_fetches_files_from_where_it_may(world: World) -> None:
    """Looked at by its ends, fetched by Glance itself, and compared with what was judged; elsewhere it is denied."""
    content = (world.folder / "disk.raw").read_bytes()
    trap = qcow2(backing=b"/etc/passwd")
    with serving_files({"/images/disk.raw": content, "/images/trap": trap, "/other/disk.raw": content}) as server:
        cloud = OpenStackCloud(world.tenants, world.state, allowed_urls=AllowedUrls([f"{server.url}/images/"]))
        context = ExecutionContext(world.warehouse, cloud)
        step = {"action": "import_image", "image_type": "system_disk", "min_disk_gb": 1}
        names = ("images/disk.raw", "images/trap", "other/disk.raw", "images/none")
        steps = [step | {"name": name.replace("/", "-"), "file": f"{server.url}/{name}"} for name in names]
        found = applied(work_of(steps, world.folder, world.names["acme"]), context)
        assert [(line["outcome"], line["denied_by"]) for line in found] == [
            ("done", []),
            (None, ["import.unsafe-file"]),
            (None, ["import.file-missing"]),
            (None, ["import.file-missing"]),
        ]
        assert "IMAGEKEEPER_IMPORT_URLS" in found[2]["remedy"][0]
        (image,) = world.images("acme")
        assert (image["name"], image["size"], image["status"]) == ("images-disk.raw", len(content), "active")
        expected = cloud.inspect_url(f"{server.url}/images/disk.raw")
        server.files["/images/disk.raw"] = content[:-512]  # another one by the time that Glance asks
        made = NewImage(str(uuid.uuid4()), world.names["acme"], "swapped", "raw")
        order = FetchFile(1, f"{server.url}/images/disk.raw", expected, HERE, None, made)
        (answer,) = cloud.carry_out([order], lambda _: None)
    assert "size_bytes" in str(answer)
    assert [one["name"] for one in world.images("acme")] == ["images-disk.raw"]


def test_a_name_is_never_a_file_to_upload(world: World) -> None:
    """The SDK's own create_image uploads the local file that an image's name happens to be the path of; ours never."""
    secret = world.folder / "secret"
    secret.write_text("nobody's business")
    image = world.imported()
    previous = Path.cwd()
    os.chdir(world.folder)
    try:
        for name in ("secret", "disk.raw"):
            (line,) = world.apply(
                {"action": "copy_image", "image": image, "name": name},
                {"action": "update_image", "image": image, "tags": []},
            )[:1]
            assert line["outcome"] == "done"
            found = world.glance("acme").image(line["image"])
            assert found is not None
            assert found["size"] == (world.folder / "disk.raw").stat().st_size
            assert found["name"] == name
            assert not [key for key in found if key.startswith("owner_specified")]
    finally:
        os.chdir(previous)


def test_the_platform_registers_what_everybody_sees(
    openstack_stack: Stack, publicity: ReadWriteLock, tmp_path: Path
) -> None:
    """A public image is made with the platform's credentials; a tenant's would not do."""
    tenants = Tenants(file=openstack_stack.clouds_yaml)
    context = ExecutionContext(Warehouse(tmp_path / "wh.duckdb"), OpenStackCloud(tenants, tmp_path / "state"))
    step = {"action": "register_public_image", "name": f"alpine-{uuid.uuid4().hex[:6]}", "file": "disk.raw"}
    step |= {"image_type": "system_disk", "min_disk_gb": 1}
    with publicity.write_lock():
        (line,) = applied(work_of([step], prepared(tmp_path), "platform"), context)
        assert line["outcome"] == "done", line
        found = tenants.glance("umbrella", HERE).image(line["image"])
        tenants.glance("platform", HERE).delete(line["image"])  # everybody would see it for ever
    assert found is not None
    assert found["visibility"] == "public"


def test_settling_forgets_nothing_while_the_cloud_is_silent(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an image that was let go of nobody can say whose it is: it stays in doubt, however often one asks."""
    monkeypatch.setattr("flows.clouds.openstack.calls.PAUSE_S", 0.01)
    silent = OpenStackCloud(Tenants(file=world.unreachable(tmp_path)), world.state)
    assert list(silent.carry_out([Release(1, HERE, str(uuid.uuid4()))], lambda _: None))
    for _ in range(2):
        with pytest.raises(CloudError, match="does not answer"):
            silent.clean_up(lambda _region, _blobs: set())


def test_what_somebody_protected_does_not_hold_up_the_rest(world: World) -> None:
    """An image in doubt that the cloud refuses to delete is left to the next sync; other work goes on."""
    image = world.imported()
    world.glance("acme").change(image, {"protected": True})
    list(world.context.cloud.carry_out([Release(1, HERE, image)], lambda _: None))
    assert list(world.context.cloud.clean_up(lambda _region, _blobs: set())) == []
    assert world.apply({"action": "update_image", "image": image, "tags": ["mine"]})[0]["outcome"] == "done"
