"""What Nova's servers and Cinder's disks have in common: the cloud works on them by itself, and that takes a while."""

from collections.abc import Container
from http import HTTPStatus

from domain.cloud import CloudError
from flows.clouds.openstack.calls import Api, Resource, wait_for


class ResourceApi(Api):
    """Things of one kind that a service keeps."""

    kind: str
    """What the service calls one of them."""

    busy_statuses: Container[str]
    """Statuses of one with which something is being done."""

    gone_statuses: Container[str] = ()
    """Statuses of one that is no more, and is told of still."""

    def get(self, thing_id: str) -> Resource | None:
        """One of them; None where there is none that the tenant may see."""
        found = self._found(f"/{self.kind}s/{thing_id}")
        thing = None if found is None else dict(found[self.kind])
        return None if thing is None or thing["status"] in self.gone_statuses else thing

    def delete(self, thing_id: str) -> bool:
        """Have one deleted; False where there is none."""
        response = self._call("DELETE", f"/{self.kind}s/{thing_id}", let=(HTTPStatus.NOT_FOUND,))
        return bool(response.status_code != HTTPStatus.NOT_FOUND)

    def still_exists(self, thing_id: str) -> bool:
        """Whether one is still there once nothing is being done with it.

        A server that was deleted before Nova had found a place for it is listed for a while as if nothing were.
        """
        return self._at_rest(thing_id) is not None

    def wait_until_idle(self, thing_id: str) -> Resource:
        """One of them once nothing is being done with it.

        Raises:
            CloudError: if what was done failed, or it is gone.
        """
        found = self._at_rest(thing_id)
        if found is None:
            raise CloudError(f"the {self.kind} is gone")
        if found["status"].lower().startswith("error"):
            said = (found.get("fault") or {}).get("message") or f"the cloud's operators find why under {thing_id}"
            raise CloudError(f"the {self.kind} is in {found['status']} now: {said}")
        return found

    def busy(self, thing: Resource) -> bool:
        """Whether something is being done with one."""
        return thing["status"] in self.busy_statuses

    def _at_rest(self, thing_id: str) -> Resource | None:
        def now() -> tuple[Resource | None] | None:
            thing = self.get(thing_id)
            return None if thing is not None and self.busy(thing) else (thing,)

        return wait_for(now)[0]
