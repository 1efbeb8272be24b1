"""What lies on AWS arrives in the warehouse, and nothing there is ever changed. AWS is moto's server."""

import builtins
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import urllib3
from aws_owners import ABROAD, ACCOUNTS, HOME, Owner
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from data.read import report
from data.warehouse.connection import Warehouse
from domain.cloud import CloudError
from domain.inventory import Seen, SeenImage
from flows.clouds.aws import ec2
from flows.clouds.aws.accounts import Accounts
from flows.clouds.aws.ec2 import Image
from flows.clouds.aws.fields import seen
from flows.clouds.aws.inventory import AwsInventory
from flows.resources import inventories_of
from flows.settings import Settings
from flows.sync_inventory import Inventoried, sync
from support.fakes import BEGINNING, Clock

STRANGER = "333333333333"
ORGANIZATION = "arn:aws:organizations::111111111111:organization/o-123example"


class Syncing:
    """Syncs AWS into a warehouse of its own, a minute apart."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        self.settings = Settings(home=folder, aws_profiles="acme, umbrella", aws_regions=f"{HOME},{ABROAD}")

    def __call__(self, *others: Any) -> Inventoried:
        """What a sync comes to."""
        self.clock.pass_by(minutes=1)
        return sync(self.warehouse, [*others, *inventories_of(self.settings)], self.folder, clock=self.clock)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the warehouse has."""
        with self.warehouse.reading() as con:
            return con.execute(query).fetchall()


class Other:
    """Another cloud, with a region that is called as one of AWS and one image."""

    cloud = "openstack"

    def __init__(self, image: SeenImage) -> None:
        self.image = image

    def regions(self) -> dict[str, list[str]]:
        """One region, one tenant."""
        return {HOME: ["acme"]}

    def take(self, region: str) -> Iterator[Seen]:
        """The image."""
        yield Seen([self.image])


class Told:
    """Accounts of which EC2 says what a test wants, because moto shows no account what another shares with it."""

    def __init__(self, images: dict[str, tuple[Sequence[Image], Sequence[Image]]]) -> None:
        self.images = images

    def regions(self) -> dict[str, list[str]]:
        """One region, all accounts."""
        return {HOME: list(self.images)}

    def ids(self) -> dict[str, str]:
        """The accounts that all tests have."""
        return {account: profile for profile, account in ACCOUNTS.items()}

    def name_of(self, account: str) -> str:
        """The profile, or the id itself."""
        return self.ids().get(account, account)

    def ec2(self, profile: str, region: str) -> Any:
        """An EC2 that has one page of each."""
        own, shared = self.images[profile]
        return SimpleNamespace(own=lambda: [own], shared=lambda: [shared], launch_permissions=lambda _: [])


def ami(image_id: str, owner: str, **said: Any) -> Image:
    """An image as EC2 tells of it."""
    return {"ImageId": image_id, "OwnerId": owner, "State": "available"} | said


def inventory(*profiles: str) -> AwsInventory:
    """AWS as these profiles see it, each in its own region."""
    return AwsInventory(Accounts(profiles), Clock())


@contextmanager
def from_now_on_keys_matter(server: str) -> Iterator[None]:
    """Within this, moto knows no key that it did not hand out itself."""
    address = f"{server}/moto-api/reset-auth"
    urllib3.request("POST", address, body="0")
    try:
        yield
    finally:
        urllib3.request("POST", address, body="inf")


@pytest.fixture
def sync_aws(aws: str, tmp_path: Path, clock: Clock) -> Syncing:
    """Syncs of an empty AWS into an empty warehouse."""
    return Syncing(tmp_path / "home", clock)


