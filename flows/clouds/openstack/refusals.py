"""Turn refusals of a cloud into messages, and find the rule that corresponds to a refusal."""

import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from domain.cloud import CloudError
from domain.policy.rules import rules_of

IMS_CODE = re.compile(r"IMG\.\d{4}")
LONGEST = 300
"""How many characters of a cloud's own message are repeated."""

SERVER_ACTS = {"start_server", "stop_server", "resize_server", "terminate_server", "change_os"}
"""Actions that change an existing server."""

SAME_RULE = {
    ("share_image", HTTPStatus.REQUEST_ENTITY_TOO_LARGE): "share.tenant-limit",
    ("import_image", HTTPStatus.UNSUPPORTED_MEDIA_TYPE): "import.unsafe-file",
    ("copy_image", HTTPStatus.UNSUPPORTED_MEDIA_TYPE): "import.unsafe-file",
    ("export_image", HTTPStatus.FORBIDDEN): "image.not-active",
    ("accept_share", HTTPStatus.NOT_FOUND): "accept.not-shared",
    ("reject_share", HTTPStatus.NOT_FOUND): "reject.not-shared",
    **{(action, HTTPStatus.NOT_FOUND): "server.unknown" for action in (*SERVER_ACTS, "capture_server")},
    ("capture_volume", HTTPStatus.NOT_FOUND): "volume.unknown",
}
"""The rule that corresponds to a status in the answer to an action, if no entry of ``BY_MESSAGE`` matches."""

BY_MESSAGE = {
    ("delete_image", HTTPStatus.FORBIDDEN): {"protected": "delete.protected"},
    ("share_image", HTTPStatus.FORBIDDEN): {"only shared images": "share.not-private"},
    ("launch_server", HTTPStatus.NOT_FOUND): {"no flavor": "flavor.unknown"},
    ("resize_server", HTTPStatus.NOT_FOUND): {"no flavor": "flavor.unknown"},
    ("launch_server", HTTPStatus.BAD_REQUEST): {
        "find requested image": "image.unknown",
        "is not active": "image.not-active",
        "memory is too small": "launch.too-little-ram",
        "flavor disk is": "launch.too-little-disk",
    },
    ("create_volume", HTTPStatus.BAD_REQUEST): {
        "invalid imageref": "image.unknown",
        "not active": "image.not-active",
        "mindisk size": "volume.too-small",
    },
}
"""The rule by a part of the cloud's message, where one status has several causes."""

OWNER_RULES = {
    "share_image": "share.not-owner",
    "unshare_image": "unshare.not-owner",
    "update_image": "update.not-owner",
    "delete_image": "delete.not-owner",
    "deactivate_image": "deactivate.not-owner",
    "reactivate_image": "reactivate.not-owner",
    "accept_share": "accept.not-shared",
    "reject_share": "reject.not-shared",
}
"""The rule for Glance's other answers 403: the actor is not the owner (or, for a share, not the recipient)."""


@dataclass(eq=False)
class RefusedError(CloudError):
    """A call that the cloud refused: HTTP status, message, and the request id, which the operators can look up."""

    status: int
    message: str
    request_id: str | None

    def __str__(self) -> str:
        """Return the refusal as text for people."""
        return f"the cloud refused it: {self.message} ({self.status}, request {self.request_id or 'without id'})"


def refusal_of(response: Any) -> RefusedError:
    """Return the refusal in an HTTP response. Glance sends its message as HTML, the other services as JSON."""
    return RefusedError(response.status_code, _message(response), response.headers.get("x-openstack-request-id"))


def rule_of(action: str, refusal: RefusedError) -> str | None:
    """Return the id of the rule that corresponds to a refusal; None if there is none."""
    code = IMS_CODE.search(refusal.message)
    if code is not None and code.group() in _by_ims_code(action):
        return _by_ims_code(action)[code.group()]
    status = HTTPStatus(refusal.status)
    for text, rule in BY_MESSAGE.get((action, status), {}).items():
        if text in refusal.message.lower():
            return rule
    if (action, status) in SAME_RULE:
        return SAME_RULE[action, status]
    if status == HTTPStatus.NOT_FOUND:
        return "image.unknown"
    return OWNER_RULES.get(action) if status == HTTPStatus.FORBIDDEN else None


@cache
def _by_ims_code(action: str) -> dict[str, str]:
    """Return the rule ids of an action by the IMS error codes that the rules name as their source."""
    return {code: rule.id for rule in rules_of(action) for code in IMS_CODE.findall(rule.source)}


def _message(response: Any) -> str:
    try:
        body = response.json()
        error = body.get("error", body) if isinstance(body, dict) else body
        if isinstance(error, dict) and len(error) == 1:  # Nova and Cinder: {"badRequest": {"message": …}}
            (error,) = error.values()
        text = f"{error.get('code', '')} {error.get('message', '')}" if isinstance(error, dict) else str(error)
    except ValueError:
        body = re.sub(r"(?s)<(title|head)>.*?</\1>|<[^>]+>", " ", response.text)
        text = re.sub(r"^\s*\d{3} [A-Z][A-Za-z ]+\n", "", body)
    return re.sub(r"\s+", " ", text).strip()[:LONGEST] or response.reason
