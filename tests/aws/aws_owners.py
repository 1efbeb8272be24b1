"""The accounts of the tests, as the files of the AWS SDK have them, and what their owners do by hand."""

import boto3

ACCOUNTS = {"acme": "111111111111", "umbrella": "222222222222"}
"""Two tenants; ``acme`` has keys of its own, ``umbrella`` a role that they may take on."""

HOME, ABROAD = "eu-west-1", "us-east-1"

CREDENTIALS = """\
[acme]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = not-a-secret
"""
CONFIG = f"""\
[profile acme]
region = {HOME}
role_arn = arn:aws:iam::{ACCOUNTS["acme"]}:role/reader
source_profile = acme

[profile umbrella]
region = {HOME}
role_arn = arn:aws:iam::{ACCOUNTS["umbrella"]}:role/reader
source_profile = acme

[profile twin]
region = {ABROAD}
role_arn = arn:aws:iam::{ACCOUNTS["acme"]}:role/reader
source_profile = acme

[profile nowhere]
source_profile = acme
role_arn = arn:aws:iam::{ACCOUNTS["acme"]}:role/reader

[profile keyless]
region = {HOME}
"""


class Owner:
    """Somebody who makes images by hand."""

    def __init__(self, profile: str, region: str) -> None:
        self.api = boto3.Session(profile_name=profile).client("ec2", region_name=region)

    def register(self, name: str) -> str:
        """Make an image; its id. Whatever one asks for, moto gives it a disk of 15 GiB."""
        return str(self.api.register_image(Name=name, RootDeviceName="/dev/sda1")["ImageId"])

    def let(self, image: str, **who: str) -> None:
        """Let an account (``UserId``), or all (``Group``), launch an image."""
        self.api.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [who]})
