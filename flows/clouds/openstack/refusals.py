"""Turn refusals of a cloud into messages, and find the rule that corresponds to a refusal."""

import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from domain.actions import MODELS
from domain.cloud import CloudError
from domain.policy.rules import rules_of

IMS_CODE = re.compile(r"IMG\.\d{4}")
LONGEST = 300
"""How many characters of a cloud's own message are repeated."""

RULES: tuple[tuple[HTTPStatus, str, str], ...] = (
    (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "", "tenant-limit"),
    (HTTPStatus.FORBIDDEN, "protected", "protected"),
    (HTTPStatus.FORBIDDEN, "only shared images", "not-private"),
    (HTTPStatus.FORBIDDEN, "data download is forbidden", "image.not-active"),
    (HTTPStatus.FORBIDDEN, "", "not-owner"),
    (HTTPStatus.FORBIDDEN, "", "not-shared"),
    (HTTPStatus.NOT_FOUND, "no flavor", "flavor.unknown"),
    (HTTPStatus.NOT_FOUND, "", "not-shared"),
    (HTTPStatus.NOT_FOUND, "", "server.unknown"),
    (HTTPStatus.NOT_FOUND, "", "volume.unknown"),
    (HTTPStatus.BAD_REQUEST, "find requested image", "image.unknown"),
    (HTTPStatus.BAD_REQUEST, "invalid imageref", "image.unknown"),
    (HTTPStatus.BAD_REQUEST, "not active", "image.not-active"),
    (HTTPStatus.BAD_REQUEST, "memory is too small", "too-little-ram"),
    (HTTPStatus.BAD_REQUEST, "flavor disk is", "too-little-disk"),
    (HTTPStatus.BAD_REQUEST, "mindisk size", "too-small"),
)
"""What a cloud answers (a status, and words in lower case), and the rule of the action that says the same.

A rule is named by its id, or by the part after the dot. The first entry whose rule the action has counts.
"""


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
    status, lowered = HTTPStatus(refusal.status), refusal.message.lower()
    ours = [rule.id for rule in rules_of(action)]
    named = (name for of_status, words, name in RULES if of_status == status and words in lowered)
    found = (rule for name in named for rule in ours if rule == name or rule.partition(".")[2] == name)
    return next(found, _for_any_action(action, status))


def _for_any_action(action: str, status: HTTPStatus) -> str | None:
    """Return the rule that corresponds to a status alone, though it is not one of the action's own."""
    if status == HTTPStatus.NOT_FOUND:
        return "image.unknown"
    is_file = status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and MODELS[action].creates == "image"
    return "import.unsafe-file" if is_file else None


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
