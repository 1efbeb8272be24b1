"""Where the warehouse is: by default, by a path or URL, or by a block; and what is said of nonsense."""

from pathlib import Path

import pytest

from flows.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (None, "/home/warehouse.duckdb"),
        ("/srv/w.duckdb", "/srv/w.duckdb"),
        ("duckdb:///srv/w.duckdb", "/srv/w.duckdb"),
    ],
)
def test_the_warehouse_is_a_file(url: str | None, file: str) -> None:
    """In the home, unless somebody says where."""
    assert Settings(home=Path("/home"), warehouse_url=url).warehouse == Path(file)


@pytest.mark.parametrize(
    ("url", "said"), [("postgres://db/w", "postgres is not supported"), ("duckdb://", "names no file")]
)
def test_what_is_no_file_is_said(url: str, said: str) -> None:
    """What cannot be opened is not taken for a path."""
    with pytest.raises(SettingsError, match=said):
        _ = Settings(warehouse_url=url).warehouse
