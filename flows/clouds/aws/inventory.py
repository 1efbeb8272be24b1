"""List the machine images of AWS accounts, the images that they may launch, and launch permissions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from domain.inventory import Seen, SeenMember
from domain.vocabulary import MemberStatus
from flows.clouds.aws.accounts import Accounts
from flows.clouds.aws.ec2 import Ec2, Image
from flows.clouds.aws.fields import seen


class AwsInventory:
    """Lists the images that the accounts own or may launch in each region, page by page.

    Launch permissions are requested image by image. Public images of other accounts are left out: there are hundreds
    of thousands. EC2 has no acceptance of shares, so every share counts as accepted. ``clock`` returns the time at
    which a deprecation counts as past.
    """

    cloud = "aws"

    def __init__(self, accounts: Accounts, clock: Callable[[], datetime], threads: int = 8) -> None:
        self._accounts = accounts
        self._threads = threads
        self._clock = clock

    def regions(self) -> dict[str, list[str]]:
        """Return each region with the profiles that are listed there."""
        return self._accounts.regions()

    def sign_in(self, region: str) -> None:
        """Sign in with each profile of a region; a ``CloudError`` if credentials do not work."""
        self._accounts.ids()
        for profile in self.regions()[region]:
            next(iter(self._accounts.ec2(profile, region).own()), None)

    def take(self, region: str) -> Iterator[Seen]:
        """Yield everything that the accounts own or may launch in a region, their own images first, each image once."""
        ids = self._accounts.ids()
        services = {profile: self._accounts.ec2(profile, region) for profile in self.regions()[region]}
        listed: set[str] = set()
        private: list[tuple[Ec2, Image]] = []
        for ec2 in services.values():
            for page in ec2.own():
                private += [(ec2, image) for image in page if not image.get("Public")]
                yield self._new(page, listed)
        for profile, ec2 in services.items():
            for page in ec2.shared():
                yield self._shared(page, profile, ids, listed)
        yield from self._members(private)

    def _shared(self, page: Sequence[Image], profile: str, ids: Mapping[str, str], listed: set[str]) -> Seen:
        """Return the private images of other accounts that an account may launch, with its shares of them."""
        shared = [image for image in page if not image.get("Public") and ids.get(image.get("OwnerId", "")) != profile]
        members = [_member(image["ImageId"], profile) for image in shared]
        return Seen(self._new(shared, listed).images, members)

    def _new(self, page: Collection[Image], listed: set[str]) -> Seen:
        """Return the images of a page that are not in ``listed``, and add them to it.

        Deregistered images are left out: EC2 may still list them for a while.
        """
        new = [image for image in page if image["ImageId"] not in listed and image.get("State") != "deregistered"]
        listed.update(image["ImageId"] for image in new)
        return Seen(images=[seen(image, self._accounts.name_of, self._clock()) for image in new])

    def _members(self, private: Sequence[tuple[Ec2, Image]]) -> Iterator[Seen]:
        """Yield the launch permissions of images, requested in parallel."""
        with ThreadPoolExecutor(self._threads) as pool:
            for image, recipients in pool.map(_recipients, private):
                members = [_member(image["ImageId"], self._accounts.name_of(recipient)) for recipient in recipients]
                if members:
                    yield Seen(members=members)


def _recipients(private: tuple[Ec2, Image]) -> tuple[Image, list[str]]:
    """Return an image and who may launch it besides its owner: account ids, and ARNs of organizations or units."""
    ec2, image = private
    keys = ("UserId", "OrganizationArn", "OrganizationalUnitArn")
    permissions = ec2.launch_permissions(image["ImageId"])
    recipients = [permission[key] for permission in permissions for key in keys if key in permission]
    return image, [recipient for recipient in recipients if recipient != image.get("OwnerId")]


def _member(blob: str, tenant: str) -> SeenMember:
    return SeenMember(blob, tenant, MemberStatus.ACCEPTED, shared_at=None, updated_at=None)
