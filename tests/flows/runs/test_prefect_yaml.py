"""``prefect.yaml`` says what the registry says."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import prefect.server.api.collections
import pytest
import yaml

from flows.prefect_yaml import POOLS, text
from flows.runs.deployments import deployments

PROJECT = Path(__file__).parents[3]
KNOWN = Path(prefect.server.api.collections.__file__).parent / "collections_data/views/aggregate-worker-metadata.json"
"""What Prefect knows of each type of work pool, as it is made where nobody changes it."""


def template_of(kind: str) -> dict[str, Any]:
    """The base job template of a type of work pool."""
    found = [kinds[kind] for kinds in json.loads(KNOWN.read_text()).values() if kind in kinds]
    template: dict[str, Any] = found[0]["default_base_job_configuration"]
    return template


def test_the_file_is_what_the_registry_gives() -> None:
    """Whoever changes a flow's description, schedule or limit is told to run ``make prefect.yaml``."""
    assert (PROJECT / "prefect.yaml").read_text(encoding="utf-8") == text(), "run `make prefect.yaml`"


def test_it_says_all_that_is_served() -> None:
    """Names, flows, tags, descriptions, versions, schedules and limits of every deployment."""
    written = {one["name"]: one for one in yaml.safe_load(text())["deployments"]}
    served = deployments()
    assert len(written) == len(served) > 30
    for one in served:
        said = written[one.name]
        assert said["entrypoint"] == one.entrypoint
        assert (said["tags"], said["description"], said["version"]) == (one.tags, one.description, one.version)
        assert [each["cron"] for each in said.get("schedules", [])] == [each.schedule.cron for each in one.schedules]
        assert said.get("concurrency_limit", {}).get("limit") == one.concurrency_limit


@pytest.mark.parametrize("kind", POOLS)
def test_each_pool_can_be_chosen(kind: str) -> None:
    """Every deployment goes to that pool, with job variables that a pool of its type knows, of the right form."""
    file = yaml.safe_load(text(kind))
    (pool,) = {json.dumps(one["work_pool"]) for one in file["deployments"]}
    assert json.loads(pool) == file["definitions"][kind]
    given = json.loads(pool).get("job_variables", {})
    known = template_of(kind)["variables"]
    assert given.keys() <= known["properties"].keys()
    jsonschema.validate(given, known | {"required": []})
