"""Batches on a real cloud: the same verdicts and outcomes as on the embedded one, and Glance says the same."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import HERE, THERE, applied, everything, held, prepared, told, work_of
from disk_files import qcow2
from filelock import ReadWriteLock
from served_files import serving_files
from stack import Stack

from data.warehouse import Warehouse
from domain.cloud import Act, FetchFile, NewImage, Refused
from flows import lifecycle
from flows.batch_files import read_batch
from flows.clouds.local.cloud import LocalCloud
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.inventory import OpenStackInventory
from flows.clouds.openstack.places import Places
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle import Keeper
from flows.sync_inventory import Inventoried, sync
from flows.work import BatchWork

PLAIN = ("acme", "umbrella", "initech")


class World:
    """Three tenants of their own, a warehouse, and a folder of files."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.names = {name: f"{name}-{uuid.uuid4().hex[:8]}" for name in PLAIN}
        for name in self.names.values():
            stack.new_project(name)
        self.clouds_yaml = stack.clouds(*self.names.values())
        self.tenants = Tenants(file=self.clouds_yaml)
        self.folder = prepared(folder)
        self.state = folder / "state"
        self.warehouse = Warehouse(folder / "var" / "warehouse.duckdb")
        self.keeper = Keeper(self.warehouse, OpenStackCloud(self.tenants, self.state))

    @property
    def plain(self) -> dict[str, str]:
        """The common name of each tenant."""
        return {ours: name for name, ours in self.names.items()}

    def glance(self, name: str, region: str = HERE) -> Glance:
        """A region as one of them sees it."""
        return self.tenants.glance(self.names[name], region)

    def project(self, name: str) -> str:
        """What Glance calls a tenant."""
        return self.tenants.project_of(self.names[name])

    def apply(self, *steps: dict[str, Any], **said: Any) -> list[dict[str, Any]]:
        """Apply steps of acme's."""
        work = work_of(list(steps), self.folder, self.names["acme"], batch_id=uuid.uuid4().hex, **said)
        return applied(work, self.keeper)

    def imported(self, name: str = "web") -> str:
        """The id of a new image of acme's."""
        (line,) = self.apply(
            {"action": "import_image", "name": name, "file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 1}
        )
        assert line["outcome"] == "done", line
        return str(line["image"])

    def sync(self) -> Inventoried:
        """Look at the cloud and write down what it says."""
        inventory = OpenStackInventory(self.tenants, self.state)
        return sync(self.warehouse, [inventory], self.folder / "proposed", clock=lifecycle.now)

    def of_image(self, image: str, query: str) -> list[tuple[Any, ...]]:
        """What the warehouse says of an image."""
        with self.warehouse.reading() as con:
            return con.execute(query, [image]).fetchall()


@pytest.fixture
def world(openstack_stack: Stack, tmp_path: Path) -> World:
    """Three tenants that no other test knows."""
    return World(openstack_stack, tmp_path)


def test_both_clouds_come_to_the_same(world: World, tmp_path: Path) -> None:
    """Each line of a batch through the whole life of images: the same verdict, rules and outcome, the same holdings."""
    here = [{**step} for step in everything(**world.names)]
    real = applied(work_of(here, world.folder, world.names["acme"]), world.keeper)
    local = Keeper(Warehouse(tmp_path / "local" / "wh.duckdb"), LocalCloud(tmp_path / "store", tmp_path / "keys"))
    other = tmp_path / "other"
    other.mkdir()
    embedded = applied(work_of(everything(*PLAIN), prepared(other), "acme"), local)
    assert told(real, world.plain) == told(embedded, {})
    assert {line["outcome"] for line in real} == {"done", None}
    assert held(world.keeper, world.plain) == held(local, {})
    assert (world.folder / "out" / "web.raw").read_bytes() == (world.folder / "disk.raw").read_bytes()


def test_what_was_done_is_what_the_cloud_says(world: World, nothing_public: None) -> None:
    """After a batch a sync finds nothing to write and no drift: the warehouse mirrors the cloud."""
    work = work_of(everything(**world.names), world.folder, world.names["acme"])
    applied(work, world.keeper)
    before = held(world.keeper, world.plain)
    done = world.sync()
    counted = {name: sum(getattr(one, name) for one in done.regions) for name in ("appeared", "changed", "vanished")}
    assert counted == {"appeared": 0, "changed": 0, "vanished": 0}
    assert (list(done.found), done.proposed, list(done.errors)) == ([], None, [])
    assert held(world.keeper, world.plain) == before


def test_a_share_is_accepted_by_the_recipient_itself(world: World) -> None:
    """Glance lets nobody answer for another: the calls were made as the recipient."""
    image = world.imported()
    umbrella = world.names["umbrella"]
    world.apply({"action": "share_image", "image": image, "tenants": [umbrella]})
    world.apply({"action": "accept_share", "image": image, "actor": umbrella})
    (member,) = world.glance("acme").members(image)
    assert (member["member_id"], member["status"]) == (world.project("umbrella"), "accepted")


def test_members_of_an_earlier_time_do_not_come_back(world: World) -> None:
    """Glance keeps the members of an image that was made private, and would let them in again at the next share."""
    image = world.imported()
    acme = world.glance("acme")
    acme.change(image, {"visibility": "shared"})
    acme.add_member(image, world.project("initech"))
    acme.change(image, {"visibility": "private"})
    world.apply({"action": "share_image", "image": image, "tenants": [world.names["umbrella"]]})
    assert [member["member_id"] for member in acme.members(image)] == [world.project("umbrella")]


def test_what_is_so_already_is_done(world: World) -> None:
    """Somebody was quicker by hand: a share, its end, and a deletion count as done."""
    image = world.imported()
    acme, umbrella = world.glance("acme"), world.names["umbrella"]
    acme.change(image, {"visibility": "shared"})
    acme.add_member(image, world.project("umbrella"))
    (shared,) = world.apply({"action": "share_image", "image": image, "tenants": [umbrella]})
    acme.remove_member(image, world.project("umbrella"))
    (unshared,) = world.apply({"action": "unshare_image", "image": image, "tenants": [umbrella]})
    acme.delete(image)
    (deleted,) = world.apply({"action": "delete_image", "image": image})
    assert [line["outcome"] for line in (shared, unshared, deleted)] == ["done"] * 3


def test_the_129th_is_denied_by_us_before_glance_is_asked(world: World) -> None:
    """128 shares are done, the next is denied by the rule; Glance has heard of 128."""
    image = world.imported()
    projects = [uuid.uuid4().hex for _ in range(129)]
    found = world.apply({"action": "share_image", "image": image, "tenants": projects})
    assert [line["outcome"] for line in found] == ["done"] * 128 + [None]
    assert found[-1]["denied_by"] == ["share.tenant-limit"]
    assert "cloud" not in found[-1]["because"][0]
    assert len(world.glance("acme").members(image)) == 128


def test_the_129th_is_denied_by_glance_if_somebody_was_quicker(world: World) -> None:
    """The warehouse knows of none, Glance of 128: its refusal is our rule, with its words and its request id."""
    image = world.imported()
    acme = world.glance("acme")
    acme.change(image, {"visibility": "shared"})
    for _ in range(128):
        acme.add_member(image, uuid.uuid4().hex)
    (line,) = world.apply({"action": "share_image", "image": image, "tenants": [world.names["umbrella"]]})
    assert (line["verdict"], line["denied_by"], line["outcome"]) == ("denied", ["share.tenant-limit"], None)
    assert "413" in line["because"][0]
    assert "req-" in line["because"][0]
    assert "sync-inventory" in line["remedy"][0]
    assert world.of_image(image, "SELECT * FROM image_member WHERE image_id = ?") == []


def test_a_refusal_is_told_by_our_rules(world: World) -> None:
    """What Glance forbids is the same as what we forbid, under the same names."""
    image = world.imported()
    acme, umbrella = world.names["acme"], world.names["umbrella"]
    world.glance("acme").change(image, {"protected": True})
    cloud = world.keeper.cloud
    unknown = str(uuid.uuid4())
    expected = {
        "delete.protected": Act(1, "delete_image", acme, HERE, image),
        "image.unknown": Act(2, "update_image", acme, HERE, unknown, None, '{"name": "x"}'),
        "accept.not-shared": Act(3, "accept_share", acme, HERE, image),
    }
    world.apply({"action": "share_image", "image": image, "tenants": [umbrella]})
    expected |= {
        "share.not-owner": Act(4, "share_image", umbrella, HERE, image, world.names["initech"]),
        "update.not-owner": Act(5, "update_image", umbrella, HERE, image, None, '{"name": "x"}'),
        "deactivate.not-owner": Act(6, "deactivate_image", umbrella, HERE, image),
        "delete.not-owner": Act(7, "delete_image", umbrella, HERE, image),
    }
    for rule, order in expected.items():
        (answer,) = cloud.carry_out([order], lambda _: None)
        assert isinstance(answer, Refused), answer
        assert answer.rule == rule
        assert "req-" in answer.because


def test_what_this_cloud_cannot_is_denied_beforehand(world: World) -> None:
    """Servers, disks and a Marketplace: said in the plan already, with the reason."""
    image = world.imported()
    steps = [
        {"action": "launch_server", "image": image, "name": "s", "flavor": "s3.small.1"},
        {"action": "publish_image", "image": image, "offer": "o", "price": {"model": "free"}},
        {"action": "create_volume", "image": image, "name": "v", "size_gb": 10},
    ]
    planned = lifecycle.plan(work_of(steps, world.folder, world.names["acme"]), world.keeper)
    assert [line["denied_by"] for line in planned] == [["cloud.cannot"]] * 3
    assert all("this cloud cannot" in line["because"][0] for line in planned)


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
        (failed,) = applied(work, world.keeper)
    assert failed["outcome"] == "failed"
    assert "disk.raw" in failed["error"]
    assert _images(world, "acme") == []
    (done,) = applied(work, world.keeper)
    assert done["outcome"] == "done"
    assert len(_images(world, "acme")) == 1
    assert world.sync().found == []


def test_the_cloud_fetches_files_from_where_it_may(world: World) -> None:
    """Looked at by its ends, fetched by Glance itself, and compared with what was judged; elsewhere it is denied."""
    content = (world.folder / "disk.raw").read_bytes()
    trap = qcow2(backing=b"/etc/passwd")
    with serving_files({"/images/disk.raw": content, "/images/trap": trap, "/other/disk.raw": content}) as server:
        cloud = OpenStackCloud(world.tenants, world.state, places=Places([f"{server.url}/images/"]))
        keeper = Keeper(world.warehouse, cloud)
        step = {"action": "import_image", "image_type": "system_disk", "min_disk_gb": 1}
        names = ("images/disk.raw", "images/trap", "other/disk.raw", "images/none")
        steps = [step | {"name": name.replace("/", "-"), "file": f"{server.url}/{name}"} for name in names]
        found = applied(work_of(steps, world.folder, world.names["acme"]), keeper)
        assert [(line["outcome"], line["denied_by"]) for line in found] == [
            ("done", []),
            (None, ["import.unsafe-file"]),
            (None, ["import.file-missing"]),
            (None, ["import.file-missing"]),
        ]
        assert "IMAGEKEEPER_IMPORT_URLS" in found[2]["remedy"][0]
        (image,) = _images(world, "acme")
        assert (image["name"], image["size"], image["status"]) == ("images-disk.raw", len(content), "active")
        expected = cloud.look_at(f"{server.url}/images/disk.raw")
        server.files["/images/disk.raw"] = content[:-512]  # another one by the time that Glance asks
        made = NewImage(str(uuid.uuid4()), world.names["acme"], "swapped", "raw")
        order = FetchFile(1, f"{server.url}/images/disk.raw", expected, HERE, None, made)
        (answer,) = cloud.carry_out([order], lambda _: None)
    assert "size_bytes" in str(answer)
    assert [one["name"] for one in _images(world, "acme")] == ["images-disk.raw"]


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


def test_secrets_stay_in_clouds_yaml(world: World) -> None:
    """Neither errors nor the warehouse hold a password or a token."""
    image = world.imported()
    world.apply({"action": "share_image", "image": image, "tenants": ["nobody-knows"]})
    world.sync()
    kept = (world.folder / "var" / "warehouse.duckdb").read_bytes()
    passwords = {
        line.split(":")[1].strip() for line in world.clouds_yaml.read_text().splitlines() if "password:" in line
    }
    assert passwords
    assert not [one for one in passwords if one.encode() in kept]


def test_credentials_that_do_not_work_are_said_clearly(world: World, tmp_path: Path) -> None:
    """An unknown tenant, a region that nobody has, a wrong password: the line fails and says what to do."""
    text = world.clouds_yaml.read_text()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("password: ", "password: not-"))
    cloud = OpenStackCloud(Tenants(file=wrong), tmp_path / "elsewhere")
    acme = world.names["acme"]
    orders = {
        "sign in": Act(1, "unshare_image", acme, HERE, "i", world.names["umbrella"]),
        "no region": Act(2, "delete_image", acme, "mars-1", "i"),
        "credentials": Act(3, "delete_image", "stranger", HERE, "i"),
    }
    for said, order in orders.items():
        (answer,) = cloud.carry_out([order], lambda _: None)
        assert said in str(answer)
        assert "not-" not in str(answer)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from data.warehouse import Warehouse
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle import Keeper
from batches import applied, work_of
import json
folder, call, steps, actor = Path(sys.argv[3]), int(sys.argv[4]), json.loads(sys.argv[5]), sys.argv[6]
plain, calls = Glance._call, iter(range(10**6))
def counted(self, method, *args, **how):
    if method != "GET" and next(calls) == call:
        os.kill(os.getpid(), signal.SIGKILL)
    answer = plain(self, method, *args, **how)
    return answer
