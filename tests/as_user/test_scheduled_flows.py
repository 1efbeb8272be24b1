"""What a schedule starts, as real flow runs: the inbox, the reports, and the check for drift."""

import json
import subprocess
import sys

from support.user import User

RUN = """
import asyncio, json
from pathlib import Path
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from flows import apply_inbox as inbox
from flows.runs import approval
from flows.runs import batch_runs
from flows import publish_reports as reports
from flows.pages import report_pages
from flows.apply import apply_actions
from flows.check_drift import check_drift
from flows.settings import settings

async def main():
    said = {}
    inbox.QUIET_S = 0
    said["inbox"] = await inbox.apply_inbox()
    approval._beyond = lambda found, profile: "it is large"
    batch_runs.BATCH_DEPLOYMENT = "apply-actions/asks"  # others may have the usual one served on this server
    folder = settings().home / "inbox"
    (folder / "gone.yaml").write_text(
        "{actor: acme, region: eu-west-0, actions: [{action: delete_image, image: web}]}"
    )
    said["alone"] = await inbox.apply_inbox()
    await (await apply_actions.to_deployment(name="asks")).apply()
    said["asked"] = await inbox.apply_inbox()
    said["waits"] = await inbox.apply_inbox()
    next((settings().images).glob("*/blobs/*/*")).unlink()
    said["drift"] = await check_drift()
    reports.pages = lambda: ["sharing"]  # one stands for all: each takes seconds
    said["reports"] = await reports.publish_reports()
    reports.pages = lambda: ["inventory", "sharing"]
    def broken(warehouse, folder, only):
        if only == ["sharing"]:
            raise report_pages.ReportError("it is broken")
        return [folder / f"{only[0]}.html", folder / "index.html"]
    report_pages.publish = broken
    failed = await reports.publish_reports(return_state=True)
    said["failed"] = failed.message
    async with get_client() as client:
        runs = await client.read_flow_runs()
        said["runs"] = [(run.name, run.state_name) for run in runs if run.name.startswith("apply inbox")]
        said["scheduled"] = [run.parameters for run in runs if run.parameters and run.deployment_id]
        for key in ("inbox", "reports", "drift"):
            pages = await client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
            said[f"{key} page"] = max(pages, key=lambda page: page.created).data
    print(json.dumps(said))

asyncio.run(main())
"""
IMPORT = """
actor: acme
region: eu-west-0
actions:
  - {action: import_image, name: web, file: disk.raw, image_type: system_disk, min_disk_gb: 10}
"""


def test_scheduled_flows_do_their_work_and_leave_their_pages(user: User) -> None:
    """Files are put away or wait for a person, a lost blob is found, reports are written, and each page says so."""
    inbox = user.home / "inbox"
    inbox.mkdir(parents=True)
    (user.folder / "disk.raw").rename(inbox / "disk.raw")
    (inbox / "a.yaml").write_text(IMPORT)
    (inbox / "b.yaml").write_text("nothing")
    told = subprocess.run(
        [sys.executable, "-c", RUN], env=user.environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout.splitlines()[-1])

    assert [one["became"] for one in said["inbox"]] == ["done", "refused"]
    assert ["apply inbox · 1 done, 1 refused", "Completed"] in said["runs"]
    assert "start imagekeeper up" in said["alone"][0]["said"]
    assert [one["became"] for one in said["asked"] + said["waits"]] == ["waits", "waits"]
    assert "waits for approval" in said["waits"][0]["said"]
    assert said["scheduled"] == [{"batch": str(inbox / "gone.yaml")}]
    assert "| gone.yaml | waits |" in said["inbox page"]

    assert (said["drift"]["needed"], said["drift"]["missing"]) == (1, 1)
    planned = user.says("plan", said["drift"]["proposed"])
    assert planned.returncode == 0, planned.stderr
    assert "| missing | image |" in said["drift page"]

    assert [path.split("/")[-1] for path in said["reports"]] == ["sharing.html", "index.html"]
    assert (user.home / "reports" / "sharing.html").exists()
    assert "the page 'sharing' could not be rendered: it is broken" in said["failed"]
    assert "it is broken" in said["reports page"]
    assert "/inventory.html)" in said["reports page"]
