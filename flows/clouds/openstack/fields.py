"""Convert images between Glance's fields and Imagekeeper's, including the fields of IMS (``__imagetype`` and others).

Writing uses only fields that every Glance lets a tenant write. Reading also understands the fields that only IMS sets.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from domain.cloud import NewImage
from domain.inventory import SeenImage
from domain.vocabulary import Architecture, ImageType, OsType, Target, Visibility

VIRTUAL_ENV = {
    (ImageType.DATA_DISK, Target.ECS): "DataImage",
    (ImageType.ISO, Target.ECS): "IsoImage",
    (ImageType.SYSTEM_DISK, Target.BMS): "Ironic",
    (ImageType.SYSTEM_DISK, Target.ECS): "FusionCompute",
}
"""The value of IMS' property ``virtual_env_type`` by image type and target."""

TYPES = {environment: image_type for (image_type, _), environment in VIRTUAL_ENV.items()}
ARM = {"aarch64", "arm64", "arm"}
TYPE, TARGET = "imagekeeper_image_type", "imagekeeper_target"
"""Properties of Imagekeeper, for what IMS' properties cannot express, such as a data disk for bare metal."""

CAPTURED_AS = "imagekeeper_made"
"""The property with Imagekeeper's id of an image that was captured from a server or disk; Glance's id is another."""

MIB, GB = 2**20, 2**30


def glance_fields(image: NewImage, image_id: str) -> dict[str, Any]:
    """Return the fields of a new image for Glance. Property values are strings, as Glance requires."""
    kind, target = ImageType(image.image_type), Target(image.target)
    properties = {
        "virtual_env_type": VIRTUAL_ENV.get((kind, target)),
        TYPE: kind,
        TARGET: target,
        "os_type": image.os_type,
        "os_distro": image.os_distribution,
        "os_version": image.os_version,
        "architecture": "aarch64" if image.architecture == Architecture.ARM else "x86_64",
        "description": image.description,
    }
    return {
        "id": image_id,
        "name": image.name,
        "disk_format": image.disk_format,
        "container_format": "bare",
        "visibility": image.visibility,
        "min_disk": image.min_disk_gb,
        "min_ram": image.min_ram_mb,
        "tags": list(image.tags),
        **{name: str(value) for name, value in properties.items() if value is not None},
    }


def capture_changes(image: NewImage, created: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes of an image that the cloud captured; None deletes a property.

    The cloud copies the properties of the image that the server was launched from. Those that do not hold for the new
    image are deleted.
    """
    fixed = {"id", "disk_format", "container_format"}
    attributes = {name: value for name, value in glance_fields(image, image.image_id).items() if name not in fixed}
    ours = {"description", "os_type", "os_distro", "os_version", "virtual_env_type"}
    stale = {name: None for name in ours if name in created and name not in attributes}
    return stale | attributes | {CAPTURED_AS: image.image_id}


def glance_changes(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an ``update_image`` request as fields of Glance. Fields without a value are left out."""
    names = {"name": "name", "description": "description", "tags": "tags", "protected": "protected"}
    names |= {"min_disk_gb": "min_disk", "min_ram_mb": "min_ram"}
    return {names[name]: value for name, value in request.items() if name in names and value is not None}


def seen(image: Mapping[str, Any], name_of: Callable[[str | None], str]) -> SeenImage:
    """Convert an image that Glance or IMS lists. ``name_of`` returns the tenant of a project id."""
    key = _text(image, "__system__cmkid") or _text(image, "cinder_encryption_key_id")
    environment = _text(image, "virtual_env_type")
    parent, backup = _text(image, "__originalimagename"), _text(image, "__backup_id")
    target = _text(image, TARGET) or ({"Ironic": Target.BMS, "FusionCompute": Target.ECS}.get(environment or ""))
    return SeenImage(
        blob=str(image["id"]),
        name=str(image.get("name") or ""),
        owner=name_of(image.get("owner")),
        visibility=_visibility(image),
        cloud_visibility=_text(image, "__imagetype") or str(image.get("visibility", "private")),
        status="saving" if image["status"] == "uploading" else str(image["status"]),
        image_type=_image_type(image, environment),
        target=target,
        os_type=_os_type(_text(image, "__os_type") or _text(image, "os_type")),
        os_distribution=_text(image, "os_distro") or (_text(image, "__platform") or "").lower() or None,
        os_version=_text(image, "__os_version") or _text(image, "os_version"),
        architecture=_architecture(image),
        disk_format=image.get("disk_format"),
        size_bytes=_number(image.get("size")) or _number(_text(image, "__image_size")),
        virtual_size_bytes=_number(image.get("virtual_size")),
        min_disk_gb=_number(image.get("min_disk")) or 0,
        min_ram_mb=_number(image.get("min_ram")) or 0,
        checksum=checksum_of(image),
        encrypted=key is not None,
        kms_key_id=key,
        source_kind="backup" if backup else "image" if parent else _origin(image),
        source_id=backup or parent,
        backup_service=_backup_service(image),
        published=_text(image, "__imagetype") == "market" and not _is(image, "__is_offshelved"),
        protected=bool(image.get("protected", False)),
        hidden=bool(image.get("os_hidden", False)),
        description=_text(image, "__description") or _text(image, "description"),
        tags=tuple(sorted(image.get("tags") or ())),
        created_at=moment(image.get("created_at")) or datetime.fromtimestamp(0, UTC),
        updated_at=moment(image.get("updated_at")) or datetime.fromtimestamp(0, UTC),
    )


def checksum_of(image: Mapping[str, Any]) -> str | None:
    """Return Glance's hash of an image as ``algorithm:digest`` (``os_hash_algo``, SHA-512 by default)."""
    value = image.get("os_hash_value")
    return f"{image.get('os_hash_algo') or 'sha512'}:{value}" if value else None


def moment(text: str | None) -> datetime | None:
    """Parse a time of Glance, which is in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _text(image: Mapping[str, Any], name: str) -> str | None:
    value = image.get(name)
    return None if value in (None, "") else str(value)


def _is(image: Mapping[str, Any], name: str) -> bool:
    return str(image.get(name)).lower() == "true"


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _visibility(image: Mapping[str, Any]) -> str:
    kind = _text(image, "__imagetype")
    if kind == "market":
        return Visibility.MARKETPLACE
    if kind == "gold" or image.get("visibility") in {"public", "community"}:
        return Visibility.PUBLIC
    return Visibility.PRIVATE


def _image_type(image: Mapping[str, Any], environment: str | None) -> str | None:
    if _is(image, "__whole_image"):
        return ImageType.FULL_ECS
    return _text(image, TYPE) or TYPES.get(environment or "") or ("iso" if image.get("disk_format") == "iso" else None)


def _os_type(value: str | None) -> str | None:
    if value is None:
        return None
    return value.lower() if value.lower() in set(OsType) else OsType.OTHER


def _architecture(image: Mapping[str, Any]) -> str | None:
    architecture = _text(image, "architecture")
    if _is(image, "__support_arm") or architecture in ARM:
        return Architecture.ARM
    return None if architecture is None else Architecture.X86


def _origin(image: Mapping[str, Any]) -> str | None:
    return "file" if _text(image, "__root_origin") == "file" else None


def _backup_service(image: Mapping[str, Any]) -> str | None:
    service = (_text(image, "whole_image_type") or "").lower()
    return service if service in {"cbr", "csbs"} else None
