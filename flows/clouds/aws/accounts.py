"""AWS accounts as tenants. Each account is a profile in the configuration files of the AWS SDK."""

from collections.abc import Sequence
from typing import Any

import boto3

from domain.cloud import CloudError
from flows.clouds.aws.ec2 import Ec2, settings_of
from flows.clouds.aws.refusals import requesting


class Accounts:
    """The accounts whose images are listed. The name of a profile is the name of the tenant in reports.

    ``profiles`` are profiles of ``~/.aws/config`` and ``~/.aws/credentials`` (or of the files that ``AWS_CONFIG_FILE``
    and ``AWS_SHARED_CREDENTIALS_FILE`` name). ``regions`` are listed for each profile; without them, the profile's own
    region. TLS is verified, and secrets stay inside boto3.
    """

    def __init__(self, profiles: Sequence[str], regions: Sequence[str] = (), threads: int = 8) -> None:
        self._profiles = list(dict.fromkeys(profiles))
        self._regions = list(dict.fromkeys(regions))
        self._config = settings_of(threads)
        self._sessions: dict[str, boto3.Session] = {}
        self._names: dict[str, str] | None = None

    def regions(self) -> dict[str, list[str]]:
        """Return each region with the profiles that are listed there.

        Raises:
            CloudError: if a profile does not exist or has no region.
        """
        found: dict[str, list[str]] = {}
        for profile in self._profiles:
            for region in self._regions_of(profile):
                found.setdefault(region, []).append(profile)
        return found

    def ec2(self, profile: str, region: str) -> Ec2:
        """Return the EC2 of a region for an account."""
        return Ec2(self._client("ec2", profile, region), profile, region)

    def ids(self) -> dict[str, str]:
        """Return the profile of each account, by the account's id.

        Raises:
            CloudError: if an account cannot sign in, or two profiles are the same account, which would have two names.
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
        """Return the profile of an account id; the id itself if no profile has it."""
        return self.ids().get(account or "", account or "unknown")

    def _account_of(self, profile: str) -> str:
        region = self._regions_of(profile)[0]
        api = self._client("sts", profile, region)
        with requesting(profile, region):
            return str(api.get_caller_identity()["Account"])

    def _regions_of(self, profile: str) -> list[str]:
        own = self._session(profile).region_name
        if not self._regions and not own:
            raise CloudError(
                f"AWS profile '{profile}': it has no region: add one in ~/.aws/config, or set IMAGEKEEPER_AWS_REGIONS"
            )
        return self._regions or [own]

    def _client(self, service: str, profile: str, region: str) -> Any:
        with requesting(profile, region):
            return self._session(profile).client(service, region_name=region, config=self._config)

    def _session(self, profile: str) -> boto3.Session:
        if profile not in self._sessions:
            with requesting(profile):
                self._sessions[profile] = boto3.Session(profile_name=profile)
        return self._sessions[profile]
