"""One region's Glance as one tenant sees it."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from requests.exceptions import RequestException

from domain.cloud import CloudError
from flows.clouds.openstack.calls import PAGE, Api, Resource, in_words, told_by, wait_for

PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
BYTES = {"Content-Type": "application/octet-stream"}

Image = Resource


class Glance(Api):
    """Calls of the Image API v2.

    Nothing here lets the SDK look at a user's words: its ``create_image`` would upload a local file whose path an
    image's name happens to be.
    """

    def create(self, image: Image) -> Image | None:
        """Make an image without bytes; None where its id is taken, or was once."""
        response = self._call("POST", "/images", json=image, let=(HTTPStatus.CONFLICT,))
        return None if response.status_code == HTTPStatus.CONFLICT else told_by(response)

    def image(self, image_id: str) -> Image | None:
        """An image; None where there is none that the tenant may see."""
        return self._found(f"/images/{image_id}")

    def upload(self, image_id: str, pieces: Iterator[bytes]) -> None:
        """Give an image its bytes. It is not tried again: they pass but once."""
        self._call("PUT", f"/images/{image_id}/file", data=pieces, headers=BYTES, tries=1)

    def download(self, image_id: str, most: int, piece: int) -> Iterator[memoryview]:
        """An image's bytes, no more than ``most`` of them.

        Raises:
            CloudError: if the cloud sends more than that, or breaks off.
        """
        response = self._call("GET", f"/images/{image_id}/file", stream=True)
        if response.status_code != HTTPStatus.OK:
            raise CloudError("the image has no bytes: nothing was ever uploaded to it")
        sent = 0
        try:
            for part in response.iter_content(piece):
                sent += len(part)
                if sent > most:
                    raise CloudError(f"the cloud sends more than the {most:,} bytes that the image has")
                yield memoryview(part)
        except RequestException as error:
            raise CloudError(f"the cloud broke off: {in_words(error)}") from None
        finally:
            response.close()

    def change(self, image_id: str, changes: Mapping[str, Any]) -> None:
        """Set fields and properties of an image; what is None goes."""
        patch = [
            {"op": "remove", "path": f"/{name}"} if value is None else {"op": "add", "path": f"/{name}", "value": value}
            for name, value in changes.items()
        ]
        self._call("PATCH", f"/images/{image_id}", data=json.dumps(patch), headers=PATCH)

    def act(self, image_id: str, action: str) -> None:
        """``deactivate`` or ``reactivate`` an image. Either again changes nothing."""
        self._call("POST", f"/images/{image_id}/actions/{action}")

    def delete(self, image_id: str) -> bool:
        """Delete an image; False where there is none."""
        response = self._call("DELETE", f"/images/{image_id}", let=(HTTPStatus.NOT_FOUND,))
        return bool(response.status_code != HTTPStatus.NOT_FOUND)

    def add_member(self, image_id: str, project: str) -> None:
        """Share an image with a project; one that is a member stays one."""
        self._call("POST", f"/images/{image_id}/members", json={"member": project}, let=(HTTPStatus.CONFLICT,))

    def remove_member(self, image_id: str, project: str) -> None:
        """Share an image with a project no more; with one that is no member nothing happens."""
        self._call("DELETE", f"/images/{image_id}/members/{project}", let=(HTTPStatus.NOT_FOUND,))

    def answer(self, image_id: str, project: str, status: str) -> None:
        """Say as a recipient what one thinks of a share: ``accepted`` or ``rejected``."""
        self._call("PUT", f"/images/{image_id}/members/{project}", json={"status": status})

    def members(self, image_id: str) -> list[dict[str, Any]]:
        """The members of an image that the tenant may see; Glance does not page them. None of one that is gone."""
        gone = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
        response = self._call("GET", f"/images/{image_id}/members", let=gone)
        return [] if response.status_code in gone else list(told_by(response)["members"])

    def images(self, **filters: str) -> Iterator[list[Image]]:
        """All images that fit, a page at a time."""
        where: str | None = "/images"
        query: dict[str, Any] | None = {"limit": PAGE, **filters}
        while where is not None:
            page = told_by(self._call("GET", where, params=query))
            yield list(page["images"])
            # only the path and the query: a page never leads to another server
            where, query = _path(page.get("next")), None

    def import_methods(self) -> list[str]:
        """The ways of getting bytes into an image that this cloud offers."""
        response = self._call("GET", "/info/import", let=(HTTPStatus.NOT_FOUND,))
        if response.status_code == HTTPStatus.NOT_FOUND:
            return []
        return list(told_by(response).get("import-methods", {}).get("value", []))

    def fetch_image(self, image_id: str, region: str, source_id: str) -> None:
        """Have the cloud itself bring an image's bytes from another region, and wait until it has.

        Raises:
            CloudError: if it could not.
        """
        source = {"glance_region": region, "glance_image_id": source_id, "glance_service_interface": "public"}
        self._fetch(image_id, {"name": "glance-download", **source})

    def fetch_file(self, image_id: str, url: str) -> None:
        """Have the cloud itself download a file into an image, and wait until it has.

        Raises:
            CloudError: if it could not.
        """
        self._fetch(image_id, {"name": "web-download", "uri": url})

    def _fetch(self, image_id: str, method: dict[str, str]) -> None:
        self._call("POST", f"/images/{image_id}/import", json={"method": method})
        task = wait_for(lambda: self._ended_task(image_id))
        if task.get("status") != "success":
            raise CloudError(f"the cloud could not fetch it: {task.get('message') or 'it does not say why'}")

    def wait_until_idle(self, image_id: str) -> Image:
        """An image once it is neither saving nor importing any more."""

        def now() -> Image | None:
            image = self.image(image_id) or {"status": "deleted"}
            return None if image["status"] in {"saving", "importing", "uploading"} else image

        return wait_for(now)

    def _ended_task(self, image_id: str) -> Image | None:
        tasks = told_by(self._call("GET", f"/images/{image_id}/tasks"))["tasks"]
        ended = [task for task in tasks if task["status"] in {"success", "failure"}]
        return dict(ended[0]) if ended and len(ended) == len(tasks) else None


def _path(link: str | None) -> str | None:
    """A link to the next page, below the endpoint of the catalog: Glance gives it from its own root."""
    return None if link is None else "/" + link.split("/v2/", 1)[-1].lstrip("/")
