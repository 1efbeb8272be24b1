"""The sweep as a batch: notice, repetition, the bound, the words of the file and the page, and a run of the flow."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.inventory import retention
from data.lifecycle import action_log
from data.warehouse.connection import Warehouse
from domain.batch import BatchError
from domain.retention import RetentionPolicy
from flows.enforce_retention import page, question, read_policy, work_of
from flows.lifecycle import steps
from flows.lifecycle.steps import ExecutionContext
from flows.runs import approval
from flows.server.access import Connection
from support.fakes import Clock, FakeCloud, numbers
from support.worlds.small_world import image, member

EXAMPLE = Path(__file__).parents[2] / "examples" / "retention.yaml"
RULES = [{"name": "old", "older_than_days": 30}]
IMPORT = {"action": "import_image", "file": "disk.qcow2", "image_type": "system_disk", "min_disk_gb": 10}
FINE = "most: 5\nnotice_days: 14\nrules:\n  - name: old\n    older_than_days: 30\n"
Lines = list[dict[str, Any]]
Applied = Callable[..., Lines]


class Sweeper:
    """Sweeps at the time that the clock says, as the flow does, with no Prefect."""

    def __init__(self, context: ExecutionContext, clock: Clock) -> None:
        self.context, self.clock = context, clock
        self.policy = RetentionPolicy.model_validate({"most": 3, "notice_days": 14, "rules": RULES})

    def sweep(self) -> Lines | None:
        """The lines of a sweep's batch; None where nothing was due."""
        with self.context.warehouse.reading() as con:
            due = retention.sweep(con, self.policy, self.clock(), self.clock(), "local")
        work = work_of(self.policy, due, self.clock(), Path("retention.yaml"))
        if work is None:
            return None
        steps.apply(work, self.context)
        with self.context.warehouse.reading() as con:
            return list(action_log.lines(con, work.batch_id))

    def images(self) -> list[tuple[Any, ...]]:
        """Each image: its name, and whether it is deprecated and deleted."""
        query = "SELECT name, deprecated_at IS NOT NULL, deleted_at IS NOT NULL FROM image ORDER BY name"
        with self.context.warehouse.reading() as con:
            return con.execute(query).fetchall()


@pytest.fixture
def sweeper(quick_context: ExecutionContext, clock: Clock) -> Sweeper:
    """Sweeps all that is older than 30 days, with a notice of 14 days."""
    return Sweeper(quick_context, clock)


def told(lines: Lines | None) -> list[str]:
    """What became of each line, by name."""
    return sorted(f"{line['action']} {line['image_name']} {line['outcome'] or line['verdict']}" for line in lines or ())


def imports(names: Sequence[str]) -> list[dict[str, object]]:
    """Actions that make images of these names."""
    return [IMPORT | {"name": name} for name in names]


def test_an_image_goes_after_notice(sweeper: Sweeper, applied: Applied, clock: Clock, cloud: FakeCloud) -> None:
    """Too young it stays; then it is deprecated; for 14 days it stays so; then it is deleted, with its bytes."""
    applied(imports(["web"]))
    clock.pass_by(days=29)
    assert sweeper.sweep() is None
    clock.pass_by(days=1)
    assert told(sweeper.sweep()) == ["deprecate_image web done"]
    clock.pass_by(days=13, hours=23)
    assert sweeper.sweep() is None
    clock.pass_by(hours=1)
    assert told(sweeper.sweep()) == ["delete_image web done"]
    assert sweeper.images() == [("web", True, True)]
    assert type(cloud.orders[-1]).__name__ == "Release"
    clock.pass_by(days=1)
    assert sweeper.sweep() is None


