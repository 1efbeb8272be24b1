"""The form of an action in the Prefect UI: what its flow's signature cannot say is taken from the action's model.

Prefect names a field as its parameter is called, and knows no bounds. Here each field gets a title in words, and the
bounds, patterns and lengths of the model, so that the form refuses what the model would refuse.
"""

from typing import Any

from domain.actions import MODELS

BOUNDS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "minItems", "maxItems"),
)
UNITS = {"gb": "(GB)", "mb": "(MB)", "os": "OS", "kms": "KMS", "ram": "RAM", "id": "id"}


def polish(properties: dict[str, dict[str, Any]], action: str | None) -> None:
    """Give the fields of a form titles in words, and the bounds of an action's model; changes ``properties``."""
    model = MODELS[action].model_json_schema()["properties"] if action else {}
    for name, field in properties.items():
        field["title"] = title(name)
        _name_variants(field.get("anyOf", []))
        _bound(field, model.get(name, {}))


def title(name: str) -> str:
    """A parameter's name in words, with its unit last."""
    said = " ".join(UNITS.get(word, word) for word in name.split("_"))
    return said[0].upper() + said[1:]


def _name_variants(variants: list[dict[str, Any]]) -> None:
    """Name the two tabs of a field that may be left out, which Prefect calls by their types."""
    match variants:
        case [given, {"type": "null"} as left_out]:
            given["title"], left_out["title"] = "Enter", "Leave out"


def _bound(field: dict[str, Any], said: dict[str, Any]) -> None:
    """Copy bounds to a field, or to the variants of it, that are of the same type."""
    for one, other in zip(field.get("anyOf", [field]), said.get("anyOf", [said]), strict=False):
        if one.get("type") == other.get("type"):
            one |= {bound: other[bound] for bound in BOUNDS if bound in other}
