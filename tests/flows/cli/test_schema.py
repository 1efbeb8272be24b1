"""The JSON Schema of batch files: it accepts what the models accept, and refuses what an editor can see is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from domain.actions import MODELS

PROJECT = Path(__file__).parents[3]
COMMAND = Path(sys.executable).parent / "imagekeeper"
TOP: dict[str, Any] = {"actor": "acme", "region": "eu-west-0"}
SHARE = {"action": "share_image", "image": "web", "tenants": ["umbrella"]}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """What the command prints."""
    told = subprocess.run([COMMAND, "schema"], capture_output=True, text=True, check=True)
    said = json.loads(told.stdout)
    Draft202012Validator.check_schema(said)
    return Draft202012Validator(said)


@pytest.mark.parametrize("name", [file.name for file in sorted((PROJECT / "examples").glob("*.yaml"))])
def test_it_accepts_the_examples(schema: Draft202012Validator, name: str) -> None:
    """Each batch of the examples is valid as it is written; a retention policy is no batch."""
    batch = yaml.load((PROJECT / "examples" / name).read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    said = yaml.safe_load((PROJECT / "examples" / name).read_text())
    assert schema.is_valid(json.loads(json.dumps(said, default=str))) == ("actions" in batch)


@pytest.mark.parametrize(
    "wrong",
    [
        TOP | {"actions": []},
        TOP | {"actions": [SHARE | {"tenant": "initech"}]},
        TOP | {"actions": [SHARE | {"tenants": []}]},
        TOP | {"actions": [{"action": "share"}]},
        TOP | {"region": "../up", "actions": [SHARE]},
        TOP | {"actions": [SHARE], "when": "now"},
    ],
)
def test_it_refuses_what_the_models_refuse(schema: Draft202012Validator, wrong: dict[str, Any]) -> None:
    """Unknown keys, unknown actions, empty lists and values out of bounds."""
    assert schema.is_valid(TOP | {"actions": [SHARE | {"as": "web"}]})
    assert not schema.is_valid(wrong)


def test_it_describes_every_field(schema: Draft202012Validator) -> None:
    """An editor shows what a field is for."""
    for name, model in MODELS.items():
        said = schema.schema["$defs"][model.__name__]["properties"]
        assert [field for field, about in said.items() if field != "action" and not about.get("description")] == [], (
            name
        )


def test_the_version() -> None:
    """The command says which version it is."""
    told = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("imagekeeper 0.")
