"""One region's EC2 as one account sees it: the few calls that read images, all bounded and tried again."""

from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from flows.clouds.aws.refusals import asking, code_of

ATTEMPTS = 6
"""How often a call is tried where AWS does not answer, or is asked too often."""

TIMEOUT_S = 60
"""How long AWS may keep silent, in seconds."""

PAGE = 1000
"""The most images that EC2 lists at once."""

GONE = {"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"}

Image = dict[str, Any]


class Ec2:
    """Reads images and launch permissions. What AWS refuses, or does not answer, is a ``CloudError``."""

    def __init__(self, api: Any, profile: str, region: str) -> None:
        self._api = api
        self._profile = profile
        self._region = region

    def own(self) -> Iterator[list[Image]]:
        """The account's own images, disabled and deprecated ones too, page by page."""
        return self._images(Owners=["self"])

    def shared(self) -> Iterator[list[Image]]:
        """The images with a launch permission for the account, or for its organization, page by page."""
        return self._images(ExecutableUsers=["self"])

    def launch_permissions(self, image_id: str) -> list[dict[str, str]]:
        """Who besides the owner may launch an image; nobody, where it went away meanwhile."""
        with asking(self._profile, self._region):
            try:
                told = self._api.describe_image_attribute(ImageId=image_id, Attribute="launchPermission")
            except ClientError as error:
                if code_of(error) in GONE:
                    return []
                raise
        return list(told.get("LaunchPermissions") or ())

    def _images(self, **of_whom: list[str]) -> Iterator[list[Image]]:
        pages = self._api.get_paginator("describe_images").paginate(
            **of_whom, IncludeDeprecated=True, IncludeDisabled=True, PaginationConfig={"PageSize": PAGE}
        )
        with asking(self._profile, self._region):
            for page in pages:
                yield page.get("Images") or []


def settings_of(threads: int) -> Config:
    """How AWS is asked: it is given time, and asked more slowly where it says so.

    Args:
        threads: how many calls it gets at once.
    """
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
        connect_timeout=10,
        read_timeout=TIMEOUT_S,
        max_pool_connections=threads,
    )
