"""Actions on images that move no bytes, each with the credentials of the actor."""

import json
from collections import defaultdict
from http import HTTPStatus
from threading import Lock

from domain.actions import MODELS
from domain.actions.effects import Change, CloudChange
from domain.cloud import CloudCall, CloudError, Stored
from domain.vocabulary import ImageStatus
from flows.clouds.openstack.fields import glance_changes
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.refusals import RefusedError
from flows.clouds.openstack.tenants import Tenants

STATUS_CALLS: dict[str, str] = {ImageStatus.DEACTIVATED: "deactivate", ImageStatus.ACTIVE: "reactivate"}
"""Glance's calls that give an image a status."""


class ImageCalls:
    """Calls that change an image. A call for a change that was made before succeeds."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        # Orders run in parallel, and sharing begins with a change of the image: one lock per image, and the images
        # that this object has made shareable.
        self._share_locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._shareable: set[str] = set()

    def act(self, order: CloudCall) -> Stored:
        """Carry out one action on an image.

        Raises:
            CloudError: if the cloud refuses it (``RefusedError``) or does not answer.
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
                glance.change(order.blob, glance_changes({**json.loads(order.request_json), **values}))
            case CloudChange(Change.IMAGE_VANISHED):
                glance.delete(order.blob)
            case _:
                raise CloudError(f"this cloud has no call for {order.action}")
        return Stored(order.row, order.blob, checksum="", size_bytes=0)

    def _share(self, glance: Glance, order: CloudCall) -> None:
        project = self._tenants.project_of(order.tenant or "")
        with self._share_locks[order.blob]:
            if order.blob not in self._shareable:
                self._make_shareable(glance, order.blob)
                self._shareable.add(order.blob)
        glance.add_member(order.blob, project)

    def _make_shareable(self, glance: Glance, image_id: str) -> None:
        """Set the visibility of a private image to ``shared``: Glance refuses members of other images.

        A private image may still have members from an earlier time. They would get access again with the change, so
        they are removed.
        """
        visibility = (glance.image(image_id) or {}).get("visibility")
        if visibility in {"public", "community"}:
            # Glance's own message says only that it is forbidden
            raise RefusedError(
                HTTPStatus.FORBIDDEN, f"the image is {visibility}; only shared images have members", None
            )
        if visibility == "private":
            glance.change(image_id, {"visibility": "shared"})
            for member in glance.members(image_id):
                glance.remove_member(image_id, member["member_id"])
