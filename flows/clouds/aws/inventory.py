"""What AWS says it holds: the machine images of each account and those it may launch, with their launch permissions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from domain.inventory import Seen, SeenMember
from domain.vocabulary import MemberStatus
from flows.clouds.aws.accounts import Accounts
from flows.clouds.aws.ec2 import Ec2, Image
from flows.clouds.aws.fields import seen


class AwsInventory:
    """The images that the accounts have in each region, and those of others that they may launch.

    EC2 is asked page by page, for launch permissions image by image. Strangers' public images are left out: there are
    hundreds of thousands. EC2 knows no acceptance, so every share counts as accepted. ``clock`` says by what time a
    deprecation is past.
    """

    cloud = "aws"

    def __init__(self, accounts: Accounts, clock: Callable[[], datetime], threads: int = 8) -> None:
        self._accounts = accounts
        self._lanes = threads
        self._clock = clock

    def regions(self) -> dict[str, list[str]]:
        """Each region with the profiles that are asked there."""
        return self._accounts.regions()

    def sign_in(self, region: str) -> None:
        """See that the credentials of all those profiles work there."""
        self._accounts.ids()
        for profile in self.regions()[region]:
            next(iter(self._accounts.ec2(profile, region).own()), None)

    def take(self, region: str) -> Iterator[Seen]:
        """All that the accounts have or may launch in a region, their own first."""
        ids = self._accounts.ids()
        asked = {profile: self._accounts.ec2(profile, region) for profile in self.regions()[region]}
        told: set[str] = set()
        private: list[tuple[Ec2, Image]] = []
        for ec2 in asked.values():
            for page in ec2.own():
                private += [(ec2, image) for image in page if not image.get("Public")]
                yield self._new(page, told)
        for profile, ec2 in asked.items():
            for page in ec2.shared():
                yield self._shared(page, profile, ids, told)
        yield from self._members(private)

    def _shared(self, page: Sequence[Image], profile: str, ids: Mapping[str, str], told: set[str]) -> Seen:
        """What an account may launch because somebody let it; its own it may launch anyway."""
        let = [image for image in page if not image.get("Public") and ids.get(image.get("OwnerId", "")) != profile]
        members = [_member(image["ImageId"], profile) for image in let]
        return Seen(self._new(let, told).images, members)

    def _new(self, page: Collection[Image], told: set[str]) -> Seen:
        """The images of a page that were not told before; EC2 may go on telling of deregistered ones for a while."""
        new = [image for image in page if image["ImageId"] not in told and image.get("State") != "deregistered"]
        told.update(image["ImageId"] for image in new)
        return Seen(images=[seen(image, self._accounts.name_of, self._clock()) for image in new])

    def _members(self, private: Sequence[tuple[Ec2, Image]]) -> Iterator[Seen]:
        """The launch permissions of images, asked side by side."""
        with ThreadPoolExecutor(self._lanes) as pool:
            for image, let in pool.map(_let, private):
                members = [_member(image["ImageId"], self._accounts.name_of(one)) for one in let]
                if members:
                    yield Seen(members=members)


def _let(private: tuple[Ec2, Image]) -> tuple[Image, list[str]]:
    """An image, and whom its owner lets launch it: ids of accounts, and ARNs of organizations and units of them."""
    ec2, image = private
    names = ("UserId", "OrganizationArn", "OrganizationalUnitArn")
    told = [one[name] for one in ec2.launch_permissions(image["ImageId"]) for name in names if name in one]
    return image, [one for one in told if one != image.get("OwnerId")]


def _member(blob: str, tenant: str) -> SeenMember:
    return SeenMember(blob, tenant, MemberStatus.ACCEPTED, shared_at=None, updated_at=None)
