"""What EC2 says of an image, in our words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.clouds.aws.fields import seen

NOW = datetime(2026, 6, 1, tzinfo=UTC)
AMI: dict[str, Any] = {
    "ImageId": "ami-1",
    "Name": "web",
    "OwnerId": "111111111111",
    "Public": False,
    "State": "available",
    "Architecture": "x86_64",
    "PlatformDetails": "Linux/UNIX",
    "CreationDate": "2026-01-02T03:04:05.000Z",
    "RootDeviceName": "/dev/xvda",
    "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 100, "Encrypted": False}},
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": False}},
        {"DeviceName": "/dev/xvdc", "VirtualName": "ephemeral0"},
    ],
}
KEY = "arn:aws:kms:eu-west-1:111111111111:key/k"
ENCRYPTED = [{"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 9, "Encrypted": True, "KmsKeyId": KEY}}]


def image_of(**said: Any) -> dict[str, Any]:
    """The image with something said otherwise, as a dict of ours."""
    image = seen(AMI | said, lambda account: f"of {account}", NOW)
    return {name: getattr(image, name) for name in image.__slots__}


def test_an_image_like_most() -> None:
    """The volume that a server starts from says how big a disk it needs; bytes and digest are not told."""
    made = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    told = {"blob": "ami-1", "name": "web", "owner": "of 111111111111", "status": "active", "created_at": made}
    told |= {"visibility": "private", "cloud_visibility": "private", "os_type": "linux", "architecture": "x86"}
    told |= {"min_disk_gb": 8, "virtual_size_bytes": 8 * 2**30, "size_bytes": None, "checksum": None, "tags": ()}
    told |= {"encrypted": False, "protected": False, "published": False, "hidden": False, "updated_at": made}
    image = image_of()
    assert {name: image[name] for name in told} == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"Public": True}, {"visibility": "public", "cloud_visibility": "public"}),
        ({"State": "pending"}, {"status": "saving"}),
        ({"State": "transient"}, {"status": "saving"}),
        ({"State": "disabled"}, {"status": "deactivated"}),
        ({"State": "failed"}, {"status": "killed"}),
        ({"State": "invalid"}, {"status": "killed"}),
        ({"State": "deregistered"}, {"status": "deleted"}),
        ({"State": "a state to come"}, {"status": "deactivated"}),
        ({"Architecture": "arm64"}, {"architecture": "arm"}),
        ({"Architecture": "i386"}, {"architecture": "x86"}),
        ({"Architecture": "arm64_mac"}, {"architecture": "arm", "os_type": "other"}),
        ({"Platform": "windows", "PlatformDetails": "Windows with SQL Server Web"}, {"os_type": "windows"}),
        ({"PlatformDetails": "Red Hat Enterprise Linux"}, {"os_type": "linux"}),
        ({"PlatformDetails": "Ubuntu Pro"}, {"os_type": "linux"}),
        ({"PlatformDetails": None}, {"os_type": None}),
        ({"BlockDeviceMappings": ENCRYPTED}, {"encrypted": True, "kms_key_id": KEY, "min_disk_gb": 0}),
        ({"BlockDeviceMappings": []}, {"min_disk_gb": 0, "virtual_size_bytes": None}),
        ({"ProductCodes": [{"ProductCodeId": "p", "ProductCodeType": "marketplace"}]}, {"published": True}),
        ({"ProductCodes": [{"ProductCodeId": "p", "ProductCodeType": "devpay"}]}, {"published": False}),
        ({"DeregistrationProtection": "enabled-with-cooldown"}, {"protected": True}),
        ({"DeregistrationProtection": "disabled"}, {"protected": False}),
        ({"Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": ""}]}, {"tags": ("a=", "b=2")}),
        ({"SourceImageId": "ami-0"}, {"source_kind": "image", "source_id": "ami-0"}),
        ({"Description": ""}, {"description": None}),
        ({"DeprecationTime": "2026-06-01T00:00:00.000Z"}, {"hidden": True, "updated_at": NOW}),
        ({"DeprecationTime": "2026-06-01T00:01:00.000Z"}, {"hidden": False}),
    ],
)
def test_what_it_may_say_otherwise(said: dict[str, Any], told: dict[str, Any]) -> None:
    """Each of EC2's words has its one of ours."""
    image = image_of(**said)
    assert {name: image[name] for name in told} == told
