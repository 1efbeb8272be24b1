"""A price model is described in one place: its module. The rest of the product asks its facts."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from domain import pricing
from domain.pricing import PRICE_FACTS, Price
from domain.vocabulary import PricingModel

ROOT = Path(__file__).parents[2]
PRODUCT = ("domain", "data", "flows", "notebooks")
NAMED_ELSEWHERE = {
    "data/billing/sql/metering/charges/server_usage.sql": {"hourly"},  # servers have no price model: this names theirs
    "data/billing/sql/metering/commitments/contract_commitment.sql": {"contract"},  # the step of this model
    "data/demo/sale.sql": set(PricingModel),  # examples: what the demo world sells
    "data/reports/contracts/query.sql": {"contract"},  # the kind of the rows of the table contract
    "data/reports/offers/query.sql": {"free"},  # a word: what a trial gives
    "data/reports/what_if/query.sql": {"free"},  # the name of a scenario
    "data/reference/flavor_prices.sql": {"hourly"},  # a column of the file with prices of flavors
    "domain/actions/cost.py": {"contract"},  # what buy_contract creates
    "domain/policy/rules/buy_contract.py": {"contract"},  # the rule of the action that only this model has
    "domain/pricing/terms.py": {"free"},  # a word: what a trial gives
    "domain/vocabulary.py": set(PricingModel),
    "flows/runs/deployments.py": {"hourly"},  # the name of a schedule
}
"""Files with the name of a price model as a literal, beside the module of the model, with the reason."""


def named_in(text: str) -> set[str]:
    """The price models that a text names as a literal, or as a member of the enum."""
    literals = set(re.findall(r"""['"](\w+)['"]""", text)) & set(PricingModel)
    return literals | {name.lower() for name in re.findall(r"\bPricingModel\.([A-Z_]+)\b", text)}


def product_files() -> dict[str, str]:
    """The text of all Python and SQL files of the product, by path; migrations are history and left out."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".sql") and "migrations" not in path.parts
    }


def test_names_of_price_models_occur_in_their_modules_only() -> None:
    """No other file names a price model, except those listed with a reason; the list has no file that does not."""
    modules = {f"domain/pricing/{model}.py": {str(model)} for model in PricingModel}
    allowed = NAMED_ELSEWHERE | modules
    found = {path: names for path, text in product_files().items() if (names := named_in(text))}
    surplus = {path: sorted(names - allowed.get(path, set())) for path, names in found.items()}
    assert {path: names for path, names in surplus.items() if names} == {}
    assert [path for path in modules if path not in found] == []
    assert [path for path in NAMED_ELSEWHERE if path not in found] == []


@pytest.mark.parametrize("text", ["WHERE m.pricing_model = 'tiered'", 'if model == "tiered":', "PricingModel.TIERED"])
def test_a_name_in_code_is_found(text: str) -> None:
    """The search sees SQL literals, Python literals and members of the enum."""
    assert named_in(text) == {"tiered"}


@pytest.mark.parametrize("model", PricingModel)
def test_each_model_has_a_module_with_all_about_it(model: PricingModel) -> None:
    """The module named after the model has its class; the class has facts, a quote and words of its own."""
    (found,) = (
        one
        for one in get_args(get_args(Price)[0])
        if issubclass(one, BaseModel) and get_args(one.model_fields["model"].annotation) == (model,)
    )
    assert found.__module__ == f"{pricing.__name__}.{model}"
    assert found.facts is PRICE_FACTS[model]
    assert {"facts", "in_words"} <= vars(found).keys()
    assert {"quote", "cost"} & vars(found).keys()


def test_facts_agree_with_the_terms_of_a_model() -> None:
    """A model has a currency, a trial or amounts by flavor or tier in its facts if it has them in its terms."""
    for one in get_args(get_args(Price)[0]):
        fields, facts = one.model_fields.keys(), one.facts
        assert facts.has_currency == ("currency" in fields), one
        assert facts.allows_trial == ("trial" in fields), one
        assert facts.amount_by == ("tier" if "tiers" in fields else "flavor" if "amounts" in fields else None), one
        assert ("{subject}" in facts.words) == ("per" in fields), one
