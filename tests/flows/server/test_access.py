"""The password of a home: created once, readable by its owner only."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.server.access import FILE, Connection, ServerError, auth_string, basic, report_key


def test_it_is_created_once_and_private(tmp_path: Path) -> None:
    """Whoever comes first creates it with mode 0600, whatever the umask; all others read the same one."""
    before = os.umask(0)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(auth_string, [tmp_path] * 32))
    finally:
        os.umask(before)
    (password,) = found
    assert password.startswith("imagekeeper:")
    assert len(password) > 40
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_the_folder_is_created_too(tmp_path: Path) -> None:
    """Whoever comes first may be a run on a worker, whose home is empty."""
    auth_string(tmp_path / "home" / "prefect")
    for folder in (tmp_path / "home", tmp_path / "home" / "prefect"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_two_homes_have_two_passwords(tmp_path: Path) -> None:
    """No password is the program's own."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    assert auth_string(tmp_path / "one") != auth_string(tmp_path / "other")


def test_one_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    """A copied home may have lost its modes."""
    (tmp_path / FILE).write_text("ann:secret\n")
    (tmp_path / FILE).chmod(0o644)
    assert auth_string(tmp_path) == "ann:secret"
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "\n", "secret", "ann:", ":secret", "ann:sécret"])
def test_what_is_no_password_is_an_error(tmp_path: Path, text: str) -> None:
    """The message names the file and what to do; an empty password protects nothing."""
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ServerError, match=rf"{tmp_path / FILE}.*delete it"):
        auth_string(tmp_path)


def test_the_link_to_the_reports_does_not_tell_the_password(tmp_path: Path) -> None:
    """It stays the same, is another one for another password, and is no part of it."""
    key = report_key(tmp_path)
    assert report_key(tmp_path) == key
    assert key not in auth_string(tmp_path)
    (tmp_path / FILE).write_text("ann:secret")
    assert report_key(tmp_path) != key


def test_a_server_without_a_password_gets_none() -> None:
    """Where no password is known, no header and no variable says one."""
    assert Connection("http://x/api").environment == {"PREFECT_API_URL": "http://x/api"}
    assert Connection("http://x/api").headers == {}
    assert Connection("http://x/api", "ann:secret").headers == {"Authorization": "Basic YW5uOnNlY3JldA=="}
    assert basic("ann:secret") == "Basic YW5uOnNlY3JldA=="
