"""The flow of each action: its form asks for what the model has, and it goes the same way as a batch."""

import asyncio
import inspect
from decimal import Decimal
from importlib import import_module

import pytest
from prefect import Flow
from prefect.exceptions import ParameterTypeError
from prefect.utilities.callables import parameter_schema

from data.lifecycle.requests import columns
from domain.actions import MODELS
from domain.batch import BatchError
from domain.pricing import Tier, TieredPrice
from domain.vocabulary import PricingModel

FORM_HAS = {"actor", "region", "tenants"}


def flow_of(action: str) -> "Flow[..., object]":
    """The flow that the module called after an action holds."""
    found = getattr(import_module("flows.actions"), action)
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


PARAMETERS = {
    "import_image": "name file image_type min_disk_gb actor region | os_type os_distribution os_version min_ram_mb"
    " target architecture disk_format encrypted kms_key description tags",
    "capture_server": "server name image_type actor region | volume backup_service",
    "copy_image": "image actor region | to_region name encrypted kms_key",
    "share_image": "image tenants actor region |",
    "publish_image": "image offer price actor region | publisher",
    "grant_credit": "tenants amount currency reason actor region | offer refund_of",
    "launch_server": "image name flavor actor region | count target",
    "change_os": "image server actor region |",
    "update_image": "image actor region | name description tags protected min_disk_gb min_ram_mb",
    "delete_image": "image actor region |",
}
"""Parameters of earlier versions in their order, the required ones first."""


@pytest.mark.parametrize("action", PARAMETERS)
def test_parameters_are_those_of_earlier_versions(action: str) -> None:
    """Schedules, automations and scripts have them by name and by position."""
    required, left_out = (part.split() for part in PARAMETERS[action].split("|"))
    parameters = inspect.signature(flow_of(action).fn).parameters
    assert list(parameters) == [*required, *left_out]
    assert [name for name, one in parameters.items() if one.default is inspect.Parameter.empty] == required


@pytest.mark.parametrize("action", MODELS)
def test_an_entrypoint_of_an_earlier_version_is_found(action: str) -> None:
    """A work pool may still have ``flows.share_image.share_image``."""
    module = import_module(f"flows.{action}")
    assert getattr(module, action) is flow_of(action)


def test_no_other_module_is_made_up() -> None:
    """What does not exist is not found."""
    for name in ("flows.nothing", "flows.actions.share_image", "flows.server.share_image"):
        with pytest.raises(ModuleNotFoundError):
            import_module(name)


def test_what_the_model_refuses_is_told_by_its_field() -> None:
    """A form without bounds, such as a script, gets the model's refusal before anything is done."""
    given = {"name": "web", "file": "f", "image_type": "system_disk", "min_disk_gb": 1, "actor": "acme", "region": "eu"}
    flow = flow_of("import_image")
    with pytest.raises(BatchError, match=r"os\.type: is missing"):
        asyncio.run(flow.fn(**given, os_version="12"))
    for wrong in ({"min_disk_gb": 0}, {"actor": "a\x1bb"}, {"region": "../up"}):
        with pytest.raises(ParameterTypeError):
            flow.validate_parameters(given | wrong)
