"""Which pages are generated, and the command that writes them: ``python -m support.reference.pages``."""

from collections.abc import Callable, Mapping
from pathlib import Path

from support.reference import actions, commands, environment, price_models, reports, rules, tables

FOLDER = Path(__file__).parents[3] / "docs" / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "actions.md": actions.page,
    "commands.md": commands.page,
    "price-models.md": price_models.page,
    "reports.md": reports.page,
    "rules.md": rules.page,
    "settings.md": environment.page,
    "warehouse.md": tables.page,
}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