Glance._call = counted
cloud = OpenStackCloud(Tenants(file=Path(sys.argv[7])), folder / "state", lanes=1)
applied(work_of(steps, folder, actor, batch_id="killed"), Keeper(Warehouse(folder / "var" / "warehouse.duckdb"), cloud))
"""


@pytest.mark.parametrize("call", [1, 2, 3, 5, 8])
def test_a_batch_that_is_killed_is_finished_by_the_next(world: World, nothing_public: None, call: int) -> None:
    """Kill -9 before some call: the same batch again leaves in Glance what it says, nothing twice, nothing lost."""
    image = {"file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 1}
    acme, umbrella, initech = world.names.values()
    steps: list[dict[str, Any]] = [
        {"action": "import_image", "as": "one", "name": "one", **image},
        {"action": "import_image", "as": "two", "name": "two", **image},
        {"action": "share_image", "image": "$one", "tenants": [umbrella, initech]},
        {"action": "copy_image", "image": "$one", "to_region": THERE, "name": "abroad"},
    ]
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, root, root / "tests", world.folder, call, json.dumps(steps), acme]
    ended = subprocess.run([*map(str, command), str(world.clouds_yaml)], check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    found = applied(work_of(steps, world.folder, acme, batch_id="killed"), world.keeper)
    assert [line["outcome"] for line in found] == ["done"] * 5
    assert sorted(one["name"] for one in _images(world, "acme")) == ["one", "two"]
    assert [one["name"] for one in _images(world, "acme", THERE)] == ["abroad"]
    (one,) = [one for one in _images(world, "acme") if one["name"] == "one"]
    assert len(world.glance("acme").members(one["id"])) == 2
    done = world.sync()
    assert (done.plain["changed"], done.plain["appeared"], done.plain["drift"]) == (0, 0, [])


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
    repaired = applied(BatchWork(read_batch(done.proposed), "test", world.folder), world.keeper)
    assert [line["outcome"] for line in repaired] == ["done"] * 5, repaired
    assert acme.members(image["shared"]) == []
    assert [member["member_id"] for member in acme.members(image["taken"])] == [world.project("umbrella")]
    assert {name: (acme.image(image[name]) or {})["status"] for name in ("open", "off")} == {
        "open": "deactivated",
        "off": "active",
    }
    assert world.sync().found == []


IMS = {
    "encrypted": {"__system__cmkid": "key-1"},
    "whole": {"__whole_image": "true", "__backup_id": "backup-1"},
    "by-cbr": {"__whole_image": "true", "__backup_id": "backup-2", "whole_image_type": "CBR"},
    "on-sale": {"__imagetype": "market", "__productcode": "product-1"},
    "plain": {"__imagetype": "private", "__os_type": "Linux", "__platform": "Debian"},
}
"""Images as IMS describes them. Its fields are the cloud's own: a tenant can read them and not write them."""