def test_what_is_taken_up_in_the_notice_stays(sweeper: Sweeper, applied: Applied, clock: Clock) -> None:
    """Protected, shared or started from meanwhile, an image is left as it is: deprecated, and there."""
    applied(imports("abcd"))
    clock.pass_by(days=30)
    assert told(sweeper.sweep()) == [f"deprecate_image {name} done" for name in "abcd"]
    applied(
        [
            {"action": "update_image", "image": "a", "protected": True},
            {"action": "share_image", "image": "b", "tenants": ["umbrella"]},
            {"action": "launch_server", "image": "c", "name": "s", "flavor": "s3.large.2"},
        ]
    )
    clock.pass_by(days=14)
    assert told(sweeper.sweep()) == ["delete_image d done"]
    assert sweeper.images() == [("a", True, False), ("b", True, False), ("c", True, False), ("d", True, True)]


def test_what_is_deprecated_and_not_selected_is_left_alone(sweeper: Sweeper, applied: Applied, clock: Clock) -> None:
    """A person's deprecation is no reason to delete."""
    applied([*imports(["web"]), {"action": "deprecate_image", "image": "web"}])
    clock.pass_by(days=29)
    assert sweeper.sweep() is None
    assert sweeper.images() == [("web", True, False)]


def test_a_sweep_done_twice_does_nothing_twice(sweeper: Sweeper, applied: Applied, clock: Clock) -> None:
    """The same day or later: what was done is done, and the second sweep finds nothing due."""
    applied(imports("ab"))
    clock.pass_by(days=30)
    first = sweeper.sweep()
    assert sweeper.sweep() is None
    clock.pass_by(hours=3)
    assert sweeper.sweep() is None
    assert len(first or ()) == 2


def test_the_same_sweep_of_a_day_is_the_same_batch(
    quick_context: ExecutionContext, sweeper: Sweeper, applied: Applied
) -> None:
    """What the policy of actions denies is denied once a day, however often the sweep is done."""
    applied(imports("a"))
    sweeper.clock.pass_by(days=30)
    with quick_context.warehouse.reading() as con:
        due = retention.sweep(con, sweeper.policy, sweeper.clock(), sweeper.clock(), "local")
    morning, evening = sweeper.clock(), sweeper.clock() + timedelta(hours=9)
    batches = [work_of(sweeper.policy, due, at, Path("retention.yaml")) for at in (morning, evening)]
    ids = [batch.batch_id for batch in batches if batch]
    assert ids[0] == ids[1]
    assert ids[0].startswith(f"retention-{morning:%Y-%m-%d}-")
    tomorrow = work_of(sweeper.policy, due, morning + timedelta(days=1), Path("retention.yaml"))
    assert tomorrow is not None
    assert tomorrow.batch_id != ids[0]
    assert [steps.apply(batch, quick_context).already for batch in batches if batch] == [0, 1]


def test_a_sweep_beyond_the_bound_asks(quick_context: ExecutionContext, sweeper: Sweeper, applied: Applied) -> None:
    """As many as the policy allows ask nobody; one more, and a person is asked, though none of it is a deletion."""
    for name, asks in (("abc", None), ("d", "the sweep would take 4 images, more than the 3 of the policy")):
        applied(imports(name))
        sweeper.clock.pass_by(days=30)
        with quick_context.warehouse.reading() as con:
            due = retention.sweep(con, sweeper.policy, sweeper.clock(), sweeper.clock(), "local")
        why = question(sweeper.policy, due)
        assert why == asks
        work = work_of(sweeper.policy, due, sweeper.clock(), Path("retention.yaml"))
        assert work is not None
        asked = approval.question(work, quick_context, why)
        assert (None if asked is None else asked.why) == asks


