"""The page of all actions, from the models in domain/actions."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from domain.actions import MODELS, ActionBase, Batch
from flows.runs.forms import EXAMPLES
from support.reference.fields import Schema, fields_table, type_of
from support.reference.markdown import code, document, prose, section, table

AREAS = {"images": "Images", "sharing": "Sharing", "servers": "Servers and disks", "cost": "Offers and costs"}
COMMON = ("action", "actor", "region", "as", "when")
"""The fields of every action."""

LONGEST = 60
"""Characters of the longest example that is shown."""

FIRST = {"boolean": True, "integer": 1}
EXAMPLES_FOLDER = Path(__file__).parents[3] / "examples"


def page() -> str:
    """The page: an overview, the fields of every action, and a section per action."""
    definitions = Batch.model_json_schema()["$defs"]
    every = {"properties": {name: _schema(ActionBase)["properties"][name] for name in COMMON}, "required": ["action"]}
    overview = [
        (f"[{code(name)}](#{name})", AREAS[model.area], prose(model.__doc__), model.creates or "")
        for name, model in sorted(MODELS.items(), key=lambda one: list(AREAS).index(one[1].area))
    ]
    return document(
        "Actions",
        "domain/actions",
        "Every action of a batch file, with its fields. [Batch files](batch-files.md) describes the file as a whole. A"
        " field that is not listed is an error. An empty default means that the field has no value unless you set it.",
        [
            table(("action", "area", "what it does", "creates"), overview),
            section(
                "Fields of every action",
                "Set `actor` and `region` once at the top of a batch, or in each action.",
                fields_table(every, definitions, lambda name, field: example("import_image", name, field, definitions)),
            ),
            *(_section(name, model, definitions) for name, model in sorted(MODELS.items())),
        ],
    )


def example(action: str, name: str, field: Schema, definitions: Schema) -> str:
    """A value of a field, as written in a batch: from the example batches, the forms, or the type, in this order."""
    if name == "action":
        return action
    used = [value for kind, key, value in _used() if key == name and kind == action]
    others = [value for kind, key, value in _used() if key == name and kind != action]
    form = [EXAMPLES[name]] if name in EXAMPLES else []
    if field.get("type") == "array" or any(option.get("type") == "array" for option in field.get("anyOf", [])):
        form = [[value] for value in form]
    for value in [*used, *form, *others]:
        text = _quoted(value, type_of(field, definitions)) if isinstance(value, str) else json.dumps(value)
        if not text.startswith("$") and len(text) <= LONGEST:
            return text
    return _from_type(field, definitions)


def _section(name: str, model: type[ActionBase], definitions: Schema) -> str:
    schema = _schema(model)
    base = _schema(ActionBase)["properties"]
    own = {key: field for key, field in schema["properties"].items() if key not in COMMON or _differs(field, base[key])}
    own.pop("action")
    fields = fields_table(
        {**schema, "properties": own}, definitions, lambda key, field: example(name, key, field, definitions)
    )
    return section(name, prose(model.__doc__), fields)


def _differs(field: Schema, inherited: Schema) -> bool:
    return field.get("description") != inherited.get("description") or "const" in field


def _schema(model: type[ActionBase]) -> dict[str, Any]:
    return model.model_json_schema()


@cache
def _used() -> tuple[tuple[str, str, Any], ...]:
    """Action, field and value of all fields in the example batches; a nested field by its last name."""
    found = []
    for path in sorted(EXAMPLES_FOLDER.glob("*.yaml")):
        batch = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - values as they are written
        for action in batch.get("actions", []):
            for key, value in action.items():
                inner = value.items() if isinstance(value, dict) else [(key, value)]
                found += [(action["action"], name, _as_written(one)) for name, one in inner]
            if "price" in action:
                found.append((action["action"], "price", action["price"]))
    return tuple(found)


def _as_written(value: Any) -> Any:
    """A list with its first item only, and everything else as it is."""
    return value[:1] if isinstance(value, list) else value


def _quoted(text: str, kind: str) -> str:
    """A text in quotes where YAML would read a number, and the field takes a text or an exact decimal."""
    number = not isinstance(yaml.safe_load(text), str) and kind.startswith(("text", "decimal"))
    return json.dumps(text) if number else text


def _from_type(field: Schema, definitions: Schema) -> str:
    """The first value that a type allows; empty if the type does not say."""
    options = [option for option in field.get("anyOf", [field]) if option != {"type": "null"}]
    only = options[0]
    only = definitions[only["$ref"].rpartition("/")[2]] if "$ref" in only else only
    if "enum" in only:
        return str(only["enum"][0])
    return json.dumps(FIRST[only["type"]]) if only.get("type") in FIRST else ""
