"""Calls of a cloud: tried again where that helps, refused in our words, never led astray. Against a small server."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1.adapter import Adapter
from keystoneauth1.noauth import NoAuth
from keystoneauth1.session import Session

from domain.actions import MODELS
from domain.cloud import CloudCall, CloudError
from flows.clouds.openstack import calls
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.image_calls import ImageCalls
from flows.clouds.openstack.refusals import RefusedError, rule_of
from support.small_server import QuietHandler, SmallServer, running

Answer = tuple[int, dict[str, str], bytes]
IMAGE = json.dumps({"id": "i", "status": "active"}).encode()
JSON = {"Content-Type": "application/json"}


class Cloud(SmallServer):
    """Gives one answer after the other, and remembers what was asked. An answer without status breaks the line."""

    def __init__(self) -> None:
        super().__init__(Asked)
        self.answers: list[Answer] = []
        self.asked: list[str] = []


class Asked(QuietHandler):
    """One request."""

    def answer(self) -> None:
        """Give the next answer; the last one again and again."""
        cloud: Any = self.server
        cloud.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = cloud.answers.pop(0) if len(cloud.answers) > 1 else cloud.answers[0]
        if status:
            self.say(status, headers, body)
        else:
            self.close_connection = True
            self.connection.close()

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815 - the server's names


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud that says what it is told to."""
    with running(Cloud()) as server:
        yield server


