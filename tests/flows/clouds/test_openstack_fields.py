"""An image in the words of Glance and IMS, and in ours."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.cloud import NewImage
from domain.vocabulary import Architecture, ImageType, OsType, Target
from flows.clouds.openstack.fields import glance_changes, glance_fields, seen

GLANCE: dict[str, Any] = {
    "id": "0b4b2a2e-7c1f-4d5c-9f0e-2c4e5a6b7c8d",
    "name": "web",
    "owner": "p1",
    "status": "active",
    "visibility": "private",
    "disk_format": "qcow2",
    "size": 7,
    "virtual_size": 9,
    "min_disk": 10,
    "min_ram": 512,
    "os_hash_algo": "sha512",
    "os_hash_value": "ab",
    "protected": False,
    "os_hidden": False,
    "tags": ["b", "a"],
    "created_at": "2026-06-01T08:00:00Z",
    "updated_at": "2026-06-02T08:00:00Z",
}


def read(**more: Any) -> dict[str, Any]:
    """What we understand of an image of Glance with more fields."""
    return asdict(seen(GLANCE | more, lambda project: {"p1": "acme"}.get(project or "", project or "unknown")))


def test_a_plain_image() -> None:
    """What Glance says of every image is understood, and nothing is made up."""
    found = read()
    assert (found["owner"], found["checksum"], found["tags"]) == ("acme", "sha512:ab", ("a", "b"))
    assert (found["created_at"], found["min_disk_gb"]) == (datetime(2026, 6, 1, 8, tzinfo=UTC), 10)
    assert {name for name, value in found.items() if value is None} == {
        *("image_type", "target", "os_type", "os_distribution", "os_version", "architecture", "kms_key_id"),
        *("source_kind", "source_id", "backup_service", "description"),
    }


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ({"__imagetype": "gold"}, {"visibility": "public", "cloud_visibility": "gold"}),
        ({"__imagetype": "market"}, {"visibility": "marketplace", "published": True}),
        ({"__imagetype": "market", "__is_offshelved": "true"}, {"visibility": "marketplace", "published": False}),
        ({"__imagetype": "private", "visibility": "shared"}, {"visibility": "private"}),
        ({"visibility": "community"}, {"visibility": "public", "cloud_visibility": "community"}),
        ({"__whole_image": "true", "__backup_id": "b"}, {"image_type": "full_ecs", "source_kind": "backup"}),
        ({"__whole_image": "true", "whole_image_type": "CBR"}, {"backup_service": "cbr"}),
        ({"virtual_env_type": "DataImage"}, {"image_type": "data_disk", "target": None}),
        ({"virtual_env_type": "Ironic"}, {"image_type": "system_disk", "target": "bms"}),
        ({"virtual_env_type": "FusionCompute"}, {"image_type": "system_disk", "target": "ecs"}),
        ({"disk_format": "iso"}, {"image_type": "iso"}),
        ({"__system__cmkid": "k"}, {"encrypted": True, "kms_key_id": "k"}),
        ({"__system__cmkid": ""}, {"encrypted": False, "kms_key_id": None}),
        ({"__os_type": "Linux", "__platform": "Debian", "__os_version": "12"}, {"os_distribution": "debian"}),
        ({"__os_type": "Windows"}, {"os_type": "windows"}),
        ({"os_type": "beos"}, {"os_type": "other"}),
        ({"__support_arm": "true"}, {"architecture": "arm"}),
        ({"architecture": "x86_64"}, {"architecture": "x86"}),
        ({"__originalimagename": "parent"}, {"source_kind": "image", "source_id": "parent"}),
        ({"__root_origin": "file"}, {"source_kind": "file"}),
        ({"size": None, "__image_size": "77"}, {"size_bytes": 77}),
        ({"size": None, "__image_size": "many"}, {"size_bytes": None}),
        ({"status": "uploading"}, {"status": "saving"}),
        ({"owner": None}, {"owner": "unknown"}),
        ({"os_hidden": True}, {"hidden": True}),
    ],
)
def test_what_ims_adds_is_understood(said: dict[str, Any], understood: dict[str, Any]) -> None:
    """Its fields say what the rules ask about: whether an image is on sale, encrypted, a full-ECS image."""
    found = read(**said)
    assert {name: found[name] for name in understood} == understood


@pytest.mark.parametrize("image_type", [ImageType.SYSTEM_DISK, ImageType.DATA_DISK, ImageType.ISO])
@pytest.mark.parametrize("target", list(Target))
@pytest.mark.parametrize("architecture", list(Architecture))
@pytest.mark.parametrize("os_type", [*OsType, None])
def test_what_we_write_is_what_we_read(
    image_type: ImageType, target: Target, architecture: Architecture, os_type: OsType | None
) -> None:
    """Through Glance and back, an image says the same of itself."""
    made = NewImage(
        image_id=GLANCE["id"],
        owner="acme",
        name="web",
        disk_format="raw",
        image_type=image_type,
        target=target,
        os_type=os_type,
        os_distribution=None if os_type is None else "debian",
        os_version=None if os_type is None else "12",
        architecture=architecture,
        min_disk_gb=3,
        min_ram_mb=4,
        description="for all",
        tags=("a",),
    )
    fields = glance_fields(made, made.image_id)
    assert all(isinstance(value, str) for name, value in fields.items() if name not in {"min_disk", "min_ram", "tags"})
    found = read(**fields)
    same = set(asdict(made)) & set(found)
    assert {name: found[name] for name in same} == {name: asdict(made)[name] for name in same}


def test_what_is_not_said_is_not_changed() -> None:
    """Fields of Glance, and only those that the request names; no property of a user's choosing."""
    said = {"image": "web", "name": "n", "description": None, "tags": [], "protected": False, "min_disk_gb": 7, "x": 1}
    assert glance_changes(said) == {"name": "n", "tags": [], "protected": False, "min_disk": 7}
