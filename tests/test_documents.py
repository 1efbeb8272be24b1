"""The documents match the program: their commands are run, their lists are compared, their links are followed."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from data.lifecycle import action_steps
from domain.actions import MODELS
from domain.policy.rules import rules_of
from domain.pricing import PRICE
from domain.retention import RetentionPolicy, RetentionRule
from domain.vocabulary import PricingModel
from flows.cli.command import app
from flows.runs.deployments import SCHEDULED
from flows.server.access import Connection
from flows.settings import Settings
from support.project_files import PROJECT, tracked
from support.reference.environment import environment_name
from support.transcripts import compare, steps

DOCS = PROJECT / "docs"
README = PROJECT / "README.md"
TUTORIAL = DOCS / "tutorial" / "first-day.md"
PRICING_GUIDE = DOCS / "how-to" / "price-a-launch-and-close-a-month.md"
EXAMPLE_IMAGE = PROJECT / "examples" / "images" / "alpine-3.23.qcow2"
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(r"\bdocs/[\w./-]+\.(?:md|png)\b")
"""A page or picture that code or text names without a link."""


def pages() -> list[Path]:
    """All Markdown files of the project."""
    return [PROJECT / name for name in tracked("*.md")]


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub derives them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_action_has_all_its_parts() -> None:
    """Every action has rules, facts, effects, and a place in the examples."""
    examples = "".join(path.read_text() for path in (PROJECT / "examples").glob("*.yaml"))
    for action in MODELS:
        assert rules_of(action)
        assert action_steps.facts(action).creates == "fact", action
        assert action_steps.effects(action), action
        assert f"action: {action}" in examples, action


def test_every_report_says_what_its_columns_mean() -> None:
    """Each report has its query, the meaning of its columns, and its checks."""
    reports = [path for path in (PROJECT / "data" / "reports").iterdir() if path.is_dir()]
    assert reports
    for folder in reports:
        assert {"query.sql", "about.yaml", "checks.sql"} <= {path.name for path in folder.iterdir()}, folder.name


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_to_a_file_and_heading(page: Path) -> None:
    """Each relative link and picture of a page exists, and so does the heading that it names."""
    broken = []
    for link in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
        path, _, heading = link.partition("#")
        if re.match(r"\w+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (heading and heading not in headings(target)):
            broken.append(link)
    assert broken == []


def test_every_page_that_is_named_exists() -> None:
    """A page that a message, a comment or a document names as ``docs/…`` exists.

    Migrations cannot be changed, so they may name a page of an earlier version.
    """
    files = [PROJECT / name for name in tracked() if not name.startswith("data/warehouse/migrations/")]
    named = {
        (found, str(file.relative_to(PROJECT)))
        for file in files
        if file.suffix in {".py", ".sql", ".yaml", ".md", ".toml", ".ipynb"}
        for found in NAMED.findall(file.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {(found, file) for found, file in named if not (PROJECT / found).exists()} == set()


def documents() -> dict[str, str]:
    """The text of the pages for people, by name: the README, CONTRIBUTING and docs."""
    names = [name for name in tracked("*.md") if name.startswith(("README", "CONTRIBUTING", "docs/"))]
    assert len(names) > 40
    return {name: (PROJECT / name).read_text(encoding="utf-8") for name in names}


def test_what_the_documents_name_exists() -> None:
    """Each path, command, make target and setting that a page names exists; ``<action>`` stands for any action."""
    targets = set(re.findall(r"^([\w.-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    variables = {environment_name(name) for name in Settings.model_fields}
    unknown = set()
    for page, text in documents().items():
        paths = re.findall(r"`((?:domain|data|flows|tests|examples|notebooks|benchmarks)/[\w./<>-]*)`", text)
        named = {path.replace("<action>", "share_image") for path in paths if "<" not in path.replace("<action>", "")}
        unknown |= {(page, path) for path in named if not (PROJECT / path).exists()}
        commands = re.findall(r"(?:^\$ |^ *|`)imagekeeper ([a-z][a-z-]*)\b", text, re.MULTILINE)
        unknown |= {(page, command) for command in commands if command not in set(app)}
        unknown |= {
            (page, target)
            for target in re.findall(r"(?:^|`)make ([a-z.-]+)", text, re.MULTILINE)
            if target not in targets
        }
        unknown |= {
            (page, one) for one in re.findall(r"\bIMAGEKEEPER_[A-Z_]+", text) if one.rstrip("_") not in variables
        }
    assert unknown - {(page, "IMAGEKEEPER_") for page, _ in unknown} == set()


@pytest.mark.parametrize("phrase", ["dearer", "dearest", "off the shelf", "to be had", "takes turns with"])
def test_pages_are_in_plain_english(phrase: str) -> None:
    """No page that is written by hand has a phrase that an engineer abroad would have to read twice."""
    written = {name: text for name, text in documents().items() if not text.startswith("<!-- Generated")}
    assert [name for name, text in written.items() if phrase in text] == []


def test_the_index_links_every_page() -> None:
    """docs/README.md links every page of the four parts, and the list of decisions links each decision."""
    parts = {path for part in ("tutorial", "how-to", "reference", "explanation") for path in (DOCS / part).glob("*.md")}
    assert parts - _linked(DOCS / "README.md") == set()
    decisions = set((DOCS / "decisions").glob("0*.md"))
    assert decisions - _linked(DOCS / "decisions" / "README.md") == set()


def test_the_readme_is_short() -> None:
    """The README has about 120 lines; everything else is in docs."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 125