def test_a_page_tells_what_and_why_not(
    quick_context: ExecutionContext, sweeper: Sweeper, applied: Applied, clock: Clock
) -> None:
    """A row a rule: deprecated, deleted, in notice, spared and why; what the ordinary policy denies is spared too."""
    applied([*imports("abcd"), {"action": "update_image", "image": "d", "protected": True}])
    with quick_context.warehouse.writing() as con:
        image(con, "sh", owner="x|<b>y", created_at="2026-01-01", deprecated_at=clock())
        image(con, "so", created_at="2026-01-01", deprecated_at=clock())
        member(con, "so", "umbrella", "accepted", "2026-01-02")
    clock.pass_by(days=30)
    rules = [*RULES, {"name": "builds", "keep_last": 1}]
    policy = RetentionPolicy.model_validate({"most": 3, "notice_days": 30, "rules": rules})
    with quick_context.warehouse.reading() as con:
        due = retention.sweep(con, policy, clock(), clock(), "local")
    planned = page(policy, due, (), done=False)
    assert "3 would be deprecated, 1 would be deleted" in planned
    assert "Nothing was done yet: the sweep would take 4 images, more than the 3 of the policy" in planned
    assert "| old | 3 | 1 | 0 | 2 | protected 1, shared 1 |" in planned
    assert "| builds | 0 | 0 | 0 | 0 |  |" in planned
    assert "x\\|&lt;b&gt;y" in planned
    why = {"because": ["image 'a' is deactivated"], "remedy": ["use an active image"]}
    denied = {"seq": 1, "verdict": "denied", "denied_by": ["image.not-active"], "outcome": None} | why
    failed = {"seq": 2, "verdict": "allowed", "denied_by": [], "outcome": "failed"}
    done = page(policy, due, [denied, failed], done=True)
    assert "Retention: 1 deprecated, 1 deleted" in done
    assert "| 4 | protected 1, shared 1, denied by image.not-active 1, failed at the cloud 1 |" in done
    assert "| image.not-active | 1 | image 'a' is deactivated | use an active image |" in done
    assert "Nothing was done" not in done


def test_the_ordinary_policy_has_the_last_word(
    quick_context: ExecutionContext, sweeper: Sweeper, applied: Applied
) -> None:
    """An image that was protected after the sweep was decided is not deleted."""
    applied(imports("a"))
    sweeper.clock.pass_by(days=30)
    sweeper.sweep()
    sweeper.clock.pass_by(days=14)
    with quick_context.warehouse.reading() as con:
        due = retention.sweep(con, sweeper.policy, sweeper.clock(), sweeper.clock(), "local")
    applied([{"action": "update_image", "image": "a", "protected": True}])
    work = work_of(sweeper.policy, due, sweeper.clock(), Path("retention.yaml"))
    assert work is not None
    assert steps.apply(work, quick_context).denied == 1
    assert sweeper.images() == [("a", True, False)]


def test_images_of_many_owners_and_regions_go_in_one_sweep(sweeper: Sweeper, applied: Applied, clock: Clock) -> None:
    """Each action is its owner's, where the image is, also where owners use the same name."""
    for owner in ("acme", "umbrella"):
        for region in ("eu-west-0", "eu-west-1"):
            applied(imports(["web"]), actor=owner, region=region)
    clock.pass_by(days=30)
    lines = sweeper.sweep() or []
    with numbers(approve_deletes=0):
        clock.pass_by(days=14)
        lines += sweeper.sweep() or []
    assert {line["outcome"] for line in lines} == {"done"}
    assert len({(line["action"], line["actor"], line["region"]) for line in lines}) == 8


def test_the_example_is_a_policy() -> None:
    """examples/retention.yaml can be copied as it is."""
    assert [rule.name for rule in read_policy(EXAMPLE).rules] == ["old-builds", "forgotten"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: a retention policy is a mapping with the key 'rules'"),
        ("- a\n", ":1: a retention policy is a mapping"),
        ("most: [\n", ":1: not valid YAML"),
        (FINE + "most: 6\n", ":6: not valid YAML: the key 'most' stands twice"),
        (FINE.replace("notice_days: 14\n", ""), ":1: notice_days: is missing"),
        (FINE.replace("notice_days", "notice"), ":2: notice: is not known here; check the spelling"),
        (FINE.replace("most: 5", "most: many"), ":1: most: input should be a valid integer (it is 'many')"),
        (FINE.replace("30", "0"), ":5: rules[1].older_than_days: input should be greater than or equal to 1 (it is 0)"),
        (FINE.replace("older_than_days: 30", "tag: x"), ":4: rules[1]: selects no image; give at"),
        (FINE + "  - {name: old, keep_last: 1}\n", ":6: rules[2].name: rule 1 is called 'old' already"),
        (FINE + "profile: sead\n", ":6: profile: there is no profile 'sead'"),
    ],
)
def test_a_mistake_is_told_with_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    """Whoever wrote the file finds the place."""
    path = tmp_path / "retention.yaml"
    path.write_text(text)
    with pytest.raises(BatchError) as caught:
        read_policy(path)
    assert f"{path}{said}" in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """There is none, it is a folder, or no text."""
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    for name, said in (("none.yaml", "no such file"), (".", "cannot be read"), ("binary.yaml", "not text in UTF-8")):
        with pytest.raises(BatchError, match=said):
            read_policy(tmp_path / name)