def test_rules_judge_what_ims_says_of_real_images(world: World, openstack_stack: Stack) -> None:
    """Encrypted, full-ECS and Marketplace images of a real cloud are denied by the rules for these, others shared."""
    platform = Tenants(file=openstack_stack.clouds_yaml).glance("platform", HERE)
    for name, fields in IMS.items():
        image_id = str(uuid.uuid4())
        made = {"id": image_id, "name": name, "owner": world.project("acme"), "container_format": "bare"}
        assert platform.create(made | {"disk_format": "raw", "visibility": "private"} | fields) is not None
        platform.upload(image_id, iter([b"x" * 1024]))
    world.sync()
    umbrella = world.names["umbrella"]
    found = world.apply(*({"action": "share_image", "image": name, "tenants": [umbrella]} for name in IMS))
    assert {name: (line["denied_by"], line["outcome"]) for name, line in zip(IMS, found, strict=True)} == {
        "encrypted": (["share.encrypted"], None),
        "whole": (["share.full-ecs-not-cbr"], None),
        "by-cbr": ([], "done"),
        "on-sale": (["share.published"], None),
        "plain": ([], "done"),
    }
    with world.warehouse.reading() as con:
        system = con.execute("SELECT os_type, os_distribution FROM image WHERE name = 'plain'").fetchall()
    assert system == [("linux", "debian")]


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
    (line,) = applied(BatchWork(read_batch(done.proposed), "test", world.folder), world.keeper)
    assert line["outcome"] == "done"
    assert world.sync().found == []


