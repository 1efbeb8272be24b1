"""A driver of Cinder whose disks are files: the bytes of their images, which images can be made of."""

from pathlib import Path
from typing import Any

from cinder import interface
from cinder.volume import driver
from oslo_config import cfg


@interface.volumedriver
class Files(driver.VolumeDriver):  # type: ignore[misc] - Cinder says nothing of its types
    """A store that is never full; servers use its disks without being given them."""

    VERSION = "1"

    def check_for_setup_error(self) -> None:
        """There is nothing to set up."""

    def _update_volume_stats(self) -> None:
        room = {"total_capacity_gb": "infinite", "free_capacity_gb": "infinite", "reserved_percentage": 0}
        who = {"volume_backend_name": "files", "vendor_name": "tests", "driver_version": self.VERSION}
        self._stats = {**who, "storage_protocol": "file", **room}

    def create_volume(self, volume: Any) -> None:
        """An empty disk."""
        disk(volume).touch()

    def clone_image(
        self, context: Any, volume: Any, location: object, image_meta: Any, image_service: Any
    ) -> tuple[dict[str, Any], bool]:
        """Download the image, which Cinder itself would do with programs of the system's."""
        with disk(volume).open("wb") as file:
            image_service.download(context, image_meta["id"], file)
        return {}, True

    def copy_image_to_volume(self, context: Any, volume: Any, image_service: Any, image_id: str, **how: Any) -> None:
        """Give the disk another image's bytes."""
        self.clone_image(context, volume, None, {"id": image_id}, image_service)

    def copy_volume_to_image(self, context: Any, volume: Any, image_service: Any, image_meta: Any) -> None:
        """Upload the disk."""
        with disk(volume).open("rb") as file:
            image_service.update(context, image_meta["id"], {}, file)

    def delete_volume(self, volume: Any) -> None:
        """Remove the disk."""
        disk(volume).unlink(missing_ok=True)

    def initialize_connection(self, volume: Any, connector: Any) -> dict[str, Any]:
        """What a host would have to know."""
        return {"driver_volume_type": "file", "data": {"volume_id": volume.id}}

    def terminate_connection(self, volume: Any, connector: Any, **how: Any) -> None:
        """There is nothing to take away."""

    def ensure_export(self, context: Any, volume: Any) -> None:
        """There is nothing to export."""

    def create_export(self, context: Any, volume: Any, connector: Any) -> None:
        """There is nothing to export."""

    def remove_export(self, context: Any, volume: Any) -> None:
        """There is nothing to export."""


def disk(volume: Any) -> Path:
    """The file that is a disk."""
    return Path(cfg.CONF.state_path) / f"{volume.id}.disk"
