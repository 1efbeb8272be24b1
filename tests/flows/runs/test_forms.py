"""Forms say what may be entered: every field in words, free text by an example that the form itself would take."""

import re
from typing import Any

import pytest

from flows.runs.deployments import deployments
from flows.runs.forms import EXAMPLES

FIELDS = [
    pytest.param(name, field, id=f"{one.name}: {name}")
    for one in deployments()
    for name, field in one._parameter_openapi_schema.properties.items()  # noqa: SLF001 - what the form is made of
]


def texts(field: dict[str, Any]) -> list[dict[str, Any]]:
    """The variants of a field, or of its items, that take free text."""
    variants = [one.get("items", one) for one in field.get("anyOf", [field])]
    return [one for one in variants if one.get("type") == "string" and "enum" not in one]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_each_field_says_what_may_be_entered(name: str, field: dict[str, Any]) -> None:
    """A title, a description, and, where anything may be typed, an example with which the form is content."""
    assert field["title"]
    assert field["description"]
    if not texts(field):
        return
    assert "For example: " in field["description"] or "such as " in field["description"]
    for variant in texts(field):
        if "pattern" in variant and name in EXAMPLES:
            assert re.search(variant["pattern"], EXAMPLES[name])
