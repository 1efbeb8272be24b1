"""One region's Cinder as one tenant sees it."""

import json
from http import HTTPStatus

from domain.cloud import CloudError
from flows.clouds.openstack.calls import Api, Thing, told_by, wait_for

MARK = "imagekeeper"
"""The key of a disk's metadata under which it has the id that we know it by."""

AT_WORK = {"creating", "downloading", "uploading", "extending", "retyping", "deleting"}
AT_WORK |= {"backing-up", "restoring-backup"}
"""Statuses of a disk with which something is being done."""

GONE = "deleted"


class Cinder(Api):
    """Calls of the Block Storage API v3. Cinder gives disks ids of its own; ours is in their metadata."""

    def make(self, name: str, image_id: str, size_gb: int, mark: str) -> Thing:
        """Have a disk made of an image; its size is in GB of 2^30 bytes."""
        wanted = {"name": name, "imageRef": image_id, "size": size_gb, "metadata": {MARK: mark}}
        # tried once: each time it is asked it makes another
        return dict(told_by(self._call("POST", "/volumes", json={"volume": wanted}, tries=1))["volume"])

    def get(self, volume_id: str) -> Thing | None:
        """A disk; None where there is none that the tenant may see."""
        found = self._found(f"/volumes/{volume_id}")
        return None if found is None else dict(found["volume"])

    def marked(self, mark: str) -> list[str]:
        """The ids of the disks that we know by an id."""
        query = {"metadata": json.dumps({MARK: mark})}
        return [volume["id"] for volume in told_by(self._call("GET", "/volumes", params=query))["volumes"]]

    def stays(self, volume_id: str) -> bool:
        """Whether a disk is still there once nothing is being done with it."""
        return bool(self._at_rest(volume_id)["status"] != GONE)

    def capture(self, volume_id: str, name: str) -> str:
        """Have an image of that name made of a disk, byte for byte, even of one that a server uses; its id."""
        wanted = {"image_name": name, "disk_format": "raw", "container_format": "bare", "force": True}
        call = {"os-volume_upload_image": wanted}
        response = self._call("POST", f"/volumes/{volume_id}/action", json=call, tries=1)
        return str(told_by(response)["os-volume_upload_image"]["image_id"])

    def delete(self, volume_id: str) -> bool:
        """Have a disk deleted; False where there is none."""
        response = self._call("DELETE", f"/volumes/{volume_id}", let=(HTTPStatus.NOT_FOUND,))
        return bool(response.status_code != HTTPStatus.NOT_FOUND)

    def settled(self, volume_id: str) -> Thing:
        """A disk once nothing is being done with it.

        Raises:
            CloudError: if what was done failed, or the disk is gone.
        """
        found = self._at_rest(volume_id)
        if found["status"] == GONE or found["status"].startswith("error"):
            raise CloudError(f"the disk is {found['status']} now: its operators find why under {volume_id}")
        return found

    def _at_rest(self, volume_id: str) -> Thing:
        def now() -> Thing | None:
            volume = self.get(volume_id) or {"status": GONE}
            return None if volume["status"] in AT_WORK else volume

        return wait_for(now)
