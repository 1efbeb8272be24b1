"""A batch is read once, and held as text: what it takes in memory and what becomes of it when it is large."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.actions import Batch
from domain.batch import BatchError
from flows.batches.compact_batch import CompactBatch
from flows.batches.yaml_files import batch_id_of, content_of, read_batch, requests_of
from flows.lifecycle.planning import plan
from flows.lifecycle.prepared_batch import MOST_AT_ONCE, ActionBatch
from flows.lifecycle.steps import ExecutionContext, begin

ACTIONS = 20_000
MIB = 1024
PEAK = """
import resource, sys
from pathlib import Path
from flows.resources import prepare_batch
from flows.settings import Settings
from datetime import UTC, datetime
prepared = prepare_batch(sys.argv[1], Settings(home=Path(sys.argv[2])))
now = datetime.now(UTC)
assert sum(group.size for group in prepared.groups(now, now, set())) == int(sys.argv[3])
assert prepared.record(now).content
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
"""Reads, groups and records a batch, and prints the peak of the process's memory, in KiB."""
EVERY_FIELD: list[dict[str, Any]] = [
    {"action": "import_image", "as": "web", "name": "web", "file": "disk.raw", "image_type": "system_disk"}
    | {"min_disk_gb": 10, "os": {"type": "linux"}, "tags": ["a", "b"], "when": "2026-03-01T12:00:00+02:00"},
    {"action": "publish_image", "image": "$web", "offer": "deal"}
    | {"price": {"model": "hourly", "amount": "0.12", "currency": "EUR", "rounding": "none"}},
    {"action": "share_image", "image": "$web", "tenants": [" umbrella ", "initech"], "actor": "hooli"},
    {"action": "update_image", "image": "$web", "description": "ünïcode \U0001f600", "protected": True},
    {"action": "grant_credit", "tenants": ["umbrella"], "amount": "12.50", "currency": "EUR", "reason": "an outage"},
]
"""Actions with nested models, prices, several tenants, times and letters that are not ASCII."""


def shares(number: int) -> dict[str, Any]:
    """A batch of many different requests."""
    actions = [{"action": "share_image", "image": f"image-{one:07d}", "tenants": ["umbrella"]} for one in range(number)]
    return {"actor": "acme", "region": "eu-west-0", "actions": actions}


def written(file: Path, said: dict[str, Any]) -> Path:
    """A batch file, an action a line."""
    head = {name: value for name, value in said.items() if name != "actions"}
    lines = [json.dumps(action, ensure_ascii=False) for action in said["actions"]]
    if file.suffix == ".json":
        file.write_text(json.dumps(head)[:-1] + ', "actions": [\n' + ",\n".join(lines) + "\n]}\n")
    else:
        file.write_text(yaml.safe_dump(head) + "actions:\n" + "".join(f"  - {line}\n" for line in lines))
    return file


@pytest.mark.parametrize("name", ["batch.yaml", "batch.json"])
def test_an_action_takes_little_more_memory_than_its_text(tmp_path: Path, name: str) -> None:
    """20,000 actions (2 MB of text; 90 MiB as models and nodes) take 24 MiB more than one action."""
    peak = {}
    for number in (1, ACTIONS):
        file = written(tmp_path / name, shares(number))
        words = [sys.executable, "-c", PEAK, file, tmp_path, str(number)]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        peak[number] = int(done.stdout.splitlines()[0])
    assert peak[ACTIONS] - peak[1] < 24 * MIB


def test_a_compact_batch_says_the_same_as_its_models() -> None:
    """Content, id and requests do not depend on how the batch is held; all of its actions come back as they were."""
    batch = Batch.model_validate({"actor": "acme", "region": "eu-west-0", "actions": EVERY_FIELD})
    compact = CompactBatch.of(batch)
    dumped = batch.model_dump(mode="json", exclude_none=True, by_alias=True, exclude={"batch_id"})
    del dumped["actions"][1]["price"]
    dumped["actions"][1]["price"] = {"model": "hourly", "amount": "0.12", "currency": "EUR"}
    assert content_of(compact) == json.dumps(dumped, sort_keys=True, separators=(",", ":"))
    assert compact.hashed_id() == batch_id_of(content_of(compact))
    assert tuple(compact.actions) == batch.actions
    assert compact.actions[1:3] == list(batch.actions[1:3])


def test_a_batch_is_the_same_wherever_its_head_stands(tmp_path: Path) -> None:
    """Keys behind the actions count for them too; so does what a merge at the top gives."""
    said = {"actor": "acme", "region": "eu-west-0", "actions": EVERY_FIELD}
    (tmp_path / "disk.raw").touch()
    one = read_batch(written(tmp_path / "one.yaml", said))
    actions = json.dumps(EVERY_FIELD, ensure_ascii=False)
    (tmp_path / "two.yaml").write_text(f"actions: {actions}\nregion: eu-west-0\n<<: {{actor: acme, region: x}}\n")
    (tmp_path / "three.json").write_text(f'{{"actions": {actions}, "region": "eu-west-0", "actor": "acme"}}')
    (tmp_path / "four.yaml").write_text(f"<<: {{actions: {actions}, actor: acme}}\nregion: eu-west-0\n")
    for name in ("two.yaml", "three.json", "four.yaml"):
        assert read_batch(tmp_path / name) == one


def test_groups_hold_what_is_left_of_a_batch(work: Callable[..., ActionBatch], quick_context: ExecutionContext) -> None:
    """A line that is finished is in no group, though others of its action are; rows and ids are those of the batch."""
    share = {"action": "share_image", "image": "web"}
    batch = work([share | {"tenants": [f"t{n}" for n in range(5)]}, share | {"tenants": ["t5", "t6"]}])
    now = quick_context.clock()
    expected = [one for one in requests_of(batch.batch, batch.batch_id, now, now) if one.row not in {2, 6}]
    groups = list(batch.groups(now, now, {2, 6}, lambda _: 2))
    assert [group.size for group in groups] == [2, 2, 1]
    with quick_context.warehouse.reading() as con:
        found = []
        for group in groups:
            group.load(con, 0)
            found += con.execute("SELECT row, seq, tenant, request_json FROM request ORDER BY row").fetchall()
        groups[1].load(con, 5)
        again = con.execute("SELECT row FROM request").fetchall()
    assert found == [(one.row, one.seq, one.tenant, one.request_json) for one in expected]
    assert again == [(5,)]


def test_a_long_run_of_neighbours_is_judged_in_parts(
    work: Callable[..., ActionBatch], quick_context: ExecutionContext
) -> None:
    """More requests of one kind than are judged at once are all judged, in their order, and loaded part by part."""
    number = MOST_AT_ONCE + 1
    batch = work(shares(number)["actions"])
    lines = plan(batch, quick_context)
    assert [line["seq"] for line in lines] == list(range(1, number + 1))
    chunks, _ = begin(batch, quick_context)
    assert [group.size for chunk in chunks for group in chunk.groups] == [MOST_AT_ONCE, 1]


def test_many_flaws_are_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    """However many actions are wrong, ten flaws are shown, and the others are counted."""
    said = shares(1000)
    for action in said["actions"]:
        action["tenants"] = []
    for name in ("batch.yaml", "batch.json"):
        with pytest.raises(BatchError) as error:
            read_batch(written(tmp_path / name, said))
        lines = str(error.value).splitlines()
        assert "actions[1].tenants: must not be empty" in lines[0]
        assert "actions[10].tenants: must not be empty" in lines[9]
        assert lines[10:] == ["… and 990 more"]
