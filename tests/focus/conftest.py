"""What FOCUS's tools are asked about: the files of a month with every kind of charge."""

import os
from collections.abc import Callable
from pathlib import Path

import focus_tools
import ledger_of_every_kind as ledger
import pytest
import repaired_rules
from focus_tools import Verdict

from data.billing import invoicing
from data.warehouse.connection import Warehouse

Verdicts = dict[str, Verdict]


@pytest.fixture(scope="session")
def tools() -> None:
    """The tools are there. People who cannot have them skip these tests; CI does not."""
    try:
        focus_tools.ready()
    except focus_tools.NotToBeHadError as error:
        told = f"FOCUS's validator cannot be installed: {error}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(told)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the month as it is exported."""
    folder = tmp_path_factory.mktemp("focus")
    warehouse = Warehouse(folder / "warehouse.duckdb")
    ledger.build(warehouse)
    with warehouse.reading() as con:
        for form in invoicing.FORMATS:
            invoicing.export(con, ledger.SECOND, form, folder / f"{form}.csv")
    (folder / "rules").mkdir()
    return folder


@pytest.fixture(scope="session")
def validate(tools: None, folder: Path) -> Callable[[Path, str], Verdicts]:
    """Asks the validator about a file, by repaired rules."""
    repaired_rules.write(focus_tools.BUNDLED_RULES, folder / "rules")
    return lambda file, name: focus_tools.validate(file, folder / name, folder / "rules")


@pytest.fixture(scope="session")
def verdicts(validate: Callable[[Path, str], Verdicts], folder: Path) -> Verdicts:
    """What it says of the month."""
    return validate(folder / "focus-1.2.csv", "repaired")
