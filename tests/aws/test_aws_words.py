"""What goes wrong at AWS is said in words for people, without a secret."""

import pytest
from botocore import exceptions as aws

from domain.cloud import CloudError
from flows.clouds.aws.refusals import requesting

SECRET = "wJalrXUtnFEMIK7MDENG"  # noqa: S105 - it is none


def refused(code: str, said: str = "") -> aws.ClientError:
    """What botocore raises where AWS says no."""
    return aws.ClientError({"Error": {"Code": code, "Message": said}}, "DescribeImages")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refused("AuthFailure"), "does not accept its keys"),
        (refused("SignatureDoesNotMatch", f"x-amz-security-token:{SECRET}"), "does not accept its keys"),
        (refused("ExpiredToken", SECRET), "aws sso login --profile acme"),
        (refused("UnauthorizedOperation", f"Encoded: {SECRET}"), "AmazonEC2ReadOnlyAccess"),
        (refused("RequestLimitExceeded"), "run sync-inventory again later"),
        (refused("OptInRequired"), "opted in to this region"),
        (refused("Blocked", "This account {is}\ncurrently blocked."), "Blocked: This account {is} currently blocked."),
        (refused("Blocked"), "Blocked: AWS gives no reason"),
        (aws.CredentialRetrievalError(provider="custom-process", error_msg=SECRET), "cannot be fetched"),
        (aws.PartialCredentialsError(provider="file", cred_var="aws_secret_access_key"), "it has no keys"),
        (aws.UnauthorizedSSOTokenError(), "aws sso login --profile acme"),
        (aws.SSLError(endpoint_url="https://ec2", error="self-signed"), "the certificate of ec2 is not trusted"),
        (aws.EndpointConnectionError(endpoint_url=f"https://u:{SECRET}@ec2/"), "ec2 does not answer"),
        (aws.InvalidRegionError(region_name="EU {west}"), "InvalidRegionError"),
    ],
)
def test_it_names_the_profile_the_region_and_what_to_do(error: Exception, words: str) -> None:
    """Whatever botocore raises."""
    with pytest.raises(CloudError) as told, requesting("acme", "eu-west-1"):
        raise error
    assert str(told.value).startswith("AWS profile 'acme' in eu-west-1: ")
    assert words in str(told.value)
    assert SECRET not in str(told.value)
    assert told.value.__suppress_context__