RUN = """
import asyncio, json, sys
from pathlib import Path
from prefect.client.orchestration import get_client
from flows.enforce_retention import enforce_retention

async def main():
    home, policy = Path(sys.argv[1]), sys.argv[2]
    done = [await enforce_retention()]
    (home / "retention.yaml").write_text(policy)
    done += [await enforce_retention(dry_run=True), await enforce_retention(), await enforce_retention()]
    (home / "retention.yaml").write_text(policy.replace("most: 2", "most: 1").replace("30", "20"))
    state = await enforce_retention(return_state=True)
    async with get_client() as client:
        pages = sorted(await client.read_artifacts(), key=lambda page: page.created)
    told = [page.data for page in pages if page.key == "retention"]
    print(json.dumps({"done": done, "pages": told, "beyond": state.message}))

asyncio.run(main())
"""


def test_a_run_of_the_flow(tmp_path: Path, prefect_server: Connection) -> None:
    """Without a policy, dry, for real, again, and beyond the bound: each says on its page what it did."""
    home = tmp_path / "home"
    with Warehouse(home / "warehouse.duckdb").writing() as con:
        for name, different in (
            ("fresh", {}),
            ("noticed", {"deprecated_at": "2026-02-01"}),
            ("kept", {"protected": True}),
            *(("west", {"region": "eu-west-1"}), ("west2", {"region": "eu-west-1"})),
        ):
            image(con, name, **{"blob": f"{name}-file"} | different)
        con.execute("UPDATE image SET created_at = now() - INTERVAL 25 DAY WHERE region = 'eu-west-1'")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "IMAGE"))}
    run = subprocess.run(
        [sys.executable, "-c", RUN, home, FINE.replace("most: 5", "most: 2")],
        env=inherited | {"IMAGEKEEPER_HOME": str(home), **prefect_server.environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout.splitlines()[-1])
    none, dry, real, again = said["done"]
    assert (none["batch_id"], none["deprecated"]) == (None, 0)
    assert f"write `{home / 'retention.yaml'}`" in said["pages"][0]
    assert (dry["batch_id"], dry["deprecated"], dry["deleted"], dry["spared"]) == (None, 1, 1, 1)
    assert "1 would be deprecated, 1 would be deleted" in said["pages"][1]
    assert (real["deprecated"], real["deleted"], real["denied"], real["failed"]) == (1, 1, 0, 0)
    assert "## Retention: 1 deprecated, 1 deleted" in said["pages"][2]
    assert (again["batch_id"], again["in_notice"]) == (None, 1)
    assert "Nothing was done yet: the sweep would take 2 images, more than the 1 of the policy" in said["pages"][-1]
    assert "the sweep would take 2 images" in said["beyond"]
    with Warehouse(home / "warehouse.duckdb").reading() as con:
        gone = con.execute("SELECT image_id FROM image WHERE deleted_at IS NOT NULL").fetchall()
        deprecated = con.execute("SELECT image_id FROM image WHERE deprecated_at IS NOT NULL ORDER BY 1").fetchall()
    assert (gone, deprecated) == ([("noticed",)], [("fresh",), ("noticed",)])
