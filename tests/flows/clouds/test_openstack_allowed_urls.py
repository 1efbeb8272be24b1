"""From where a cloud may fetch files, and what is told of them without fetching them."""

from collections.abc import Iterator

import pytest

from domain.cloud import FileFacts
from flows.clouds.formats import HEAD
from flows.clouds.openstack.allowed_urls import AllowedUrls
from support.disk_files import MIB, partitioned, qcow2, raw
from support.served_files import Files, serving_files

NOTHING = FileFacts(found=False)
LARGE = partitioned(raw(9 * MIB + 77))


@pytest.fixture
def files() -> Iterator[Files]:
    """Two good images, one that is a trap, and one that may not be had."""
    trap = qcow2(backing=b"/etc/passwd")
    served = {"/images/a.qcow2": qcow2(7 * MIB), "/images/large.raw": LARGE, "/images/trap": trap, "/private/x": LARGE}
    with serving_files(served) as server:
        yield server


@pytest.fixture
def allowed_urls(files: Files) -> AllowedUrls:
    """Only what is below ``images``."""
    return AllowedUrls([f"{files.url}/images"])


def test_a_file_is_what_its_bytes_say(files: Files, allowed_urls: AllowedUrls) -> None:
    """Format, size and virtual size, as of a file at hand."""
    assert allowed_urls.inspect_url(f"{files.url}/images/a.qcow2") == FileFacts(True, 65536, "qcow2", 7 * MIB, None)
    assert "backing file" in (allowed_urls.inspect_url(f"{files.url}/images/trap").unsafe or "")


def test_no_more_than_its_ends_are_read(files: Files, allowed_urls: AllowedUrls) -> None:
    """The first 4 MiB and the last sectors, however large the file is."""
    found = allowed_urls.inspect_url(f"{files.url}/images/large.raw")
    assert (found.size_bytes, found.disk_format) == (len(LARGE), "raw")
    assert files.sent < HEAD + 4096


@pytest.mark.parametrize("path", ["/private/x", "/images/../private/x", "/images", "/imagesx/a", "/images/none"])
def test_other_places_are_not_asked(files: Files, allowed_urls: AllowedUrls, path: str) -> None:
    """Neither beside what is allowed nor by climbing out of it; and what is not there is not found."""
    assert allowed_urls.inspect_url(files.url + path) == NOTHING
    assert files.sent == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/images/a.qcow2",
        "file:///etc/passwd",
        "ftp://127.0.0.1/images/a",
        "http://user@127.0.0.1/images/a",
        "https://127.0.0.1/images/a",
    ],
)
def test_another_host_scheme_or_user_is_another_place(allowed_urls: AllowedUrls, url: str) -> None:
    """The metadata service of a cloud, files of this machine, a name before the host: none of it is asked."""
    assert not allowed_urls.allow(url)
    assert allowed_urls.inspect_url(url) == NOTHING


def test_a_redirect_leads_only_to_what_is_allowed(files: Files, allowed_urls: AllowedUrls) -> None:
    """Mirrors may send one on, but not out."""
    files.moved = {"/images/mirror": "/images/a.qcow2", "/images/out": "/private/x", "/images/round": "/images/round"}
    assert allowed_urls.inspect_url(f"{files.url}/images/mirror").found
    assert allowed_urls.inspect_url(f"{files.url}/images/out") == NOTHING
    assert allowed_urls.inspect_url(f"{files.url}/images/round") == NOTHING


def test_without_ranges_nobody_can_tell(files: Files, allowed_urls: AllowedUrls) -> None:
    """A server that sends all of it when asked for a part is not listened to."""
    files.ranges = False
    assert allowed_urls.inspect_url(f"{files.url}/images/a.qcow2") == NOTHING


def test_nothing_is_allowed_unless_it_is_said(files: Files) -> None:
    """By default no file is fetched from anywhere."""
    assert AllowedUrls().inspect_url(f"{files.url}/images/a.qcow2") == NOTHING
