"""As people use it: the commands of the guide against a cloud of their own, credentials in a block, the run's page."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from flows.server.access import Connection
from support.openstack.stack import Stack
from support.transcripts import compare, steps
from support.warm_command import COMMAND

PROJECT = Path(__file__).parents[2]
GUIDE = (PROJECT / "docs" / "how-to" / "use-your-openstack-cloud.md").read_text(encoding="utf-8")
RUN = """
import asyncio, json, os
import yaml
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from flows.sync_inventory import sync_inventory

async def main():
    entries = yaml.safe_load(open(os.environ["ENTRIES"]))["clouds"]
    await Secret(value=entries).save("clouds", overwrite=True)
    await Secret(value=os.environ["WAREHOUSE"]).save("warehouse", overwrite=True)
    said = await sync_inventory()
    async with get_client() as client:
        pages = await client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["inventory"])))
    print(json.dumps({"said": said, "page": max(pages, key=lambda page: page.created).data}))

asyncio.run(main())
"""


@pytest.fixture
def environment(
    openstack_stack: Stack, tmp_path: Path, prefect_server: Connection, nothing_public: None
) -> Mapping[str, str]:
    """What the guide sets. Behind the tenants' names are projects of their own, which hold nothing else."""
    projects = {name: openstack_stack.new_project()["project_name"] for name in ("acme", "umbrella")}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        **prefect_server.environment,
        "IMAGEKEEPER_HOME": str(tmp_path / "var"),
        "IMAGEKEEPER_CLOUD": "openstack",
        "OS_CLIENT_CONFIG_FILE": str(openstack_stack.clouds_called(**projects)),
    }


def test_the_transcript_of_the_guide_is_what_is_printed(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Each command is run against a real cloud, one after the other, and prints what stands there."""
    images = tmp_path / "examples" / "images"
    images.mkdir(parents=True)
    shutil.copy(PROJECT / "examples" / "share_abroad.yaml", tmp_path / "examples")
    shutil.copy(PROJECT / "examples" / "images" / "alpine-3.23.qcow2", images)
    shown = steps(GUIDE, "transcript")
    assert len(shown) == 3
    compare(shown, tmp_path, environment)
    clean = _run([COMMAND, "doctor"], tmp_path, environment)
    assert "openstack, eu-west-0: acme, umbrella" in clean.stdout


def test_what_is_secret_may_lie_in_blocks(tmp_path: Path, environment: Mapping[str, str], prefect_home: Path) -> None:
    """One holds the entries of a clouds.yaml, one the warehouse's URL; no file is needed.

    Of what Prefect keeps (blocks, parameters, logs, pages) nothing has a password in the clear; nor has the warehouse.
    """
    block = {name: value for name, value in environment.items() if name != "OS_CLIENT_CONFIG_FILE"}
    block |= {"IMAGEKEEPER_CLOUDS_BLOCK": "clouds", "ENTRIES": environment["OS_CLIENT_CONFIG_FILE"]}
    block |= {"IMAGEKEEPER_WAREHOUSE_URL": "secret/warehouse", "WAREHOUSE": f"duckdb://{tmp_path}/elsewhere.duckdb"}
    told = _run([sys.executable, "-c", RUN], tmp_path, block | {"PYTHONPATH": str(PROJECT)})
    assert told.returncode == 0, told.stderr
    came = json.loads(told.stdout.splitlines()[-1])
    assert came["said"]["regions"] == 2
    assert "| eu-west-0 |" in came["page"]
    assert (tmp_path / "elsewhere.duckdb").exists()
    entries = yaml.safe_load(Path(environment["OS_CLIENT_CONFIG_FILE"]).read_text())["clouds"]
    password = entries["acme"]["auth"]["password"]
    assert password not in told.stdout + told.stderr
    kept = [*prefect_home.glob("prefect.db*"), tmp_path / "elsewhere.duckdb"]
    assert len(kept) > 1
    assert not [file.name for file in kept if password.encode() in file.read_bytes()]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"OS_CLIENT_CONFIG_FILE": "nowhere.yaml"}, "there is no clouds.yaml"),
        ({"IMAGEKEEPER_CLOUDS_BLOCK": "nothing"}, "secret/nothing cannot be read"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, environment: Mapping[str, str], change: dict[str, str], said: str
) -> None:
    """Without credentials a sync ends with one clear sentence and the exit code of what failed at the cloud."""
    told = _run([COMMAND, "sync-inventory"], tmp_path, environment | change)
    assert said in told.stderr
    assert "should not have happened" not in told.stderr
    assert told.returncode == 4


def _run(command: list[object], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    shell = dict(environment) | {"TERM": os.environ.get("TERM", "dumb")}
    return subprocess.run(
        [str(part) for part in command], cwd=folder, env=shell, capture_output=True, text=True, check=False
    )
