"""What AWS or its SDK says when something cannot be asked, in words for people: what, for whom, where, what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore import exceptions as aws

from domain.cloud import CloudError

LONGEST = 300
"""How much of AWS' own words is repeated."""

REFUSED = "AWS does not accept its keys: make new ones, or correct them in ~/.aws/credentials"
EXPIRED = "its session has expired: sign in anew (aws sso login --profile {profile}), or get new session keys"
DENIED = (
    "its keys may not do this: allow ec2:DescribeImages and ec2:DescribeImageAttribute, as the managed policy"
    " AmazonEC2ReadOnlyAccess does"
)
NO_KEYS = "it has no keys: add them to ~/.aws/credentials under its name (aws configure --profile {profile})"
BUSY = "AWS lets nobody ask that often, even after some tries: run sync-inventory again later"

SAID = {
    "AuthFailure": REFUSED,
    "InvalidAccessKeyId": REFUSED,
    "InvalidClientTokenId": REFUSED,
    "SignatureDoesNotMatch": REFUSED,
    "UnrecognizedClientException": REFUSED,
    "ExpiredToken": EXPIRED,
    "ExpiredTokenException": EXPIRED,
    "RequestExpired": "AWS finds the request too old: set this machine's clock, or get new session keys",
    "AccessDenied": DENIED,
    "AccessDeniedException": DENIED,
    "UnauthorizedOperation": DENIED,
    "OptInRequired": "the account has not opted in to this region: enable it there, or leave the region out",
    "RequestLimitExceeded": BUSY,
    "Throttling": BUSY,
    "ThrottlingException": BUSY,
}
"""What AWS' errors come down to. Their own words are not repeated: those on signatures quote what was signed."""


UNSIGNED = {
    aws.ProfileNotFound: "there is no such profile: add it to ~/.aws/config, or correct IMAGEKEEPER_AWS_PROFILES",
    aws.NoCredentialsError: NO_KEYS,
    aws.PartialCredentialsError: NO_KEYS,
    aws.CredentialRetrievalError: "its keys cannot be fetched from where ~/.aws/config says they come from: correct it",
    aws.SSOError: EXPIRED,
    aws.TokenRetrievalError: EXPIRED,
    aws.ConfigParseError: "~/.aws/config or ~/.aws/credentials cannot be read: correct the file",
    aws.ConfigNotFound: "~/.aws/config is not there: make it, or correct AWS_CONFIG_FILE",
}
"""What keeps boto3 from asking at all. Its words are not repeated: they may quote what a program for keys printed."""


@contextmanager
def asking(profile: str, region: str | None = None) -> Iterator[None]:
    """Within this, what AWS and its SDK raise becomes a ``CloudError``, without secrets and without a traceback."""
    try:
        yield
    except (aws.BotoCoreError, aws.ClientError) as error:
        where = "" if region is None else f" in {region}"
        raise CloudError(f"AWS profile '{profile}'{where}: {in_words(error, profile)}") from None


def code_of(error: aws.ClientError) -> str:
    """AWS' own name of what went wrong."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def in_words(error: Exception, profile: str) -> str:
    """An error of the SDK in a line that says what to do, where we know."""
    if isinstance(error, aws.ClientError):
        return _refused(error, profile)
    if isinstance(error, (aws.HTTPClientError, aws.ConnectionError)):
        return _unreached(error)
    for kind, words in UNSIGNED.items():
        if isinstance(error, kind):
            return words.format(profile=profile)
    return _as_said(type(error).__name__, str(error))


def _refused(error: aws.ClientError, profile: str) -> str:
    code = code_of(error)
    if code in SAID:
        return f"{SAID[code].format(profile=profile)} ({code})"
    return _as_said(code, str(error.response.get("Error", {}).get("Message", "")))


def _unreached(error: aws.BotoCoreError) -> str:
    host = urlsplit(str(error.kwargs.get("endpoint_url") or "")).hostname
    where = host or "AWS"
    if isinstance(error, aws.SSLError):
        return f"the certificate of {where} is not trusted: name your authority's in AWS_CA_BUNDLE"
    return f"{where} does not answer: correct the region's name, the network or proxy, or AWS_ENDPOINT_URL"


def _as_said(code: str, words: str) -> str:
    return f"{code}: {' '.join(words.split())[:LONGEST] or 'AWS says no more'}"