def test_the_readme_shows_what_is_printed(tmp_path: Path, prefect_server: Connection) -> None:
    """Each command of the README and of the guide to pricing prints what the page shows, in their order."""
    (tmp_path / "examples" / "images").mkdir(parents=True)
    for name in ("share_abroad.yaml", "priced_launch.yaml"):
        shutil.copy(PROJECT / "examples" / name, tmp_path / "examples")
    shutil.copy(EXAMPLE_IMAGE, tmp_path / "examples" / "images")
    shown = [step for page in (README, PRICING_GUIDE) for step in steps(page.read_text(encoding="utf-8"), "console")]
    assert len(shown) >= 6
    compare(shown, tmp_path, _environment(tmp_path, prefect_server))


def test_the_tutorial_shows_what_is_printed(tmp_path: Path, prefect_server: Connection) -> None:
    """Each command of the tutorial, with the batches of its page, prints what the page shows."""
    text = TUTORIAL.read_text(encoding="utf-8")
    (tmp_path / "images").mkdir()
    shutil.copy(EXAMPLE_IMAGE, tmp_path / "images")
    batches = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for name, batch in batches:
        (tmp_path / name).write_text(batch, encoding="utf-8")
    shown = steps(text, "console")
    assert {name for name, _ in batches} == set(re.findall(r"\w+\.yaml", " ".join(command for command, _ in shown)))
    compare(shown, tmp_path, _environment(tmp_path, prefect_server))


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager"])
def test_no_room_without_a_name(word: str) -> None:
    """No module is called after nothing in particular."""
    assert not [path for top in ("domain", "data", "flows") for path in (PROJECT / top).rglob(f"{word}.py")]


@pytest.mark.parametrize("page", [PRICING_GUIDE, DOCS / "explanation" / "pricing.md"], ids=lambda page: page.name)
def test_the_example_prices_are_valid(page: Path) -> None:
    """The price that a page shows can be read as a price."""
    (example,) = re.findall(r"```yaml\n(price:\n.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert PRICE.validate_python(yaml.safe_load(example)["price"]).model == "vcpu_hourly"


def test_the_page_on_pricing_defines_every_model() -> None:
    """Each price model has its row in docs/explanation/pricing.md."""
    page = (DOCS / "explanation" / "pricing.md").read_text(encoding="utf-8")
    assert [model for model in PricingModel if f"| `{model}` |" not in page] == []


def test_the_page_on_retention_policies_has_every_key() -> None:
    """Each key of a policy and of a rule has its row, and the example of the page is a policy."""
    page = (DOCS / "reference" / "retention-policy.md").read_text(encoding="utf-8")
    keys = [*RetentionPolicy.model_fields, *RetentionRule.model_fields]
    assert [key for key in keys if f"| `{key}` |" not in page] == []
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(RetentionPolicy.model_validate(yaml.safe_load(example)).rules) == 2


def test_the_page_on_prefect_names_every_schedule_and_event() -> None:
    """Each schedule and each event that the code emits has its row."""
    page = (DOCS / "reference" / "prefect.md").read_text(encoding="utf-8")
    scheduled = {f"{one.function.replace('_', '-')}/{one.name}" for one in SCHEDULED}
    assert {name for name in scheduled if f"| `{name}`" not in page} == set()
    sources = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "flows").rglob("*.py"))
    told = set(re.findall(r'\btell\(\s*"([a-z-]+)"', sources))
    assert len(told) >= 5
    assert {event for event in told if f"| `imagekeeper.{event}` |" not in page} == set()


def _environment(home: Path, server: Connection) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "IMAGEKEEPER_HOME": str(home / "var"),
        "HOME": str(home),
        **server.environment,
    }


def _linked(page: Path) -> set[Path]:
    """The files that a page links."""
    return {(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(page.read_text(encoding="utf-8"))}
