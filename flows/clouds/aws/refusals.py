"""Turn errors of AWS and its SDK into messages for people: what failed, for which profile and region, what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore import exceptions as aws

from domain.cloud import CloudError

LONGEST = 300
"""How many characters of AWS' own message are repeated."""

REFUSED = "AWS does not accept its keys: create new ones, or correct them in ~/.aws/credentials"
EXPIRED = "its session has expired: sign in again (aws sso login --profile {profile}), or get new session keys"
DENIED = (
    "its keys have no permission for this: allow ec2:DescribeImages and ec2:DescribeImageAttribute, as the managed"
    " policy AmazonEC2ReadOnlyAccess does"
)
NO_KEYS = "it has no keys: add them to ~/.aws/credentials under its name (aws configure --profile {profile})"
BUSY = "AWS limits the request rate, also after several tries: run sync-inventory again later"

MESSAGES = {
    "AuthFailure": REFUSED,
    "InvalidAccessKeyId": REFUSED,
    "InvalidClientTokenId": REFUSED,
    "SignatureDoesNotMatch": REFUSED,
    "UnrecognizedClientException": REFUSED,
    "ExpiredToken": EXPIRED,
    "ExpiredTokenException": EXPIRED,
    "RequestExpired": "the request is too old for AWS: correct this machine's clock, or get new session keys",
    "AccessDenied": DENIED,
    "AccessDeniedException": DENIED,
    "UnauthorizedOperation": DENIED,
    "OptInRequired": "the account has not opted in to this region: enable it there, or leave the region out",
    "RequestLimitExceeded": BUSY,
    "Throttling": BUSY,
    "ThrottlingException": BUSY,
}
"""Messages by AWS' error code. AWS' own messages are not repeated: those about signatures contain the signed text."""


UNSIGNED = {
    aws.ProfileNotFound: "there is no such profile: add it to ~/.aws/config, or correct IMAGEKEEPER_AWS_PROFILES",
    aws.NoCredentialsError: NO_KEYS,
    aws.PartialCredentialsError: NO_KEYS,
    aws.CredentialRetrievalError: "its keys cannot be fetched from the source in ~/.aws/config: correct that source",
    aws.SSOError: EXPIRED,
    aws.TokenRetrievalError: EXPIRED,
    aws.ConfigParseError: "~/.aws/config or ~/.aws/credentials cannot be read: correct the file",
    aws.ConfigNotFound: "~/.aws/config does not exist: create it, or correct AWS_CONFIG_FILE",
}
"""Messages for errors before a request is sent. boto3's own messages may contain the output of a credential program."""


@contextmanager
def requesting(profile: str, region: str | None = None) -> Iterator[None]:
    """Turn exceptions of AWS and its SDK into a ``CloudError`` without secrets and without a traceback."""
    try:
        yield
    except (aws.BotoCoreError, aws.ClientError) as error:
        where = "" if region is None else f" in {region}"
        raise CloudError(f"AWS profile '{profile}'{where}: {message_of(error, profile)}") from None


def code_of(error: aws.ClientError) -> str:
    """Return AWS' code of an error."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def message_of(error: Exception, profile: str) -> str:
    """Return a one-line message for an error of the SDK, with what to do if that is known."""
    if isinstance(error, aws.ClientError):
        return _refused(error, profile)
    if isinstance(error, (aws.HTTPClientError, aws.ConnectionError)):
        return _unreachable(error)
    for kind, message in UNSIGNED.items():
        if isinstance(error, kind):
            return message.format(profile=profile)
    return _original_message(type(error).__name__, str(error))


def _refused(error: aws.ClientError, profile: str) -> str:
    code = code_of(error)
    if code in MESSAGES:
        return f"{MESSAGES[code].format(profile=profile)} ({code})"
    return _original_message(code, str(error.response.get("Error", {}).get("Message", "")))


def _unreachable(error: aws.BotoCoreError) -> str:
    host = urlsplit(str(error.kwargs.get("endpoint_url") or "")).hostname
    where = host or "AWS"
    if isinstance(error, aws.SSLError):
        return f"the certificate of {where} is not trusted: set AWS_CA_BUNDLE to the certificate of your authority"
    return f"{where} does not answer: correct the region's name, the network or proxy, or AWS_ENDPOINT_URL"


def _original_message(code: str, message: str) -> str:
    return f"{code}: {' '.join(message.split())[:LONGEST] or 'AWS gives no reason'}"
