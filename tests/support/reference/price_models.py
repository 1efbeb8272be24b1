"""The page of price models and their terms, from domain/pricing."""

import json
from typing import Any, get_args

from domain.actions import MODELS
from domain.pricing import PRICE
from domain.vocabulary import PricingModel
from support.reference.fields import fields_table
from support.reference.markdown import document, prose, section, table

EXAMPLES = {
    "amount": '"0.05"',
    "amounts": '{s3.large.2: "0.10", s3.xlarge.2: "0.20"}',
    "billable_states": '{running: 1, stopped: "0.2"}',
    "credit": '"25"',
    "currency": "EUR",
    "days": "14",
    "lineage": "false",
    "min_seconds": "600",
    "minimum": '"20"',
    "months": "3",
    "servers": "1",
    "tiers": '[{up_to: 100, amount: "0.10"}, {amount: "0.08"}]',
    "time_zone": "Europe/Paris",
    "trial": "{days: 14, servers: 1}",
    "up_to": "100",
    "upfront": '"20"',
}
"""A value of each term that does not have a short list of values."""


def page() -> str:
    """The page: an overview, and a section per price model, for trials, and for tiers."""
    definitions = PRICE.json_schema()["$defs"]
    _add_computed_defaults(definitions)
    models = {model: definitions[_class_of(model, definitions)] for model in map(str, PricingModel)}
    return document(
        "Price models",
        "domain/pricing",
        "The field `price` of [`publish_image`](actions.md#publish_image) and"
        " [`change_price`](actions.md#change_price). Its key `model` selects one of these models; other keys are its"
        " terms. Write amounts as text, so that they stay exact."
        " [Pricing](../explanation/pricing.md) defines what each term does.",
        [
            table(
                ("model", "what it charges"),
                [(f"[`{name}`](#{name})", prose(model["description"])) for name, model in models.items()],
            ),
            *(_section(name, model, definitions) for name, model in models.items()),
            _section("trial", definitions["Trial"], definitions),
            _section("tier", definitions["Tier"], definitions),
            section("Values", *_values(definitions)),
        ],
    )


def example(name: str, field: Any) -> str:
    """A value of a term."""
    return EXAMPLES.get(name) or str(field.get("const") or field.get("default") or "")


def _add_computed_defaults(definitions: dict[str, Any]) -> None:
    """Add the defaults that a model computes, which its JSON Schema does not state."""
    for model in get_args(MODELS["publish_image"].model_fields["price"].annotation):
        for name, field in model.model_fields.items():
            if field.default_factory is not None:
                default = field.get_default(call_default_factory=True, validated_data={})
                definitions[model.__name__]["properties"][name]["default"] = json.loads(
                    json.dumps(default, default=int)
                )


def _section(name: str, schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    return section(name, prose(schema["description"]), fields_table(schema, definitions, example))


def _class_of(model: str, definitions: dict[str, Any]) -> str:
    (found,) = (
        name
        for name, schema in definitions.items()
        if schema.get("properties", {}).get("model", {}).get("const") == model
    )
    return str(found)


def _values(definitions: dict[str, Any]) -> list[str]:
    words = {name: schema for name, schema in definitions.items() if "enum" in schema}
    rows = [
        (", ".join(json.dumps(value).strip('"') for value in schema["enum"]), prose(schema["description"]))
        for schema in words.values()
    ]
    return [table(("values", "meaning"), rows)]
