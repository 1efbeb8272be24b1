"""The generated pages of docs/reference match the code, and their examples are valid."""

import re
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from domain.actions import MODELS, Batch
from domain.actions.images import Os
from domain.pricing import PRICE
from support.reference.actions import COMMON, example
from support.reference.fields import Schema
from support.reference.markdown import NOTE
from support.reference.pages import FOLDER, PAGES
from support.reference.price_models import example as price_example

DEFINITIONS = Batch.model_json_schema()["$defs"]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_matches_the_code(name: str) -> None:
    """The page is what the generator writes now."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), f"docs/reference/{name}: run `make reference`"


def test_only_generated_pages_say_that_they_are_generated() -> None:
    """No page is left of a generator that is gone."""
    marked = {page.name for page in FOLDER.glob("*.md") if page.read_text().startswith(NOTE.partition("{")[0])}
    assert marked == set(PAGES)


@pytest.mark.parametrize("action", MODELS)
def test_the_examples_of_fields_are_valid(action: str) -> None:
    """Every field has an example, which the model of the action accepts for this field."""
    model = MODELS[action]
    for name, field in model.model_json_schema()["properties"].items():
        if name == "os":
            for inner, schema in DEFINITIONS["Os"]["properties"].items():
                _accepts(Os.model_fields[inner], example(action, inner, schema, DEFINITIONS))
        else:
            known = model.model_fields["as_" if name == "as" else name]
            _accepts(known, example(action, name, field, DEFINITIONS))


def test_the_examples_of_price_models_are_valid() -> None:
    """The examples of all terms of a model together are a price, except a credit, which excludes free servers."""
    definitions: dict[str, Schema] = PRICE.json_schema()["$defs"]
    prices = [one for one in definitions.values() if "model" in one.get("properties", {})]
    assert len(prices) == 10
    for price in prices:
        terms = {name: yaml.safe_load(price_example(name, field)) for name, field in price["properties"].items()}
        assert PRICE.validate_python(terms).model == terms["model"]


def test_every_field_has_a_meaning() -> None:
    """No row of the pages of actions and price models lacks a description."""
    for name in ("actions.md", "price-models.md"):
        rows = re.findall(r"^\| `.*\|$", (FOLDER / name).read_text(encoding="utf-8"), re.MULTILINE)
        cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
        assert [one[0].strip() for one in cells if len(one) == 6 and not one[4].strip()] == []


def test_every_rule_command_and_setting_names_its_meaning() -> None:
    """No row of the other pages has an empty meaning."""
    for name in ("commands.md", "settings.md", "reports.md", "warehouse.md", "rules.md"):
        rows = re.findall(r"^\| `.*\|$", (FOLDER / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert len(rows) > 5
        assert [row for row in rows if row.endswith("|  |")] == []


def _accepts(field: Any, text: str) -> None:
    """The field's type accepts what YAML reads from a text."""
    value = yaml.safe_load(text)
    adapter: TypeAdapter[Any] = TypeAdapter(field.annotation)
    adapter.validate_python(value)


def test_common_fields_are_shown_once() -> None:
    """The fields of every action have one table; an action lists one of them only if it means something else there."""
    page = (FOLDER / "actions.md").read_text(encoding="utf-8")
    assert [page.count(f"| `{name}` |") for name in COMMON] == [1, 1, 2, 1, 1]