@pytest.fixture
def glance(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Glance:
    """Calls of it, without waiting between tries."""
    monkeypatch.setattr(calls, "PAUSE_S", 0.001)
    endpoint = f"{cloud.url}/v2"
    session = Session(auth=NoAuth(endpoint=endpoint))
    return Glance(Adapter(session, endpoint_override=endpoint), "eu-west-0")


@pytest.mark.parametrize("ill", [(429, {}, b""), (500, {}, b""), (503, {}, b""), (0, {}, b"")])
def test_what_may_heal_is_tried_again(cloud: Cloud, glance: Glance, ill: Answer) -> None:
    """Too many requests, a server that stumbles, a connection that breaks: the third try has the answer."""
    cloud.answers = [ill, ill, (200, JSON, IMAGE)]
    assert glance.image("i") == {"id": "i", "status": "active"}
    assert len(cloud.asked) == 3


def test_it_is_not_tried_for_ever(cloud: Cloud, glance: Glance) -> None:
    """After five tries the answer is what it is."""
    cloud.answers = [(503, {}, b"<html><body>overloaded</body></html>")]
    with pytest.raises(RefusedError, match=r"overloaded.*503"):
        glance.image("i")
    assert len(cloud.asked) == 5


def test_what_will_not_heal_is_not_tried_again(cloud: Cloud, glance: Glance) -> None:
    """A refusal is one."""
    cloud.answers = [(403, {"x-openstack-request-id": "req-7"}, b"<h1>403 Forbidden</h1> You may not.<br /><br />")]
    with pytest.raises(RefusedError, match=r"You may not.*403, request req-7"):
        glance.change("i", {"name": "n"})
    assert len(cloud.asked) == 1


def test_bytes_are_sent_once(cloud: Cloud, glance: Glance) -> None:
    """They pass but once: sending them again is for whoever can read them again."""
    cloud.answers = [(503, {}, b"busy")]
    with pytest.raises(CloudError):
        glance.upload("i", iter([b"some bytes"]))
    assert len(cloud.asked) == 1


def test_a_download_is_bounded(cloud: Cloud, glance: Glance) -> None:
    """Whoever sends more bytes than the image has is not listened to any longer."""
    cloud.answers = [(200, {}, b"x" * 1000)]
    with pytest.raises(CloudError, match="more than the 999 bytes"):
        list(glance.download("i", 999, 100))
    assert b"".join(glance.download("i", 1000, 100)) == b"x" * 1000


@pytest.mark.parametrize("status", [204, 200])
def test_an_image_without_bytes_is_not_an_empty_file(cloud: Cloud, glance: Glance, status: int) -> None:
    """Glance answers 204 for an image that nothing was uploaded to."""
    cloud.answers = [(status, {}, b"")]
    if status == 204:
        with pytest.raises(CloudError, match="no bytes"):
            list(glance.download("i", 0, 100))
    else:
        assert list(glance.download("i", 0, 100)) == []


def test_a_page_never_leads_to_another_server(cloud: Cloud, glance: Glance) -> None:
    """Whatever host a link names, the next page is asked of the catalog's."""
    first = {"images": [{"id": "a"}], "next": "http://169.254.169.254/v2/images?marker=a"}
    cloud.answers = [(200, JSON, json.dumps(first).encode()), (200, JSON, b'{"images": [{"id": "b"}]}')]
    assert [image["id"] for page in glance.images(owner="p") for image in page] == ["a", "b"]
    assert cloud.asked == ["GET /v2/images?limit=1000&owner=p", "GET /v2/images?marker=a"]


@pytest.mark.parametrize(
    "call",
    [
        lambda glance: glance.image("i"),
        lambda glance: list(glance.images()),
        lambda glance: glance.create({"id": "i"}),
        lambda glance: glance.members("i"),
    ],
)
def test_nonsense_is_said_to_be_nonsense(cloud: Cloud, glance: Glance, call: Callable[[Glance], object]) -> None:
    """A proxy that answers with its own page is no cloud."""
    cloud.answers = [(200, {"Content-Type": "text/html"}, b"<html>Please sign in</html>")]
    with pytest.raises(CloudError, match="not JSON"):
        call(glance)


SAME_RULE = {
    ("share_image", 413, ""): "share.tenant-limit",
    ("import_image", 415, ""): "import.unsafe-file",
    ("copy_image", 415, ""): "import.unsafe-file",
    ("update_image", 415, ""): None,
    ("export_image", 403, "The requested image has been deactivated. Image data download is forbidden."): (
        "image.not-active"
    ),
    ("accept_share", 404, ""): "accept.not-shared",
    ("reject_share", 404, ""): "reject.not-shared",
    ("capture_server", 404, ""): "server.unknown",
    **{(name, 404, ""): "server.unknown" for name, model in MODELS.items() if model.changes_server()},
    ("capture_volume", 404, ""): "volume.unknown",
    ("launch_server", 404, ""): "image.unknown",
    ("create_volume", 404, ""): "image.unknown",
    ("import_image", 404, ""): "image.unknown",
    ("delete_image", 403, "Image i is protected and cannot be deleted."): "delete.protected",
    ("share_image", 403, "the image is public; only shared images have members"): "share.not-private",
    ("launch_server", 404, "there is no flavor 'x' in r"): "flavor.unknown",
    ("resize_server", 404, "there is no flavor 'x' in r"): "flavor.unknown",
    ("launch_server", 400, "Can not find requested image"): "image.unknown",
    ("launch_server", 400, "Image i is not active."): "image.not-active",
    ("launch_server", 400, "Flavor's memory is too small for requested image."): "launch.too-little-ram",
    ("launch_server", 400, "Flavor disk is smaller than the minimum"): "launch.too-little-disk",
    ("create_volume", 400, "Invalid imageRef provided"): "image.unknown",
    ("create_volume", 400, "Image i is not active."): "image.not-active",
    ("create_volume", 400, "Image minDisk size 2 is larger"): "volume.too-small",
    ("launch_server", 403, "Quota exceeded for instances"): None,
    ("copy_image", 403, ""): None,
    ("import_image", 403, ""): None,
    ("start_server", 409, ""): None,
    **{
        (f"{what}_image", 403, ""): f"{what}.not-owner"
        for what in ("share", "unshare", "update", "delete", "deactivate", "reactivate", "deprecate")
    },
    ("accept_share", 403, ""): "accept.not-shared",
    ("reject_share", 403, ""): "reject.not-shared",
}
"""What a cloud answers to an action, with which words, and the rule that says the same."""


@pytest.mark.parametrize(("action", "status", "words"), SAME_RULE)
def test_a_refusal_is_the_rule_of_the_action_that_says_the_same(action: str, status: int, words: str) -> None:
    """The rules that an action has decide, so that a new action needs no entry in the adapter."""
    assert rule_of(action, RefusedError(status, words, None)) == SAME_RULE[action, status, words]


@pytest.mark.parametrize("action", [name for name, model in MODELS.items() if model.changes is not None])
def test_an_action_on_an_existing_image_is_one_call(cloud: Cloud, glance: Glance, action: str) -> None:
    """Whatever a model says it changes of an image or share, the adapter has a call for it."""
    cloud.answers = [(200, JSON, b'{"id": "i", "status": "active", "visibility": "shared", "members": []}')]
    order = CloudCall(1, action, "acme", "r", "i", "umbrella", '{"name": "new"}')
    tenants: Any = SimpleNamespace(glance=lambda *_: glance, project_of=str)
    assert ImageCalls(tenants).act(order).blob == "i"
    assert cloud.asked


@pytest.mark.parametrize(
    ("action", "code", "rule"),
    [
        ("share_image", "IMG.0076", "share.with-oneself"),
        ("copy_image", "IMG.0142", "copy.encrypted-other-region"),
        ("copy_image", "IMG.0167", "copy.iso"),
        ("import_image", "IMG.0072", "import.wrong-format"),
        ("import_image", "IMG.9999", None),
    ],
)
def test_errors_of_ims_are_our_rules(cloud: Cloud, glance: Glance, action: str, code: str, rule: str | None) -> None:
    """IMS answers 400 with a code; the rule that names the code as its source is the one."""
    said = {"error": {"code": code, "message": "no"}}
    cloud.answers = [(400, JSON, json.dumps(said).encode())]
    with pytest.raises(RefusedError) as refused:
        glance.create({"id": "i"})
    assert code in str(refused.value)
    assert rule_of(action, refused.value) == rule
