"""Retention where not all use of an image is known: nothing is taken, nobody is asked, and the page says why."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.inventory import retention
from data.lifecycle import action_log
from data.warehouse.connection import Warehouse
from domain.actions import Batch
from domain.retention import RetentionPolicy, is_sweep_id
from flows.enforce_retention import page, question, work_of
from flows.lifecycle import planning, steps
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext
from flows.resources import prepare_batch
from flows.runs import approval
from flows.server.access import Connection
from flows.settings import Settings
from support.fakes import Clock, FakeCloud, numbers
from support.worlds.small_world import image

UNKNOWN = ["retention.usage-unknown"]
CONDITIONS: list[dict[str, object]] = [
    {"older_than_days": 30},
    {"unused_days": 30},
    {"image_name": "n*", "keep_last": 1},
]
Lines = list[dict[str, Any]]


class RealCloud(FakeCloud):
    """A cloud that manages its images itself, so that each action is an order."""

    name = "openstack"
    manages_images = True


@pytest.fixture
def there(quick_context: ExecutionContext, clock: Clock) -> ExecutionContext:
    """A context of a real cloud, with two images that are due, and the same two on the embedded cloud."""
    with quick_context.warehouse.writing() as con:
        for cloud in ("openstack", "local"):
            for name, different in (("n-1", {"deprecated_at": "2026-02-01"}), ("n-2", {}), ("n-3", {})):
                image(con, f"{name} on {cloud}", "2026-01-01", name=name, cloud=cloud, **different)
    return replace(quick_context, cloud=RealCloud())


def policy_of(condition: dict[str, object], most: int = 5) -> RetentionPolicy:
    """A policy of one rule."""
    return RetentionPolicy.model_validate({"most": most, "notice_days": 14, "rules": [{"name": "r"} | condition]})


def swept(policy: RetentionPolicy, context: ExecutionContext) -> tuple[retention.Sweep, ActionBatch]:
    """What a policy comes to on the cloud of a context, and the batch of it."""
    with context.warehouse.reading() as con:
        sweep = retention.sweep(con, policy, context.clock(), context.clock(), context.cloud.name)
    work = work_of(policy, sweep, context.clock(), Path("retention.yaml"))
    assert work is not None
    return sweep, work


def lines_of(work: ActionBatch, context: ExecutionContext) -> Lines:
    """The lines of a batch as they were recorded."""
    with context.warehouse.reading() as con:
        return list(action_log.lines(con, work.batch_id))


def denied_by(lines: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The rules that deny each line."""
    return [line["denied_by"] for line in lines]


def images(context: ExecutionContext, cloud: str) -> list[tuple[Any, ...]]:
    """Each image of a cloud: its name, and whether it is deprecated and deleted."""
    query = "SELECT name, deprecated_at IS NOT NULL, deleted_at IS NOT NULL FROM image WHERE cloud = ? ORDER BY name"
    with context.warehouse.reading() as con:
        return con.execute(query, [cloud]).fetchall()


@pytest.mark.parametrize("condition", CONDITIONS, ids=" ".join)
def test_a_sweep_does_nothing(there: ExecutionContext, condition: dict[str, object]) -> None:
    """Whatever the rule's conditions are, each deprecation and deletion is denied, and the cloud gets no order."""
    _, work = swept(policy_of(condition), there)
    before = images(there, "openstack")
    assert denied_by(planning.plan(work, there)) == [UNKNOWN] * len(work.batch.actions)
    assert work.actions == {"deprecate_image", "delete_image"}
    steps.apply(work, there)
    assert denied_by(lines_of(work, there)) == [UNKNOWN] * len(work.batch.actions)
    assert images(there, "openstack") == before
    assert isinstance(there.cloud, RealCloud)
    assert there.cloud.orders == []


def test_the_same_policy_works_on_the_embedded_cloud(there: ExecutionContext, cloud: FakeCloud) -> None:
    """There the warehouse knows every server and disk."""
    here = replace(there, cloud=cloud)
    _, work = swept(policy_of(CONDITIONS[0]), here)
    steps.apply(work, here)
    assert denied_by(lines_of(work, here)) == [[], [], []]
    assert images(here, "local") == [("n-1", True, True), ("n-2", True, False), ("n-3", True, False)]
    assert images(here, "openstack") == [("n-1", True, False), ("n-2", False, False), ("n-3", False, False)]


def test_a_person_may_delete_there(there: ExecutionContext) -> None:
    """An ordinary batch with the same actions is judged as before."""
    _, sweep = swept(policy_of(CONDITIONS[0]), there)
    by_hand = ActionBatch(Batch(actions=sweep.batch.actions), "test", sweep.folder)
    assert not is_sweep_id(by_hand.batch_id)
    assert denied_by(planning.plan(by_hand, there)) == [[], [], []]


