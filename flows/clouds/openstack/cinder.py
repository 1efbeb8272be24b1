"""Calls of one region's Cinder with the credentials of one tenant."""

import json

from flows.clouds.openstack.calls import Resource, json_object
from flows.clouds.openstack.resources import ResourceApi

MARK = "imagekeeper"
"""The metadata key of a disk that contains Imagekeeper's id of the disk."""


class Cinder(ResourceApi):
    """Calls of the Block Storage API v3. Cinder chooses the ids of disks; Imagekeeper's id is in their metadata."""

    kind = "volume"
    busy_statuses = frozenset(
        ["creating", "downloading", "uploading", "extending", "retyping", "deleting", "backing-up", "restoring-backup"]
    )

    def create(self, name: str, image_id: str, size_gb: int, mark: str) -> Resource:
        """Create a disk from an image. Its size is in GB of 2^30 bytes; ``mark`` is Imagekeeper's id of it."""
        body = {"name": name, "imageRef": image_id, "size": size_gb, "metadata": {MARK: mark}}
        # one try: each request creates another disk
        return dict(json_object(self._call("POST", "/volumes", json={"volume": body}, tries=1))["volume"])

    def marked(self, mark: str) -> list[str]:
        """Return Cinder's ids of the disks with an id of Imagekeeper."""
        query = {"metadata": json.dumps({MARK: mark})}
        return [volume["id"] for volume in json_object(self._call("GET", "/volumes", params=query))["volumes"]]

    def capture(self, volume_id: str, name: str) -> str:
        """Start to create an image with the bytes of a disk, even if a server uses it. Return the image's id."""
        body = {"image_name": name, "disk_format": "raw", "container_format": "bare", "force": True}
        call = {"os-volume_upload_image": body}
        response = self._call("POST", f"/volumes/{volume_id}/action", json=call, tries=1)
        return str(json_object(response)["os-volume_upload_image"]["image_id"])