def test_the_platform_registers_what_everybody_sees(
    openstack_stack: Stack, publicity: ReadWriteLock, tmp_path: Path
) -> None:
    """A public image is made with the platform's credentials; a tenant's would not do."""
    tenants = Tenants(file=openstack_stack.clouds_yaml)
    keeper = Keeper(Warehouse(tmp_path / "wh.duckdb"), OpenStackCloud(tenants, tmp_path / "state"))
    step = {"action": "register_public_image", "name": f"alpine-{uuid.uuid4().hex[:6]}", "file": "disk.raw"}
    step |= {"image_type": "system_disk", "min_disk_gb": 1}
    with publicity.write_lock():
        (line,) = applied(work_of([step], prepared(tmp_path), "platform"), keeper)
        assert line["outcome"] == "done", line
        found = tenants.glance("umbrella", HERE).image(line["image"])
        tenants.glance("platform", HERE).delete(line["image"])  # everybody would see it for ever
    assert found is not None
    assert found["visibility"] == "public"


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
    monkeypatch.setattr("flows.clouds.openstack.glance.PAUSE_S", 0.01)
    image = world.imported()
    text = world.clouds_yaml.read_text()
    unreachable = tmp_path / "unreachable.yaml"
    unreachable.write_text(text.replace("regions:", "image_endpoint_override: http://127.0.0.1:9/v2\n    regions:"))
    inventory = OpenStackInventory(Tenants(file=unreachable), world.state)
    done = sync(world.warehouse, [inventory], tmp_path, clock=lifecycle.now)
    assert done.regions == []
    assert len(done.errors) == 2
    assert all("does not answer" in error or "cannot" in error for error in done.errors)
    assert world.of_image(image, "SELECT status FROM image WHERE image_id = ?") == [("active",)]


def _images(world: World, name: str, region: str = HERE) -> list[dict[str, Any]]:
    project = world.project(name)
    return [image for page in world.glance(name, region).images(owner=project) for image in page]
