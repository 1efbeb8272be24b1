"""Whose images are asked for: an AWS account a tenant, each by the profile of its name in the files of the AWS SDK."""

from collections.abc import Sequence
from typing import Any

import boto3

from domain.cloud import CloudError
from flows.clouds.aws.ec2 import Ec2, settings_of
from flows.clouds.aws.refusals import asking


class Accounts:
    """The accounts that are asked, under the names that reports call them.

    ``profiles`` are profiles of ``~/.aws/config`` and ``~/.aws/credentials`` (or where ``AWS_CONFIG_FILE`` and
    ``AWS_SHARED_CREDENTIALS_FILE`` say); ``regions`` are asked for each, instead of the one that boto3 finds for it.
    TLS is verified; secrets stay inside boto3.
    """

    def __init__(self, profiles: Sequence[str], regions: Sequence[str] = (), threads: int = 8) -> None:
        self._profiles = list(dict.fromkeys(profiles))
        self._regions = list(dict.fromkeys(regions))
        self._config = settings_of(threads)
        self._sessions: dict[str, boto3.Session] = {}
        self._names: dict[str, str] | None = None

    def regions(self) -> dict[str, list[str]]:
        """Each region with the profiles that are asked there.

        Raises:
            CloudError: if there is no such profile, or no region for it.
        """
        found: dict[str, list[str]] = {}
        for profile in self._profiles:
            for region in self._regions_of(profile):
                found.setdefault(region, []).append(profile)
        return found

    def ec2(self, profile: str, region: str) -> Ec2:
        """The images of a region as an account sees them."""
        return Ec2(self._client("ec2", profile, region), profile, region)

    def ids(self) -> dict[str, str]:
        """The profile of each account, by the account's id.

        Raises:
            CloudError: if one cannot sign in, or two are the same account: then it would have two names.
        """
        if self._names is None:
            names: dict[str, str] = {}
            for profile in self._profiles:
                account = self._account_of(profile)
                if account in names:
                    raise CloudError(
                        f"the AWS profiles '{names[account]}' and '{profile}' are the same account {account}: leave"
                        " one out of IMAGEKEEPER_AWS_PROFILES, and name all its regions in IMAGEKEEPER_AWS_REGIONS"
                    )
                names[account] = profile
            self._names = names
        return self._names

    def name_of(self, account: str | None) -> str:
        """The profile of an account's id; the id itself, where it is of none."""
        return self.ids().get(account or "", account or "unknown")

    def _account_of(self, profile: str) -> str:
        region = self._regions_of(profile)[0]
        api = self._client("sts", profile, region)
        with asking(profile, region):
            return str(api.get_caller_identity()["Account"])

    def _regions_of(self, profile: str) -> list[str]:
        own = self._session(profile).region_name
        if not self._regions and not own:
            raise CloudError(
                f"AWS profile '{profile}': it has no region: give it one in ~/.aws/config, or set"
                " IMAGEKEEPER_AWS_REGIONS"
            )
        return self._regions or [own]

    def _client(self, service: str, profile: str, region: str) -> Any:
        with asking(profile, region):
            return self._session(profile).client(service, region_name=region, config=self._config)

    def _session(self, profile: str) -> boto3.Session:
        if profile not in self._sessions:
            with asking(profile):
                self._sessions[profile] = boto3.Session(profile_name=profile)
        return self._sessions[profile]
