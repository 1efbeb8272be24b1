"""Calls of one region's Glance with the credentials of one tenant."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from requests.exceptions import RequestException

from domain.cloud import CloudError
from flows.clouds.openstack.calls import PAGE, Api, Resource, json_object, one_line, wait_for

PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
BYTES = {"Content-Type": "application/octet-stream"}

Image = Resource


class Glance(Api):
    """Calls of the Image API v2.

    These are plain HTTP calls. The ``create_image`` of openstacksdk must not be used: if the name of an image is also
    the path of a local file, it uploads that file.
    """

    def create(self, image: Image) -> Image | None:
        """Create an image without bytes. Return None if its id is in use, or was used by a deleted image."""
        response = self._call("POST", "/images", json=image, accepted=(HTTPStatus.CONFLICT,))
        return None if response.status_code == HTTPStatus.CONFLICT else json_object(response)

    def image(self, image_id: str) -> Image | None:
        """Return an image; None if there is none that the tenant may see."""
        return self._get(f"/images/{image_id}")

    def upload(self, image_id: str, pieces: Iterator[bytes]) -> None:
        """Upload the bytes of an image. There is no retry, because ``pieces`` can be read only once."""
        self._call("PUT", f"/images/{image_id}/file", data=pieces, headers=BYTES, tries=1)

    def download(self, image_id: str, size: int, piece: int) -> Iterator[memoryview]:
        """Yield the bytes of an image in pieces of ``piece`` bytes.

        Raises:
            CloudError: if the image has no bytes, the cloud sends more than ``size``, or the connection breaks.
        """
        response = self._call("GET", f"/images/{image_id}/file", stream=True)
        if response.status_code != HTTPStatus.OK:
            raise CloudError("the image has no bytes: nothing was ever uploaded to it")
        sent = 0
        try:
            for part in response.iter_content(piece):
                sent += len(part)
                if sent > size:
                    raise CloudError(f"the cloud sends more than the {size:,} bytes that the image has")
                yield memoryview(part)
        except RequestException as error:
            raise CloudError(f"the connection broke during the download: {one_line(error)}") from None
        finally:
            response.close()

    def change(self, image_id: str, changes: Mapping[str, Any]) -> None:
        """Set fields and properties of an image; None deletes a property."""
        patch = [
            {"op": "remove", "path": f"/{name}"} if value is None else {"op": "add", "path": f"/{name}", "value": value}
            for name, value in changes.items()
        ]
        self._call("PATCH", f"/images/{image_id}", data=json.dumps(patch), headers=PATCH)

    def act(self, image_id: str, action: str) -> None:
        """Deactivate or reactivate an image; ``action`` is ``deactivate`` or ``reactivate``. Both are idempotent."""
        self._call("POST", f"/images/{image_id}/actions/{action}")

    def delete(self, image_id: str) -> bool:
        """Delete an image. Return False if there is none."""
        response = self._call("DELETE", f"/images/{image_id}", accepted=(HTTPStatus.NOT_FOUND,))
        return bool(response.status_code != HTTPStatus.NOT_FOUND)

    def add_member(self, image_id: str, project: str) -> None:
        """Share an image with a project. Nothing changes if the project is a member already."""
        self._call("POST", f"/images/{image_id}/members", json={"member": project}, accepted=(HTTPStatus.CONFLICT,))

    def remove_member(self, image_id: str, project: str) -> None:
        """Stop sharing an image with a project. Nothing changes if the project is not a member."""
        self._call("DELETE", f"/images/{image_id}/members/{project}", accepted=(HTTPStatus.NOT_FOUND,))

    def answer(self, image_id: str, project: str, status: str) -> None:
        """Accept or reject a share as its recipient; ``status`` is ``accepted`` or ``rejected``."""
        self._call("PUT", f"/images/{image_id}/members/{project}", json={"status": status})

    def members(self, image_id: str) -> list[dict[str, Any]]:
        """Return the members of an image; none if it was deleted meanwhile. Glance lists members without pages."""
        gone = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
        response = self._call("GET", f"/images/{image_id}/members", accepted=gone)
        return [] if response.status_code in gone else list(json_object(response)["members"])

    def images(self, **filters: str) -> Iterator[list[Image]]:
        """Yield all images that match the filters, page by page."""
        path: str | None = "/images"
        query: dict[str, Any] | None = {"limit": PAGE, **filters}
        while path is not None:
            page = json_object(self._call("GET", path, params=query))
            yield list(page["images"])
            # only the path and the query of the link: it must not lead to another server
            path, query = _path(page.get("next")), None

    def import_methods(self) -> list[str]:
        """Return the import methods that this cloud offers, such as ``web-download``."""
        response = self._call("GET", "/info/import", accepted=(HTTPStatus.NOT_FOUND,))
        if response.status_code == HTTPStatus.NOT_FOUND:
            return []
        return list(json_object(response).get("import-methods", {}).get("value", []))

    def fetch_image(self, image_id: str, region: str, source_id: str) -> None:
        """Let the cloud copy the bytes of an image from another region, and wait until it has finished.

        Raises:
            CloudError: if the copy failed.
        """
        source = {"glance_region": region, "glance_image_id": source_id, "glance_service_interface": "public"}
        self._fetch(image_id, {"name": "glance-download", **source})

    def fetch_file(self, image_id: str, url: str) -> None:
        """Let the cloud download a file into an image, and wait until it has finished.

        Raises:
            CloudError: if the download failed.
        """
        self._fetch(image_id, {"name": "web-download", "uri": url})

    def _fetch(self, image_id: str, method: dict[str, str]) -> None:
        self._call("POST", f"/images/{image_id}/import", json={"method": method})
        task = wait_for(lambda: self._ended_task(image_id))
        if task.get("status") != "success":
            raise CloudError(f"the cloud could not fetch it: {task.get('message') or 'it gives no reason'}")

    def wait_until_idle(self, image_id: str) -> Image:
        """Wait until an image is no longer saving or importing. Return it; its status is ``deleted`` if it is gone."""

        def now() -> Image | None:
            image = self.image(image_id) or {"status": "deleted"}
            return None if image["status"] in {"saving", "importing", "uploading"} else image

        return wait_for(now)

    def _ended_task(self, image_id: str) -> Image | None:
        tasks = json_object(self._call("GET", f"/images/{image_id}/tasks"))["tasks"]
        ended = [task for task in tasks if task["status"] in {"success", "failure"}]
        return dict(ended[0]) if ended and len(ended) == len(tasks) else None


def _path(link: str | None) -> str | None:
    """Return the path of a link to the next page, relative to the endpoint. Glance gives it relative to its root."""
    return None if link is None else "/" + link.split("/v2/", 1)[-1].lstrip("/")
