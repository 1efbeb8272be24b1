"""One region's Nova as one tenant sees it."""

from collections.abc import Mapping
from typing import Any

from flows.clouds.openstack.calls import PAGE, Resource, told_by, wait_for
from flows.clouds.openstack.resources import ResourceApi

REIMAGES = "2.93"
"""The first version (Zed, 2022) that gives another image to a server that started from a volume."""

SOON_S = 120
"""How long Nova may take for the last step of what it does by itself, in seconds."""


class Nova(ResourceApi):
    """Calls of the Compute API. 2.52 (Pike, 2017) is the first version that takes tags with a new server.

    Nova gives servers ids of its own; the tag is what we know them by before that is heard of.
    """

    microversion = "2.52"
    kind = "server"
    busy_statuses = frozenset(
        ["BUILD", "REBUILD", "RESIZE", "REVERT_RESIZE", "REBOOT", "HARD_REBOOT", "PASSWORD", "MIGRATING"]
    )
    gone_statuses = frozenset(
        {"DELETED", "SOFT_DELETED"}
    )  # some clouds keep it for a while, for who deleted it by mistake

    def launch(self, name: str, image_id: str, flavor: Resource, disk_gb: int, network: str, tag: str) -> Resource:
        """Have a server built; its system disk is the flavor's, or else a volume of so many GB (2^30 bytes).

        ``network`` is ``auto``, ``none``, or the id of one.
        """
        networks = network if network in {"auto", "none"} else [{"uuid": network}]
        wanted = {"name": name, "flavorRef": flavor["id"], "networks": networks, "tags": [tag]}
        wanted |= {"imageRef": image_id} if flavor["disk"] else {"block_device_mapping_v2": [_disk(image_id, disk_gb)]}
        # tried once: each time it is asked it builds another
        return dict(told_by(self._call("POST", "/servers", json={"server": wanted}, tries=1))["server"])

    def tagged(self, tag: str) -> list[str]:
        """The ids of the servers with a tag."""
        return [server["id"] for server in told_by(self._call("GET", "/servers", params={"tags": tag}))["servers"]]

    def flavors(self) -> list[Resource]:
        """The flavors that the tenant may use."""
        found: list[Resource] = []
        while True:
            after = {"marker": found[-1]["id"]} if found else {}
            page = told_by(self._call("GET", "/flavors/detail", params={"limit": PAGE, **after}))["flavors"]
            found += page
            if len(page) < PAGE:
                return found

    def act(self, server_id: str, call: Mapping[str, Any]) -> None:
        """Have something done to a server."""
        self._call("POST", f"/servers/{server_id}/action", json=call)

    def rebuild(self, server: Resource, image_id: str) -> None:
        """Have a server's system disk made anew, of an image."""
        version = self.microversion if server["image"] else REIMAGES
        call = {"rebuild": {"imageRef": image_id}}
        self._call("POST", f"/servers/{server['id']}/action", json=call, microversion=version)

    def capture(self, server_id: str, name: str) -> str:
        """Have an image of that name made of a server's system disk; its id."""
        call = {"createImage": {"name": name}}
        response = self._call("POST", f"/servers/{server_id}/action", json=call, tries=1)
        return str(told_by(response)["image_id"])

    def becomes(self, server_id: str, *wanted: str) -> None:
        """Wait until a server has one of these statuses: Nova goes on by itself where nothing seems to be done."""
        wait_for(lambda: found if (found := self.wait_until_idle(server_id))["status"] in wanted else None, SOON_S)

    def gone(self, server_id: str) -> None:
        """Wait until a server is there no more."""
        wait_for(lambda: self.get(server_id) is None or None)

    def busy(self, thing: Resource) -> bool:
        """Whether something is being done with a server; its status alone does not tell."""
        return super().busy(thing) or thing.get("OS-EXT-STS:task_state") is not None


def _disk(image_id: str, size_gb: int) -> Resource:
    """A volume that a server starts from, and that goes with it."""
    source = {"source_type": "image", "uuid": image_id}
    return source | {
        "boot_index": 0,
        "destination_type": "volume",
        "volume_size": max(size_gb, 1),
        "delete_on_termination": True,
    }
