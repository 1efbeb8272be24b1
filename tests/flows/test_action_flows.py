"""The flow of each action: its form asks for what the model has, and it goes the same way as a batch."""

import inspect
from decimal import Decimal
from importlib import import_module

import pytest
from prefect import Flow
from prefect.exceptions import ParameterTypeError
from prefect.utilities.callables import parameter_schema

from data.requests import columns
from domain.actions import MODELS
from domain.pricing import Tier, TieredPrice
from domain.words import PricingModel

FORM_HAS = {"actor", "region", "tenants"}


def flow_of(action: str) -> "Flow[..., object]":
    """The flow that the module called after an action holds."""
    found = getattr(import_module(f"flows.{action}"), action)
    assert isinstance(found, Flow)
    return found


@pytest.mark.parametrize("action", MODELS)
def test_a_form_asks_for_what_the_model_has(action: str) -> None:
    """The parameters are the model's fields (a nested one's side by side), actor and region; required alike."""
    flow = flow_of(action)
    names = set(inspect.signature(flow.fn).parameters)
    fields = {column.name for column in columns(action)}
    tenants = {"tenants"} & set(MODELS[action].model_fields)
    assert names == fields | {"actor", "region"} | tenants
    for name, parameter in inspect.signature(flow.fn).parameters.items():
        field = MODELS[action].model_fields.get(name)
        if field is not None and name not in FORM_HAS:
            assert (parameter.default is inspect.Parameter.empty) == field.is_required(), name


@pytest.mark.parametrize("action", MODELS)
def test_a_form_explains_each_of_its_fields(action: str) -> None:
    """Each parameter has a description, which comes from the flow's docstring."""
    schema = parameter_schema(flow_of(action))
    assert [name for name, said in schema.properties.items() if not said.get("description")] == []


@pytest.mark.parametrize("action", MODELS)
def test_a_run_says_what_happens_to_what(action: str) -> None:
    """A run's name is made of parameters that the flow has."""
    flow = flow_of(action)
    assert flow.name == action.replace("_", "-")
    values = dict.fromkeys(inspect.signature(flow.fn).parameters, "x")
    assert "{" not in str(flow.flow_run_name).format(**values)


@pytest.mark.parametrize("action", ["publish_image", "change_price"])
def test_a_form_offers_every_price_model(action: str) -> None:
    """The price is one of all models there are, each with what it is and what its terms do."""
    schema = parameter_schema(flow_of(action))
    models = schema.properties["price"]["discriminator"]["mapping"]
    assert list(models) == sorted(PricingModel)
    for reference in models.values():
        model = schema.definitions[reference.removeprefix("#/definitions/")]
        assert model["title"]
        assert model["description"]


def test_what_a_form_sends_is_read_as_the_model() -> None:
    """A form sends plain data, which becomes the price that it describes; what is wrong with it is told by field."""
    flow = flow_of("publish_image")
    rest = {"image": "web", "offer": "deal", "actor": "acme", "region": "eu-west-0"}
    tiered = {"model": "tiered", "currency": "EUR", "tiers": [{"up_to": 10, "amount": "0.5"}, {"amount": 0.1}]}
    price = flow.validate_parameters(rest | {"price": tiered})["price"]
    assert isinstance(price, TieredPrice)
    assert price.tiers == (Tier(up_to=Decimal(10), amount=Decimal("0.5")), Tier(amount=Decimal("0.1")))
    assert flow.validate_parameters(rest | {"price": price})["price"] == price
    with pytest.raises(ParameterTypeError, match=r"price\.hourly\.currency"):
        flow.validate_parameters(rest | {"price": {"model": "hourly", "amount": "0.1"}})
