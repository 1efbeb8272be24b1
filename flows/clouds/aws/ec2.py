"""Calls of one region's EC2 with the credentials of one account. They only read images; with timeouts and retries."""

from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from flows.clouds.aws.refusals import code_of, requesting

ATTEMPTS = 6
"""How often a call is tried if AWS does not answer or limits the request rate."""

TIMEOUT_S = 60
"""How long to wait for data from AWS, in seconds."""

PAGE = 1000
"""The largest page of images that EC2 lists."""

GONE = {"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"}

Image = dict[str, Any]


class Ec2:
    """Reads images and launch permissions. Raises a ``CloudError`` if AWS refuses a call or does not answer."""

    def __init__(self, api: Any, profile: str, region: str) -> None:
        self._api = api
        self._profile = profile
        self._region = region

    def own(self) -> Iterator[list[Image]]:
        """Yield the account's own images page by page, including disabled and deprecated ones."""
        return self._images(Owners=["self"])

    def shared(self) -> Iterator[list[Image]]:
        """Yield the images with a launch permission for the account or its organization, page by page."""
        return self._images(ExecutableUsers=["self"])

    def launch_permissions(self, image_id: str) -> list[dict[str, str]]:
        """Return the launch permissions of an image; none if it was deregistered meanwhile."""
        with requesting(self._profile, self._region):
            try:
                answer = self._api.describe_image_attribute(ImageId=image_id, Attribute="launchPermission")
            except ClientError as error:
                if code_of(error) in GONE:
                    return []
                raise
        return list(answer.get("LaunchPermissions") or ())

    def _images(self, **filters: list[str]) -> Iterator[list[Image]]:
        pages = self._api.get_paginator("describe_images").paginate(
            **filters, IncludeDeprecated=True, IncludeDisabled=True, PaginationConfig={"PageSize": PAGE}
        )
        with requesting(self._profile, self._region):
            for page in pages:
                yield page.get("Images") or []


def settings_of(threads: int) -> Config:
    """Return the boto3 configuration: timeouts, and retries that adapt to AWS' rate limits.

    Args:
        threads: the number of parallel calls.
    """
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
        connect_timeout=10,
        read_timeout=TIMEOUT_S,
        max_pool_connections=threads,
    )
