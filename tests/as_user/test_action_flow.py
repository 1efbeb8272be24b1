"""A run that somebody starts with the form of one action."""

import json
import subprocess
import sys

from support.user import User

RUN = """
import asyncio, json, sys
from prefect.client.orchestration import get_client
from flows.actions import FLOWS
from flows.share_image import share_image

async def main():
    done = [
        await FLOWS["import_image"]("web", "disk.raw", "system_disk", 10, "acme", "eu-west-0"),
        await share_image("web", ["umbrella", "initech"], "acme", "eu-west-0"),
        await share_image("web", ["umbrella"], "acme", "eu-west-1"),
    ]
    async with get_client() as client:
        pages = await client.read_artifacts()
    print(json.dumps({"done": done, "page": max(pages, key=lambda page: page.created).data}))

asyncio.run(main())
"""


def test_a_form_is_a_batch_of_one(user: User) -> None:
    """It is judged, done and recorded as any batch; a denial is a completed run with its reason on the page."""
    environment = user.environment | {"IMAGEKEEPER_IMPORT_FOLDER": str(user.folder)}
    told = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout.splitlines()[-1])
    assert [(one["done"], one["denied"]) for one in said["done"]] == [(1, 0), (2, 0), (0, 1)]
    assert "share.other-region" in said["page"]
    assert "copy the image to eu-west-1" in said["page"]
    rows = user.asks("SELECT action, verdict, flow_run_id IS NOT NULL AS has_run FROM action_log ORDER BY finished_at")
    assert [row["verdict"] for row in rows] == ["allowed", "allowed", "allowed", "denied"]
    assert all(row["has_run"] for row in rows)
