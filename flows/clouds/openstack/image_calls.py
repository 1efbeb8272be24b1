"""Actions that move no bytes, each with the identity of whoever acts."""

import json
from collections import defaultdict
from http import HTTPStatus
from threading import Lock

from domain.actions import MODELS
from domain.actions.effects import Change, CloudChange
from domain.cloud import CloudCall, CloudError, Stored
from domain.vocabulary import ImageStatus
from flows.clouds.openstack.fields import changed
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.refusals import RefusedError
from flows.clouds.openstack.tenants import Tenants

STATUS_CALLS: dict[str, str] = {ImageStatus.DEACTIVATED: "deactivate", ImageStatus.ACTIVE: "reactivate"}
"""Glance's calls that give an image a status."""


class ImageCalls:
    """What becomes of an image by each action. What is so already counts as done."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._opening: defaultdict[str, Lock] = defaultdict(Lock)
        self._open: set[str] = set()

    def act(self, order: CloudCall) -> Stored:
        """Do it.

        Raises:
            CloudError: if the cloud refuses it (then it is a ``RefusedError``) or does not answer.
        """
        glance = self._tenants.glance(order.actor, order.region)
        match MODELS[order.action].changes:
            case CloudChange(Change.MEMBER_ADDED):
                self._share(glance, order)
            case CloudChange(Change.MEMBER_REMOVED):
                glance.remove_member(order.blob, self._tenants.project_of(order.tenant or ""))
            case CloudChange(Change.MEMBER_CHANGED, {"status": status}):
                glance.answer(order.blob, self._tenants.project_of(order.actor), str(status))
            case CloudChange(Change.IMAGE_CHANGED, {"status": status}) if status in STATUS_CALLS:
                glance.act(order.blob, STATUS_CALLS[status])
            case CloudChange(Change.IMAGE_CHANGED, {"hidden": hidden}):
                glance.change(order.blob, {"os_hidden": hidden == "true"})
            case CloudChange(Change.IMAGE_CHANGED, values):
                glance.change(order.blob, changed({**json.loads(order.said), **values}))
            case CloudChange(Change.IMAGE_VANISHED):
                glance.delete(order.blob)
            case _:
                raise CloudError(f"this cloud has no call for {order.action}")
        return Stored(order.row, order.blob, checksum="", size_bytes=0)

    def _share(self, glance: Glance, order: CloudCall) -> None:
        project = self._tenants.project_of(order.tenant or "")
        with self._opening[order.blob]:
            if order.blob not in self._open:
                self._let_be_shared(glance, order.blob)
                self._open.add(order.blob)
        glance.add_member(order.blob, project)

    def _let_be_shared(self, glance: Glance, image_id: str) -> None:
        """Glance shares only images whose visibility says ``shared``.

        Members of a time when it was shared before are still there, and would have it back at once: they go first.
        """
        visibility = (glance.image(image_id) or {}).get("visibility")
        if visibility in {"public", "community"}:
            # Glance would say no more than that it is forbidden
            raise RefusedError(
                HTTPStatus.FORBIDDEN, f"the image is {visibility}; only shared images have members", None
            )
        if visibility == "private":
            glance.change(image_id, {"visibility": "shared"})
            for member in glance.members(image_id):
                glance.remove_member(image_id, member["member_id"])