@pytest.fixture
def acme(aws: str) -> Owner:
    """The account of ``acme``, at home."""
    return Owner("acme", HOME)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is tried again."""
    monkeypatch.setattr(ec2, "ATTEMPTS", 1)


def test_images_and_launch_permissions_arrive(sync_aws: Syncing, acme: Owner) -> None:
    """Those of both accounts in both regions; whoever may launch one has it shared, a stranger under its id."""
    web, off = acme.register("web"), acme.register("off")
    acme.api.create_tags(Resources=[web], Tags=[{"Key": "team", "Value": "shop"}])
    acme.api.disable_image(ImageId=off)
    acme.let(acme.register("all"), Group="all")
    store = Owner("umbrella", ABROAD).register("store")
    for account in (ACCOUNTS["umbrella"], STRANGER, ACCOUNTS["acme"]):
        acme.let(web, UserId=account)
    acme.let(web, OrganizationArn=ORGANIZATION)
    done = sync_aws()
    assert (done.errors, done.found) == ([], [])
    assert {one.region: (one.images, one.members) for one in done.regions} == {HOME: (3, 3), ABROAD: (1, 0)}
    columns = "name, owner, region, visibility, status, cloud, min_disk_gb, tags"
    assert sync_aws.rows(f"SELECT {columns} FROM image ORDER BY name") == [
        ("all", "acme", HOME, "public", "active", "aws", 15, []),
        ("off", "acme", HOME, "private", "deactivated", "aws", 15, []),
        ("store", "umbrella", ABROAD, "private", "active", "aws", 15, []),
        ("web", "acme", HOME, "private", "active", "aws", 15, ["team=shop"]),
    ]
    assert sync_aws.rows("SELECT image_id, tenant, status FROM image_member ORDER BY tenant") == [
        (web, STRANGER, "accepted"),
        (web, ORGANIZATION, "accepted"),
        (web, "umbrella", "accepted"),
    ]
    assert sync_aws.rows("SELECT image_id FROM image WHERE owner = 'umbrella'") == [(store,)]


def test_a_second_sync_writes_nothing(sync_aws: Syncing, acme: Owner) -> None:
    """What is as it was stays as it was written."""
    acme.let(acme.register("web"), UserId=ACCOUNTS["umbrella"])
    sync_aws()
    before = sync_aws.rows("FROM image"), sync_aws.rows("FROM image_member")
    plain = sync_aws().plain
    assert [plain[name] for name in ("appeared", "changed", "vanished")] == [0, 0, 0]
    assert (sync_aws.rows("FROM image"), sync_aws.rows("FROM image_member")) == before


def test_a_permission_given_by_hand_is_drift_without_a_batch(sync_aws: Syncing, acme: Owner) -> None:
    """It is named; no batch promises to take it back, because nothing of ours acts on AWS."""
    web = acme.register("web")
    sync_aws()
    acme.let(web, UserId=STRANGER)
    done = sync_aws()
    assert [(one.problem, one.image_id, one.tenant, one.repair) for one in done.found] == [
        ("shared by hand", web, STRANGER, None)
    ]
    assert done.proposed is None
    assert not list(sync_aws.folder.glob("*.yaml"))


def test_a_deregistered_image_is_marked(sync_aws: Syncing, acme: Owner) -> None:
    """Its row stays, and so do its shares, ended."""
    web = acme.register("web")
    acme.let(web, UserId=STRANGER)
    sync_aws()
    acme.api.deregister_image(ImageId=web)
    assert [(one.problem, one.repair) for one in sync_aws().found] == [("deleted by hand", None)]
    assert sync_aws.rows("SELECT status, deleted_at IS NULL FROM image") == [("deleted", False)]
    assert sync_aws.rows("SELECT removed_at IS NULL FROM image_member") == [(False,)]


def test_a_report_shows_the_images_of_both_clouds(sync_aws: Syncing, acme: Owner) -> None:
    """An OpenStack with a region of the same name loses nothing to AWS, nor AWS to it."""
    web = acme.register("web")
    other = Other(seen({"ImageId": "glance-id", "Name": "base"}, lambda _: "acme", BEGINNING))
    sync_aws(other)
    assert sync_aws(other).plain["vanished"] == 0
    table = report("inventory", warehouse=sync_aws.folder / "warehouse.duckdb")
    assert set(table["image_id"]) == {web, "glance-id"}


def test_images_of_strangers_that_are_shared_with_an_account() -> None:
    """They arrive with that one share, once; public ones, and what the account may launch anyway, do not."""
    shared = [ami("theirs", STRANGER), ami("open", STRANGER, Public=True), ami("own", ACCOUNTS["acme"])]
    accounts = Told({"acme": ([ami("own", ACCOUNTS["acme"])], shared), "umbrella": ([], shared[:1])})
    told = list(AwsInventory(accounts, Clock(), 2).take(HOME))
    assert [image.blob for part in told for image in part.images] == ["own", "theirs"]
    assert [(one.blob, one.tenant) for part in told for one in part.members] == [
        ("theirs", "acme"),
        ("theirs", "umbrella"),
    ]


@pytest.mark.parametrize("code", ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])
def test_what_went_away_meanwhile_has_no_permissions(code: str) -> None:
    """An image may be deregistered before it is asked whom it is shared with; moto has no such answer."""

    def describe_image_attribute(**asked: str) -> None:
        raise ClientError({"Error": {"Code": code}}, "DescribeImageAttribute")

    api = SimpleNamespace(describe_image_attribute=describe_image_attribute)
    assert ec2.Ec2(api, "acme", HOME).launch_permissions("ami-1") == []


def test_images_come_page_by_page(aws_files: Path) -> None:
    """Each page is asked for by the token of the one before; disabled and deprecated images are asked for too."""
    api = boto3.Session(profile_name="acme").client("ec2")
    asked = {"Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True, "MaxResults": 1000}
    with Stubber(api) as answers:
        answers.add_response("describe_images", {"Images": [{"ImageId": "ami-1"}], "NextToken": "two"}, asked)
        answers.add_response("describe_images", {"Images": [{"ImageId": "ami-2"}]}, asked | {"NextToken": "two"})
        pages = list(ec2.Ec2(api, "acme", HOME).own())
    assert [[image["ImageId"] for image in page] for page in pages] == [["ami-1"], ["ami-2"]]


def test_keys_that_are_wrong_are_said_to_be(sync_aws: Syncing, hurried: None, aws: str) -> None:
    """Every region says whose keys they are, the other cloud is asked, and no key is shown."""
    other = Other(seen({"ImageId": "glance-id"}, lambda _: "acme", BEGINNING))
    with from_now_on_keys_matter(aws):
        done = sync_aws(other)
    assert [one.region for one in done.regions] == [HOME]
    assert len(done.errors) == 2
    assert re.match(rf"aws, {HOME}: AWS profile 'acme' in {HOME}: AWS does not accept its keys", done.errors[0])
    assert "not-a-secret" not in "".join(done.errors)


def test_an_endpoint_that_does_not_answer_is_named(
    aws_files: Path, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host, and what may be wrong."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(CloudError, match=rf"profile 'acme' in {HOME}: 127.0.0.1 does not answer"):
        list(inventory("acme").take(HOME))


@pytest.mark.parametrize(
    ("profiles", "words"),
    [
        (["nobody"], "AWS profile 'nobody': there is no such profile"),
        (["nowhere"], "AWS profile 'nowhere': it has no region"),
        (["keyless"], f"AWS profile 'keyless' in {HOME}: it has no keys"),
        (["acme", "twin"], "'acme' and 'twin' are the same account 111111111111"),
    ],
)
def test_what_is_wrong_with_profiles_is_said(aws: str, profiles: list[str], words: str) -> None:
    """Before anything is asked, where that can be known."""
    asked = inventory(*profiles)
    with pytest.raises(CloudError, match=words):
        list(asked.take(next(iter(asked.regions()))))


def test_a_cloud_that_cannot_say_its_regions_keeps_no_other_from_being_asked(sync_aws: Syncing) -> None:
    """It is an error like that of a region that cannot be asked."""
    sync_aws.settings = sync_aws.settings.model_copy(update={"aws_profiles": "nobody"})
    done = sync_aws(Other(seen({"ImageId": "glance-id"}, lambda _: "acme", BEGINNING)))
    assert len(done.regions) == 1
    assert [error[:30] for error in done.errors] == ["aws: AWS profile 'nobody': the"]


def test_each_profile_has_its_own_region(aws: str) -> None:
    """Where the settings name none."""
    assert inventory("acme", "umbrella").regions() == {HOME: ["acme", "umbrella"]}
    assert Accounts(["twin"], [HOME, ABROAD]).regions() == {HOME: ["twin"], ABROAD: ["twin"]}


def test_without_profiles_aws_is_not_asked() -> None:
    """Nothing, or nothing but commas: there is no AWS."""
    assert [inventories_of(Settings(aws_profiles=said)) for said in (None, "", " , ")] == [[], [], []]


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra has it."""
    real = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "flows.clouds.aws.accounts":
            raise ModuleNotFoundError("No module named 'boto3'")
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CloudError, match=r"pip install 'imagekeeper\[aws\]'"):
        inventories_of(Settings(aws_profiles="acme"))
