"""Titles and examples for the forms in the Prefect UI, which the signature of a flow cannot state.

Prefect uses the name of a parameter as the title of its field. Here each field gets a readable title and an example.
"""

from typing import Any

UNITS = {"gb": "(GB)", "mb": "(MB)", "os": "OS", "kms": "KMS", "ram": "RAM", "id": "id"}

EXAMPLES = {
    "actor": "acme",
    "backup": "0192f3a4-5b6c-7d8e-9f00-112233445566",
    "batch": "/srv/batches/monday.yaml",
    "batch_id": "monday-1",
    "description": "the base of all web servers",
    "file": "images/debian-12.qcow2",
    "image": "web-base",
    "kind": "share_image",
    "kms_key": "acme-key",
    "name": "web-base",
    "offer": "web-firewall",
    "policy": "/srv/retention.yaml",
    "profile": "seed",
    "publisher": "initech",
    "reason": "an outage on 3 November",
    "region": "eu-west-0",
    "server": "shop-1",
    "starts_at": "2026-12-01T00:00Z",
    "tags": "web",
    "tax_percent": "19",
    "tenants": "umbrella",
    "to": "2026-11",
    "to_region": "eu-west-1",
    "valid_from": "2026-12-01T00:00Z",
    "volume": "shop-data",
}
"""Example values, by parameter name. Prefect does not show ``examples`` of a schema, so descriptions contain them."""


def polish(properties: dict[str, dict[str, Any]]) -> None:
    """Add titles and examples to the fields of a form."""
    for name, field in properties.items():
        field["title"] = title(name)
        if name in EXAMPLES:
            field["description"] = f"{field.get('description', '')} For example: {EXAMPLES[name]}".strip()
        _name_variants(field.get("anyOf", []))


def title(name: str) -> str:
    """Return the name of a parameter in words, with its unit last."""
    label = " ".join(UNITS.get(word, word) for word in name.split("_"))
    return label[0].upper() + label[1:]


def _name_variants(variants: list[dict[str, Any]]) -> None:
    """Name the two tabs of an optional field, which Prefect names after their types."""
    match variants:
        case [given, {"type": "null"} as left_out]:
            given["title"], left_out["title"] = "Enter", "Leave out"
