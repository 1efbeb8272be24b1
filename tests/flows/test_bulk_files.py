"""A bulk file says what a batch says: the same requests come to the same verdicts, however they are written down."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from fakes import FILES
from random_scripts import SEEDS, Script, Step, script_of
from stories import Seeded, Story, seed

from domain.actions import MODELS, Batch
from flows.bulk_files import read_bulk
from flows.lifecycle import plan
from flows.work import BatchWork

SAID = ("seq", "action", "image", "tenant", "verdict", "denied_by", "because", "remedy")


@pytest.fixture(scope="module")
def seeded() -> Iterator[Seeded]:
    """A world to plan in."""
    yield from seed()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An import folder in which the files of the random steps lie."""
    for name in FILES:
        (tmp_path / name).touch()
    return tmp_path


def flat(step: Step) -> dict[str, Any]:
    """A step as a row: lists and nested things as JSON."""
    return {
        name: json.dumps(said, default=str) if isinstance(said, list | dict) else said
        for name, said in step.items()
        if name != "action"
    }


def written(path: Path, steps: list[Step]) -> None:
    """Write steps as rows, as CSV or Parquet."""
    table = pd.DataFrame([flat(step) for step in steps]).convert_dtypes()
    with duckdb.connect() as con:
        con.register("steps", table)
        con.execute(f"COPY steps TO '{path}'")


@pytest.mark.parametrize("action", MODELS)
def test_the_same_requests_come_to_the_same(seeded: Seeded, folder: Path, action: str) -> None:
    """CSV, Parquet and YAML of random steps of one kind are planned alike, line by line and word by word."""
    steps = [step for step in script_of(action, 5) if step.get("file") not in ("gone.raw", "out.raw")]
    story = Story(seeded, Script([SEEDS, steps], [0, 1]))
    _, rows = story.script.rendered()
    batch = Batch.model_validate({"batch_id": "bulk", "actions": rows})
    expected = plan(BatchWork(batch, "test", folder), story.keeper)
    assert len(expected) >= len(rows)
    for name in ("steps.csv", "steps.parquet"):
        written(folder / name, rows)
        work = read_bulk(folder / name, action, batch_id="bulk")
        said = plan(work, story.keeper)
        assert [{key: line[key] for key in SAID} for line in said] == [
            {key: line[key] for key in SAID} for line in expected
        ]


@pytest.mark.parametrize(
    "tenants", ["umbrella;my tenant", "umbrella, my tenant", '["umbrella", "my tenant"]', " umbrella ;my tenant;"]
)
def test_tenants_are_told_apart(seeded: Seeded, folder: Path, tenants: str) -> None:
    """Several tenants of one row are a line each, by their names to the letter, however they are listed."""
    (folder / "shares.csv").write_text(
        f'image,tenants\nkept,"{tenants.replace(chr(34), chr(34) * 2)}"\nkept,one alone\n'
    )
    work = read_bulk(folder / "shares.csv", "share_image", actor="acme", region="eu-west-0")
    lines = plan(work, Story(seeded, Script([SEEDS], [0])).keeper)
    assert [(line["seq"], line["tenant"], line["verdict"]) for line in lines] == [
        (1, "umbrella", "allowed"),
        (1, "my tenant", "allowed"),
        (2, "one alone", "allowed"),
    ]


def test_what_a_row_leaves_out_is_as_in_a_batch(seeded: Seeded, folder: Path) -> None:
    """A copy is encrypted as its source where nothing is said: another action's default is not its own."""
    (folder / "copies.csv").write_text("image,name\nsecret,copy\n")
    work = read_bulk(folder / "copies.csv", "copy_image", actor="acme", region="eu-west-0")
    (line,) = plan(work, Story(seeded, Script([SEEDS], [0])).keeper)
    assert line["denied_by"] == ["copy.same-key"]
