"""What a cloud says when it refuses, in words, and which of our rules says the same."""

import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from domain.cloud import CloudError
from domain.policy.rules import rules_of

IMS_CODE = re.compile(r"IMG\.\d{4}")
LONGEST = 300
"""How much of a cloud's own words is repeated."""

SERVER_ACTS = {"start_server", "stop_server", "resize_server", "terminate_server", "change_os"}
"""Actions that change a server and do nothing else."""

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
"""Which of our rules the cloud's answer to an action comes down to, besides those below."""

BY_WORDS = {
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
"""Where it is the cloud's words that tell, and not its status alone."""

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
"""Glance's 403 otherwise: somebody else than the owner (or, of a share, the recipient) acts."""


@dataclass(eq=False)
class RefusedError(CloudError):
    """A call that the cloud refused: its HTTP status, its words, and the id under which its operators find the call."""

    status: int
    said: str
    request_id: str | None

    def __str__(self) -> str:
        """The refusal for people."""
        return f"the cloud refused it: {self.said} ({self.status}, request {self.request_id or 'without id'})"


def refusal_of(response: Any) -> RefusedError:
    """A refusal from an HTTP response; Glance explains itself in HTML, IMS in JSON."""
    return RefusedError(response.status_code, _words(response), response.headers.get("x-openstack-request-id"))


def rule_of(action: str, refusal: RefusedError) -> str | None:
    """The rule of ours that says what the cloud said, where one does."""
    code = IMS_CODE.search(refusal.said)
    if code is not None and code.group() in _by_ims_code(action):
        return _by_ims_code(action)[code.group()]
    status = HTTPStatus(refusal.status)
    for words, rule in BY_WORDS.get((action, status), {}).items():
        if words in refusal.said.lower():
            return rule
    if (action, status) in SAME_RULE:
        return SAME_RULE[action, status]
    if status == HTTPStatus.NOT_FOUND:
        return "image.unknown"
    return OWNER_RULES.get(action) if status == HTTPStatus.FORBIDDEN else None


@cache
def _by_ims_code(action: str) -> dict[str, str]:
    """The rules of an action by the IMS errors that they name as their source."""
    return {code: rule.id for rule in rules_of(action) for code in IMS_CODE.findall(rule.source)}


def _words(response: Any) -> str:
    try:
        told = response.json()
        error = told.get("error", told) if isinstance(told, dict) else told
        if isinstance(error, dict) and len(error) == 1:  # Nova and Cinder: {"badRequest": {"message": …}}
            (error,) = error.values()
        text = f"{error.get('code', '')} {error.get('message', '')}" if isinstance(error, dict) else str(error)
    except ValueError:
        body = re.sub(r"(?s)<(title|head)>.*?</\1>|<[^>]+>", " ", response.text)
        text = re.sub(r"^\s*\d{3} [A-Z][A-Za-z ]+\n", "", body)
    return re.sub(r"\s+", " ", text).strip()[:LONGEST] or response.reason
