"""The documents cannot lag behind: what they show is run, what they list is counted."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from data.warehouse.sql_files import statements
from domain.actions import MODELS
from domain.policy.rules import rules_of
from domain.pricing import PRICE
from domain.vocabulary import PricingModel
from flows.runs.deployments import SCHEDULED
from flows.server.access import Connection
from support.transcripts import compare, steps

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_every_action_has_all_its_parts() -> None:
    """Rules, facts, effects, a place in the examples, and a row in the README that says what its model says."""
    examples = "".join(path.read_text() for path in (PROJECT / "examples").glob("*.yaml"))
    for action in MODELS:
        assert rules_of(action)
        assert statements("lifecycle/sql/facts", action), action
        assert statements("lifecycle/sql/effects", action), action
        about = str(MODELS[action].__doc__).rstrip(".").replace("``", "`")
        assert f"| `{action}` | {about[0].lower()}{about[1:]} |" in README, action
        assert f"action: {action}" in examples, action


def test_every_report_says_what_its_columns_mean() -> None:
    """Each report has its query, the meaning of its columns, and its checks."""
    reports = [path for path in (PROJECT / "data" / "reports").iterdir() if path.is_dir()]
    assert reports
    for folder in reports:
        assert {"query.sql", "about.yaml", "checks.sql"} <= {path.name for path in folder.iterdir()}, folder.name


def test_every_decision_and_file_that_the_readme_names_is_there() -> None:
    """No path of the README leads nowhere."""
    named = re.findall(r"`((?:domain|data|flows|tests|examples|docs)/[\w./]*)`", README)
    assert len(named) > 8
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_what_the_readme_shows_is_what_is_printed(tmp_path: Path, prefect_server: Connection) -> None:
    """Each command of the README is run, one after the other, and prints what stands there (ids cut short)."""
    images = tmp_path / "examples" / "images"
    images.mkdir(parents=True)
    for name in ("share_abroad.yaml", "first_day.yaml", "priced_launch.yaml"):
        shutil.copy(PROJECT / "examples" / name, tmp_path / "examples")
    shutil.copy(PROJECT / "examples" / "images" / "alpine-3.23.qcow2", images)
    shown = steps(README, "console")
    assert len(shown) >= 5
    environment = {
        "PATH": "/usr/bin:/bin",
        "IMAGEKEEPER_HOME": str(tmp_path / "var"),
        "HOME": str(tmp_path),
        **prefect_server.environment,
    }
    compare(shown, tmp_path, environment)


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager"])
def test_no_room_without_a_name(word: str) -> None:
    """No module is called after nothing in particular."""
    assert not [path for top in ("domain", "data", "flows") for path in (PROJECT / top).rglob(f"{word}.py")]


def test_the_price_that_the_page_on_pricing_shows_is_one() -> None:
    """The example of docs/pricing.md can be read as a price, and each model has its row there."""
    page = (PROJECT / "docs" / "pricing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert PRICE.validate_python(yaml.safe_load(example)["price"]).model == "vcpu_hourly"
    assert [model for model in PricingModel if f"| `{model}` |" not in page] == []


def test_the_page_on_prefect_names_every_schedule_and_event() -> None:
    """What is scheduled, and what is told, is listed there; each picture is there."""
    page = (PROJECT / "docs" / "prefect.md").read_text(encoding="utf-8")
    scheduled = {f"{one.function.replace('_', '-')}/{one.name}" for one in SCHEDULED}
    assert {name for name in scheduled if f"| `{name}`" not in page} == set()
    sources = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "flows").rglob("*.py"))
    told = set(re.findall(r'\btell\(\s*"([a-z-]+)"', sources))
    assert len(told) >= 5
    assert {event for event in told if f"| `imagekeeper.{event}` |" not in page} == set()
    assert all((PROJECT / "docs" / picture).exists() for picture in re.findall(r"\((pictures/\w+\.png)\)", page))
