"""Calls of an OpenStack API: with error checks, retries and timeouts."""

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
"""How often a call is tried if the cloud does not answer or has a temporary failure."""

RETRIED_STATUSES = [429, 500, 502, 503, 504]
"""HTTP statuses of temporary failures."""

PAUSE_S = 0.5
"""The pause before the first retry, in seconds. It doubles with each retry."""

WAIT_LIMIT_S = 3600
"""How long to wait for an operation that runs in the cloud, in seconds."""

TIMEOUT_S = 60
"""How long to wait for data from the cloud, in seconds."""

PAGE = 1000
"""The largest page that OpenStack lists (Glance's ``api_limit_max``, Nova's and Cinder's ``max_limit``)."""

Resource = dict[str, Any]
Found = TypeVar("Found")


class Api:
    """One service of a region, called with the credentials of one tenant.

    Calls raise a ``RefusedError`` if the cloud refuses them, and a ``CloudError`` if it does not answer.
    """

    microversion: str | None = None
    """The API microversion of the calls, for services that have microversions."""

    def __init__(self, api: Any, region: str) -> None:
        self._api = api
        self._region = region

    def _call(
        self, method: str, path: str, *, accepted: tuple[int, ...] = (), tries: int = TRIES, **options: Any
    ) -> Any:
        """Send one request and return its response.

        Args:
            method: the HTTP method.
            path: the path below the endpoint of the service.
            accepted: error statuses that are returned and not raised.
            tries: 1 for calls that must not be repeated, because each repetition creates another resource.
            options: passed to keystoneauth, such as ``json`` or ``params``.
        """
        if self.microversion is not None:
            options.setdefault("microversion", self.microversion)
        try:
            response = self._api.request(
                path,
                method,
                raise_exc=False,
                timeout=TIMEOUT_S,
                connect_retries=tries - 1,
                connect_retry_delay=PAUSE_S,
                status_code_retries=tries - 1,
                retriable_status_codes=RETRIED_STATUSES,
                status_code_retry_delay=PAUSE_S,
                **options,
            )
        except (keystone.ClientException, SDKException, RequestException) as error:
            raise CloudError(f"region {self._region} does not answer: {one_line(error)}") from None
        if response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code not in accepted:
            raise refusal_of(response)
        return response

    def _get(self, path: str) -> Resource | None:
        """Return the resource at a path; None if there is none that the tenant may see."""
        response = self._call("GET", path, accepted=(HTTPStatus.NOT_FOUND,))
        return None if response.status_code == HTTPStatus.NOT_FOUND else json_object(response)


def find_or_create(find: Callable[[], Found | None], create: Callable[[], Found]) -> Found:
    """Return what ``find`` finds, or else what ``create`` creates.

    Use this for resources whose id the cloud chooses. If the connection breaks during ``create``, the cloud may have
    created the resource although no id arrived. A plain retry would create a second one. So ``find`` runs again before
    each retry of ``create``, and finds the resource by the tag or metadata that it carries.
    """
    for tries_left in reversed(range(TRIES)):
        found = find()
        if found is not None:
            return found
        try:
            return create()
        except CloudError as error:
            # a refusal that is not temporary is final: the cloud has created nothing
            if not tries_left or (isinstance(error, RefusedError) and error.status not in RETRIED_STATUSES):
                raise
            time.sleep(PAUSE_S * 2 ** (TRIES - 1 - tries_left))
    raise AssertionError("the last try returns or raises")


@contextmanager
def cleanup_on_failure(delete: Callable[[], object]) -> Iterator[None]:
    """Call ``delete`` if the block fails, so that nothing incomplete remains. The exception is raised again."""
    try:
        yield
    except BaseException:
        # What cannot be deleted now is still in the journal of pending blobs: the next clean-up deletes it.
        with suppress(CloudError):
            delete()
        raise


def wait_for(find: Callable[[], Found | None], limit_s: int = WAIT_LIMIT_S) -> Found:
    """Call ``find`` until it returns something, and return that. The pauses grow from 0.1 s to 5 s.

    Raises:
        CloudError: if it returned nothing within ``limit_s`` seconds.
    """
    end, pause = time.monotonic() + limit_s, 0.1
    while time.monotonic() < end:
        found = find()
        if found is not None:
            return found
        time.sleep(pause)
        pause = min(pause * 1.25, 5.0)
    raise CloudError(f"the cloud has not finished within {limit_s} s: check its state there, and apply again")


def one_line(error: BaseException) -> str:
    """Return the message of a library's error as one line of at most 300 characters."""
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__


def json_object(response: Any) -> Resource:
    """Return the JSON object in a response.

    Raises:
        CloudError: if the response is something else.
    """
    try:
        found = response.json()
    except ValueError:
        raise CloudError("the cloud's response is not JSON") from None
    if not isinstance(found, dict):
        raise CloudError("the cloud's response is not a JSON object")
    return found
