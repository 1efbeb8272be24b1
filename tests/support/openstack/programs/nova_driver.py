"""Nova's fake driver, with disks: a server is a file, the bytes of its image, which an image can be made of."""

from pathlib import Path
from typing import Any

from nova.compute import task_states
from nova.conf import CONF
from nova.image import glance
from nova.virt.fake import FakeDriver


class Files(FakeDriver):  # type: ignore[misc] - Nova says nothing of its types
    """A host whose servers never run, and whose disks are real."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._images = glance.API()

    def spawn(self, context: Any, instance: Any, image_meta: Any, *args: Any, **kwargs: Any) -> None:
        """Write the image's bytes to the server's file, unless it starts from a disk of Cinder's."""
        if instance.image_ref:
            self._images.download(context, image_meta.id, dest_path=str(disk(instance)))
        super().spawn(context, instance, image_meta, *args, **kwargs)

    def snapshot(self, context: Any, instance: Any, image_id: str, update_task_state: Any) -> None:
        """Upload the server's file."""
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        known = self._images.get(context, image_id)
        base = instance.image_meta
        about = {"name": known["name"], "disk_format": base.disk_format, "container_format": base.container_format}
        pending = task_states.IMAGE_PENDING_UPLOAD
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=pending)
        with disk(instance).open("rb") as data:
            self._images.update(context, image_id, known | about, data, purge_props=False)

    def destroy(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Remove the server's file."""
        super().destroy(context, instance, *args, **kwargs)
        disk(instance).unlink(missing_ok=True)

    def migrate_disk_and_power_off(self, *args: Any, **kwargs: Any) -> str:
        """The disk stays where it is; Nova wants to be told of it in JSON."""
        super().migrate_disk_and_power_off(*args, **kwargs)
        return "[]"


def disk(instance: Any) -> Path:
    """The file that is a server's disk."""
    return Path(CONF.state_path) / f"{instance.uuid}.disk"
