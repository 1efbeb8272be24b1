"""Tables of the fields of pydantic models, from their JSON Schema: type, default, unit, meaning, example."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from support.reference.markdown import code, prose, table

Schema = Mapping[str, Any]
HEADER = ("field", "type", "default", "unit", "meaning", "example")
UNITS = {
    "_gb": "GB of 2^30 bytes",
    "_mb": "MB of 2^20 bytes",
    "_seconds": "seconds",
    "amount": "`currency`",
    "amounts": "`currency`",
    "credit": "`currency`",
    "count": "servers",
    "days": "days of 24 hours",
    "minimum": "`currency`",
    "months": "calendar months",
    "servers": "servers",
    "starts_at": "UTC",
    "up_to": "hours",
    "upfront": "`currency`",
    "valid_from": "UTC",
    "when": "UTC",
}
"""The unit of a field by its name or the end of its name. Other fields have no unit."""

MEANINGS = {"action": "The name of the action.", "model": "The name of the price model."}
"""The meaning of the fields that select a model."""

LINKED = {"Trial": "[trial](price-models.md#trial)", "Tier": "[tier](price-models.md#tier)"}
PRICE = "[price](price-models.md)"
Example = Callable[[str, Schema], str]


def rows(schema: Schema, definitions: Schema, example: Example, prefix: str = "") -> Iterator[tuple[str, ...]]:
    """A row per field. A nested model comes field by field in its place, ``os.type`` for example."""
    for name, field in schema["properties"].items():
        nested = _nested(field, definitions)
        if nested is not None:
            yield from rows(nested, definitions, example, f"{prefix}{name}.")
            continue
        yield (
            code(prefix + name),
            type_of(field, definitions),
            _default(name, field, schema),
            unit_of(name),
            prose(field.get("description")) or MEANINGS.get(name, ""),
            code(example(name, field)),
        )


def fields_table(schema: Schema, definitions: Schema, example: Example) -> str:
    """The table of all fields of a model."""
    return table(HEADER, rows(schema, definitions, example))


def unit_of(name: str) -> str:
    """The unit of a field; empty if it has none."""
    return next((unit for end, unit in UNITS.items() if name == end or (end[0] == "_" and name.endswith(end))), "")


def type_of(field: Schema, definitions: Schema) -> str:
    """The type of a field in words, with its bounds or values."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return LINKED.get(name) or type_of(definitions[name], definitions)
    values = [field["const"]] if "const" in field else field.get("enum", [])
    if values:
        return ", ".join(map(code, values))
    options = [option for option in field.get("anyOf", []) if option != {"type": "null"}]
    if {option.get("type") for option in options} == {"number", "string"}:
        return f"decimal{_bounds(options[0])}"
    if options:
        return " or ".join(type_of(option, definitions) for option in options)
    return PRICE if "discriminator" in field else _simple(field, definitions)


def _simple(field: Schema, definitions: Schema) -> str:
    """The type of a field that has no options.

    Raises:
        ValueError: if the field has a type that is not described here yet.
    """
    match field:
        case {"type": "array"}:
            said = f"list of: {type_of(field['items'], definitions)}"
        case {"type": "object", "patternProperties": values}:
            said = f"mapping of a name to: {type_of(next(iter(values.values())), definitions)}"
        case {"type": "object", "additionalProperties": value, "propertyNames": {"enum": keys}}:
            said = f"mapping of {', '.join(map(code, keys))} to: {type_of(value, definitions)}"
        case {"format": "date-time"}:
            said = "time"
        case {"type": "string"}:
            said = f"text{_length(field)}"
        case {"type": "integer"}:
            said = f"integer{_bounds(field)}"
        case {"type": "boolean"}:
            said = "`true`, `false`"
        case _:
            raise ValueError(f"the reference cannot describe the type of {field}; add it to {__name__}")
    return said


def _bounds(field: Schema) -> str:
    least, above, most = (field.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    lower = f" above {above:g}" if above is not None else "" if least is None else f" from {least:g}"
    return lower + ("" if most is None or most >= 2**31 - 1 else f" to {most:g}")


def _length(field: Schema) -> str:
    return f" of at most {field['maxLength']} characters" if "maxLength" in field else ""


def _default(name: str, field: Schema, schema: Schema) -> str:
    if name in schema.get("required", ()):
        return "required"
    default = field.get("default")
    return "" if default in (None, []) else code(default if isinstance(default, str) else json.dumps(default))


def _nested(field: Schema, definitions: Schema) -> Schema | None:
    """The schema of the model that a field has; None if the field has none, or one with a section of its own."""
    options = [option for option in field.get("anyOf", [field]) if option != {"type": "null"}]
    name = options[0].get("$ref", "").rpartition("/")[2] if len(options) == 1 else ""
    found: Schema = definitions.get(name, {})
    return found if "properties" in found and name not in LINKED else None