def test_a_batch_that_an_earlier_version_began_is_denied(
    there: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is taken up again by its id is known as retention's by the id alone."""
    _, sweep = swept(policy_of(CONDITIONS[0]), there)
    begun = replace(sweep, batch=sweep.batch.model_copy(update={"batch_id": "retention-2026-05-31-0a1b2c3d4e5f"}))
    steps.begin(begun, there)
    monkeypatch.setattr("flows.resources.warehouse_of", lambda _: there.warehouse)
    again = prepare_batch(begun.batch_id, Settings(home=tmp_path))
    assert isinstance(again, ActionBatch)
    steps.apply(again, there)
    assert denied_by(lines_of(again, there)) == [UNKNOWN] * 3


def test_nobody_is_asked_to_agree_to_what_is_denied_anyway(there: ExecutionContext, cloud: FakeCloud) -> None:
    """Neither for the policy's bound nor because a deletion is irreversible; on the embedded cloud both still ask."""
    policy = policy_of(CONDITIONS[0], most=1)
    for context, asks in ((there, False), (replace(there, cloud=cloud), True)):
        sweep, work = swept(policy, context)
        why = question(policy, sweep, planning.plan(work, context))
        assert (why is not None) is asks
        with numbers(approve_deletes=0):
            assert (approval.question(work, context, why) is not None) is asks
            assert (approval.question(work, context) is not None) is asks


def test_only_what_would_be_done_counts_towards_the_bound(there: ExecutionContext) -> None:
    """Of three images one is denied: two remain, and a policy that allows two asks nobody."""
    policy = policy_of(CONDITIONS[0], most=2)
    sweep, _ = swept(policy, there)
    allowed = {"verdict": "allowed"}
    assert question(policy, sweep, [{"verdict": "denied"}, allowed, allowed]) is None
    assert question(policy, sweep, [allowed] * 3) == "the sweep would take 3 images, more than the 2 of the policy"


def test_the_page_says_why_and_what_to_do(there: ExecutionContext) -> None:
    """It names the cloud, what is not observed there, and what a person can do; in a dry run and in a real one."""
    policy = policy_of(CONDITIONS[0])
    sweep, work = swept(policy, there)
    dry = page(policy, sweep, planning.plan(work, there), done=False)
    assert "Nothing would be done: all 3 images that are due are denied." in dry
    steps.apply(work, there)
    done = page(policy, sweep, lines_of(work, there), done=True)
    assert "## Retention: 0 deprecated, 0 deleted" in done
    assert "Nothing was done: all 3 images that are due are denied." in done
    for told in (dry, done):
        assert "| retention.usage-unknown | 3 | servers and volumes that others started on openstack are not" in told
        assert "so it is not known whether image 'n-" in told
        assert "check what uses the image, then deprecate or delete it in an ordinary batch" in told


def test_a_page_without_denials_says_nothing_of_them(there: ExecutionContext, cloud: FakeCloud) -> None:
    """Where all was done, there is no table of denials."""
    here = replace(there, cloud=cloud)
    policy = policy_of(CONDITIONS[0])
    sweep, work = swept(policy, here)
    told = page(policy, sweep, planning.plan(work, here), done=False)
    assert "denied" not in told


RUN = """
import asyncio, json, sys
import flows.resources
from flows import enforce_retention
from flows.clouds.local.cloud import LocalCloud

class RealCloud(LocalCloud):
    name, manages_images = "openstack", True

    def carry_out(self, orders, progress):
        assert not orders, orders
        return iter(())

async def keep(key, markdown):
    pages.append(markdown)

pages = []
enforce_retention.acreate_markdown_artifact = keep
flows.resources.cloud_of = lambda settings: RealCloud(settings.images, settings.keys)
done = [asyncio.run(enforce_retention.enforce_retention(dry_run=dry)) for dry in (True, False)]
print(json.dumps({"done": done, "pages": pages}))
"""


def test_a_run_of_the_flow(tmp_path: Path, prefect_server: Connection) -> None:
    """A sweep beyond the policy's bound neither waits for a person nor does anything; both pages say why."""
    home = tmp_path / "home"
    with Warehouse(home / "warehouse.duckdb").writing() as con:
        for name, different in (("noticed", {"deprecated_at": "2026-02-01"}), ("fresh", {})):
            image(con, name, cloud="openstack", **different)
    policy = "most: 1\nnotice_days: 14\nrules:\n  - name: old\n    older_than_days: 30\n"
    (home / "retention.yaml").write_text(policy)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "IMAGE"))}
    own = {"IMAGEKEEPER_HOME": str(home), "IMAGEKEEPER_CLOUD": "openstack", **prefect_server.environment}
    run = subprocess.run(
        [sys.executable, "-c", RUN], env=inherited | own, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout.splitlines()[-1])
    dry, real = said["done"]
    assert is_sweep_id(real["batch_id"])
    for done in (dry, real):
        assert (done["deprecated"], done["deleted"], done["denied"], done["failed"]) == (0, 0, 2, 0)
    planned, judged = said["pages"]
    assert "Nothing would be done: all 2 images that are due are denied." in planned
    assert "Nothing was done: all 2 images that are due are denied." in judged
    assert not any("A person must approve" in told for told in said["pages"])
    with Warehouse(home / "warehouse.duckdb").reading() as con:
        assert con.execute("SELECT count(*) FROM image WHERE deleted_at IS NOT NULL").fetchall() == [(0,)]
