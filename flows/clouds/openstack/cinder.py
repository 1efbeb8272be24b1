"""One region's Cinder as one tenant sees it."""

import json

from flows.clouds.openstack.calls import Resource, told_by
from flows.clouds.openstack.resources import ResourceApi

MARK = "imagekeeper"
"""The key of a disk's metadata under which it has the id that we know it by."""


class Cinder(ResourceApi):
    """Calls of the Block Storage API v3. Cinder gives disks ids of its own; ours is in their metadata."""

    kind = "volume"
    busy_statuses = frozenset(
        ["creating", "downloading", "uploading", "extending", "retyping", "deleting", "backing-up", "restoring-backup"]
    )

    def make(self, name: str, image_id: str, size_gb: int, mark: str) -> Resource:
        """Have a disk made of an image; its size is in GB of 2^30 bytes."""
        wanted = {"name": name, "imageRef": image_id, "size": size_gb, "metadata": {MARK: mark}}
        # tried once: each time it is asked it makes another
        return dict(told_by(self._call("POST", "/volumes", json={"volume": wanted}, tries=1))["volume"])

    def marked(self, mark: str) -> list[str]:
        """The ids of the disks that we know by an id."""
        query = {"metadata": json.dumps({MARK: mark})}
        return [volume["id"] for volume in told_by(self._call("GET", "/volumes", params=query))["volumes"]]

    def capture(self, volume_id: str, name: str) -> str:
        """Have an image of that name made of a disk, byte for byte, even of one that a server uses; its id."""
        wanted = {"image_name": name, "disk_format": "raw", "container_format": "bare", "force": True}
        call = {"os-volume_upload_image": wanted}
        response = self._call("POST", f"/volumes/{volume_id}/action", json=call, tries=1)
        return str(told_by(response)["os-volume_upload_image"]["image_id"])
