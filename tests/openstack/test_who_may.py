"""Our rules and the cloud's: who may do what is said by both, and told under our names."""

import uuid
from pathlib import Path

import yaml
from three_tenants import World

from domain.cloud import CloudCall, Refused
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.tenants import Tenants
from support.openstack.stack import Stack
from support.worlds.batches import HERE, THERE


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
    cloud = world.context.cloud
    unknown = str(uuid.uuid4())
    expected = {
        "delete.protected": CloudCall(1, "delete_image", acme, HERE, image),
        "image.unknown": CloudCall(2, "update_image", acme, HERE, unknown, None, '{"name": "x"}'),
        "accept.not-shared": CloudCall(3, "accept_share", acme, HERE, image),
    }
    world.apply({"action": "share_image", "image": image, "tenants": [umbrella]})
    expected |= {
        "share.not-owner": CloudCall(4, "share_image", umbrella, HERE, image, world.names["initech"]),
        "update.not-owner": CloudCall(5, "update_image", umbrella, HERE, image, None, '{"name": "x"}'),
        "deactivate.not-owner": CloudCall(6, "deactivate_image", umbrella, HERE, image),
        "delete.not-owner": CloudCall(7, "delete_image", umbrella, HERE, image),
    }
    public = world.imported("public")
    world.glance("acme").change(public, {"visibility": "community"})
    expected["share.not-private"] = CloudCall(8, "share_image", acme, HERE, public, umbrella)
    for rule, order in expected.items():
        (answer,) = cloud.carry_out([order], lambda _: None)
        assert isinstance(answer, Refused), answer
        assert answer.rule == rule
        assert "req-" in answer.because or order.blob == public


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


def test_a_tenant_signs_in_once_where_its_regions_share_credentials(world: World, tmp_path: Path) -> None:
    """Two regions, one sign-in; a region with credentials of its own is signed in to with those, and nobody else's."""
    written = yaml.safe_load(world.clouds_yaml.read_text())
    acme, umbrella, _ = world.names.values()
    others = {**written["clouds"][umbrella], "regions": [HERE, {"name": THERE, "values": written["clouds"][acme]}]}
    file = tmp_path / "apart.yaml"
    file.write_text(yaml.safe_dump({"clouds": {acme: written["clouds"][acme], umbrella: others}}))
    tenants = Tenants(file=file)

    def token(tenant: str, region: str) -> str:
        return str(tenants.glance(tenant, region)._api.get_token())  # noqa: SLF001 - nobody else is to have it

    assert token(acme, HERE) == token(acme, THERE)
    assert token(umbrella, HERE) not in (token(umbrella, THERE), token(acme, HERE))


def test_credentials_that_do_not_work_are_said_clearly(world: World, tmp_path: Path) -> None:
    """An unknown tenant, a region that nobody has, a wrong password: the line fails and says what to do."""
    text = world.clouds_yaml.read_text()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("password: ", "password: not-"))
    cloud = OpenStackCloud(Tenants(file=wrong), tmp_path / "elsewhere")
    acme = world.names["acme"]
    orders = {
        "sign in": CloudCall(1, "unshare_image", acme, HERE, "i", world.names["umbrella"]),
        "no region": CloudCall(2, "delete_image", acme, "mars-1", "i"),
        "credentials": CloudCall(3, "delete_image", "stranger", HERE, "i"),
    }
    for said, order in orders.items():
        (answer,) = cloud.carry_out([order], lambda _: None)
        assert said in str(answer)
        assert "not-" not in str(answer)
