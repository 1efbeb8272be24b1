"""Calls of an OpenStack API: checked, tried again where that helps, and bounded in time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, TypeVar

from keystoneauth1 import exceptions as keystone
from openstack.exceptions import SDKException
from requests.exceptions import RequestException

from domain.cloud import CloudError
from flows.clouds.openstack.refusals import RefusedError, refusal_of

TRIES = 5
"""How often a call is tried where the cloud does not answer, or says that it cannot now."""

MAY_HEAL = [429, 500, 502, 503, 504]
PAUSE_S = 0.5
"""Before a call is tried again, in seconds; twice as long each time."""

PATIENCE_S = 3600
"""How long to wait for what the cloud does by itself, in seconds."""

TIMEOUT_S = 60
"""How long a cloud may keep silent, in seconds."""

PAGE = 1000
"""The most things that OpenStack lists at once (Glance's ``api_limit_max``, Nova's and Cinder's ``max_limit``)."""

Resource = dict[str, Any]
Made = TypeVar("Made")


class Api:
    """One service of a region as a tenant sees it.

    What is refused is a ``RefusedError``, what is not answered a ``CloudError``.
    """

    microversion: str | None = None
    """Which version of the service's words is spoken, where it has several at once."""

    def __init__(self, api: Any, region: str) -> None:
        self._api = api
        self._region = region

    def _call(self, method: str, path: str, *, let: tuple[int, ...] = (), tries: int = TRIES, **how: Any) -> Any:
        """One call; refused, unless its status is one of those to ``let`` pass."""
        if self.microversion is not None:
            how.setdefault("microversion", self.microversion)
        try:
            response = self._api.request(
                path,
                method,
                raise_exc=False,
                timeout=TIMEOUT_S,
                connect_retries=tries - 1,
                connect_retry_delay=PAUSE_S,
                status_code_retries=tries - 1,
                retriable_status_codes=MAY_HEAL,
                status_code_retry_delay=PAUSE_S,
                **how,
            )
        except (keystone.ClientException, SDKException, RequestException) as error:
            raise CloudError(f"region {self._region} does not answer: {in_words(error)}") from None
        if response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code not in let:
            raise refusal_of(response)
        return response

    def _found(self, path: str) -> Resource | None:
        """What is there; None where there is nothing that the tenant may see."""
        response = self._call("GET", path, let=(HTTPStatus.NOT_FOUND,))
        return None if response.status_code == HTTPStatus.NOT_FOUND else told_by(response)


def made_once(look: Callable[[], Made | None], make: Callable[[], Made]) -> Made:
    """What ``look`` finds, or else what ``make`` makes. Before ``make`` is tried again, it is looked for again.

    For what gets its id from the cloud: a call that broke off may have made it, and would make a second one.
    """
    for left in reversed(range(TRIES)):
        found = look()
        if found is not None:
            return found
        try:
            return make()
        except CloudError as error:
            if not left or (isinstance(error, RefusedError) and error.status not in MAY_HEAL):
                raise
            time.sleep(PAUSE_S * 2 ** (TRIES - 1 - left))
    raise AssertionError("the last try returns or raises")


@contextmanager
def cleaned_up(clear: Callable[[], object]) -> Iterator[None]:
    """A block whose failure leaves nothing half-made behind: ``clear`` removes it."""
    try:
        yield
    except BaseException:
        # what cannot be deleted now stays in doubt, and goes when all is settled
        with suppress(CloudError):
            clear()
        raise


def wait_for(look: Callable[[], Made | None], patience_s: int = PATIENCE_S) -> Made:
    """What ``look`` finds, once it finds something; it is asked less and less often.

    Raises:
        CloudError: if it found nothing in time.
    """
    end, pause = time.monotonic() + patience_s, 0.1
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(pause)
        pause = min(pause * 1.25, 5.0)
    raise CloudError(f"the cloud has not done it within {patience_s} s: look there, and apply again")


def in_words(error: BaseException) -> str:
    """An error of a library in one line, without its traceback."""
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__


def told_by(response: Any) -> Resource:
    """The object that a cloud answers.

    Raises:
        CloudError: if it answers something else.
    """
    try:
        found = response.json()
    except ValueError:
        raise CloudError("the cloud answers something that is not JSON") from None
    if not isinstance(found, dict):
        raise CloudError("the cloud answers something that is no object")
    return found
