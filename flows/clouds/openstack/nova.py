"""Calls of one region's Nova with the credentials of one tenant."""

from collections.abc import Mapping
from typing import Any

from flows.clouds.openstack.calls import PAGE, Resource, json_object, wait_for
from flows.clouds.openstack.resources import ResourceApi

REIMAGES = "2.93"
"""The first microversion (Zed, 2022) that can rebuild a server with a volume as its system disk."""

LAST_STEP_LIMIT_S = 120
"""How long to wait for the last step of an operation of Nova, in seconds."""


class Nova(ResourceApi):
    """Calls of the Compute API. 2.52 (Pike, 2017) is the first microversion that accepts tags for a new server.

    Nova chooses the ids of servers. The tag is Imagekeeper's id, by which a server is found if Nova's id is unknown.
    """

    microversion = "2.52"
    kind = "server"
    busy_statuses = frozenset(
        ["BUILD", "REBUILD", "RESIZE", "REVERT_RESIZE", "REBOOT", "HARD_REBOOT", "PASSWORD", "MIGRATING"]
    )
    gone_statuses = frozenset({"DELETED", "SOFT_DELETED"})  # some clouds keep a deleted server for a while

    def launch(self, name: str, image_id: str, flavor: Resource, disk_gb: int, network: str, tag: str) -> Resource:
        """Start to build a server.

        Args:
            name: the name of the server.
            image_id: Glance's id of its image.
            flavor: a flavor of ``flavors``. If it has no disk, the server starts from a volume.
            disk_gb: the size of that volume in GB of 2^30 bytes.
            network: ``auto``, ``none``, or the id of a network.
            tag: Imagekeeper's id of the server.
        """
        networks = network if network in {"auto", "none"} else [{"uuid": network}]
        expected = {"name": name, "flavorRef": flavor["id"], "networks": networks, "tags": [tag]}
        expected |= (
            {"imageRef": image_id} if flavor["disk"] else {"block_device_mapping_v2": [_disk(image_id, disk_gb)]}
        )
        # one try: each request builds another server
        return dict(json_object(self._call("POST", "/servers", json={"server": expected}, tries=1))["server"])

    def tagged(self, tag: str) -> list[str]:
        """Return the ids of the servers with a tag."""
        return [server["id"] for server in json_object(self._call("GET", "/servers", params={"tags": tag}))["servers"]]

    def flavors(self) -> list[Resource]:
        """Return the flavors that the tenant may use."""
        found: list[Resource] = []
        while True:
            after = {"marker": found[-1]["id"]} if found else {}
            page = json_object(self._call("GET", "/flavors/detail", params={"limit": PAGE, **after}))["flavors"]
            found += page
            if len(page) < PAGE:
                return found

    def act(self, server_id: str, call: Mapping[str, Any]) -> None:
        """Start an operation on a server; ``call`` is the body of the request."""
        self._call("POST", f"/servers/{server_id}/action", json=call)

    def rebuild(self, server: Resource, image_id: str) -> None:
        """Start to replace a server's system disk by a new one from an image."""
        version = self.microversion if server["image"] else REIMAGES
        call = {"rebuild": {"imageRef": image_id}}
        self._call("POST", f"/servers/{server['id']}/action", json=call, microversion=version)

    def capture(self, server_id: str, name: str) -> str:
        """Start to create an image from a server's system disk. Return the image's id."""
        call = {"createImage": {"name": name}}
        response = self._call("POST", f"/servers/{server_id}/action", json=call, tries=1)
        return str(json_object(response)["image_id"])

    def becomes(self, server_id: str, *expected: str) -> None:
        """Wait until a server has one of the statuses.

        Between two steps of an operation a server can look idle, so one ``wait_until_idle`` is not enough.
        """

        def reached() -> Resource | None:
            server = self.wait_until_idle(server_id)
            return server if server["status"] in expected else None

        wait_for(reached, LAST_STEP_LIMIT_S)

    def wait_until_gone(self, server_id: str) -> None:
        """Wait until a server no longer exists."""
        wait_for(lambda: self.get(server_id) is None or None)

    def busy(self, resource: Resource) -> bool:
        """Return whether an operation runs on a server. The status alone is not enough: a task may be running."""
        return super().busy(resource) or resource.get("OS-EXT-STS:task_state") is not None


def _disk(image_id: str, size_gb: int) -> Resource:
    """Return the block device of a volume that a server starts from, and that is deleted with the server."""
    source = {"source_type": "image", "uuid": image_id}
    return source | {
        "boot_index": 0,
        "destination_type": "volume",
        "volume_size": max(size_gb, 1),
        "delete_on_termination": True,
    }
