"""Calls that Nova's servers and Cinder's disks have in common. Their operations run in the cloud and take time."""

from collections.abc import Container
from http import HTTPStatus

from domain.cloud import CloudError
from flows.clouds.openstack.calls import Api, Resource, wait_for


class ResourceApi(Api):
    """Resources of one kind in a service: servers or disks."""

    kind: str
    """The name of the kind in the API: ``server`` or ``volume``."""

    busy_statuses: Container[str]
    """The statuses of a resource while an operation runs on it."""

    gone_statuses: Container[str] = ()
    """The statuses of a deleted resource that the service still lists."""

    def get(self, resource_id: str) -> Resource | None:
        """Return a resource; None if there is none that the tenant may see."""
        found = self._get(f"/{self.kind}s/{resource_id}")
        resource = None if found is None else dict(found[self.kind])
        return None if resource is None or resource["status"] in self.gone_statuses else resource

    def delete(self, resource_id: str) -> bool:
        """Start to delete a resource. Return False if there is none."""
        response = self._call("DELETE", f"/{self.kind}s/{resource_id}", accepted=(HTTPStatus.NOT_FOUND,))
        return bool(response.status_code != HTTPStatus.NOT_FOUND)

    def still_exists(self, resource_id: str) -> bool:
        """Wait until no operation runs on a resource; return whether it exists then.

        Nova lists a server that was deleted during scheduling for a while as if it were still being built.
        """
        return self._wait_while_busy(resource_id) is not None

    def wait_until_idle(self, resource_id: str) -> Resource:
        """Wait until no operation runs on a resource, and return it.

        Raises:
            CloudError: if the operation failed, or the resource was deleted.
        """
        found = self._wait_while_busy(resource_id)
        if found is None:
            raise CloudError(f"the {self.kind} was deleted")
        if found["status"].lower().startswith("error"):
            reason = (found.get("fault") or {}).get("message") or f"the cloud's operators can look up {resource_id}"
            raise CloudError(f"the {self.kind} has the status {found['status']}: {reason}")
        return found

    def busy(self, resource: Resource) -> bool:
        """Return whether an operation runs on a resource."""
        return resource["status"] in self.busy_statuses

    def _wait_while_busy(self, resource_id: str) -> Resource | None:
        # The tuple tells "idle and deleted" (None,) from "still busy" (None): wait_for ends with the first non-None.
        def idle() -> tuple[Resource | None] | None:
            resource = self.get(resource_id)
            return None if resource is not None and self.busy(resource) else (resource,)

        return wait_for(idle)[0]
