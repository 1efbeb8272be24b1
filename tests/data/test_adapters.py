"""The data layer works with any cloud: it knows no adapter by name."""

import re
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest

from flows.settings import Settings

DATA = Path(str(resources.files("data")))
CLOUDS = {*get_args(Settings.model_fields["cloud"].annotation), "aws"}
NAMED = re.compile(rf"""["'](?:{"|".join(sorted(CLOUDS))})["']""")
FILES = [
    file
    for kind in ("*.py", "*.sql")
    for file in sorted(DATA.rglob(kind))
    if not file.is_relative_to(DATA / "demo") and file.parent.name != "migrations"
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DATA)))
def test_no_file_names_an_adapter(file: Path) -> None:
    """What differs between clouds is a column, a variable, or what the port says; a migration names defaults only."""
    assert {"local", "openstack", "aws"} <= CLOUDS
    assert NAMED.findall(file.read_text(encoding="utf-8")) == []
