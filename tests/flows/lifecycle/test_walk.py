"""How far a reader walks who follows one share from its file to its rows: ``pytest -s`` prints the walk."""

import sys
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from flows.lifecycle.steps import ExecutionContext, apply
from flows.resources import prepare_batch
from flows.settings import Settings

ROOT = Path(__file__).parents[3]
PRODUCT = tuple(f"{ROOT / folder}/" for folder in ("domain", "data", "flows"))
SHARE = """\
actor: acme
region: eu-west-0
actions:
  - {action: share_image, image: web, tenants: [umbrella]}
"""
MOST_FILES, MOST_SWITCHES = 29, 76
"""The walk as it is. Lower the numbers when it becomes shorter; ten files and thirty switches are the aim."""

Call = tuple[str, str]


def followed(work: Callable[[], Any]) -> list[Call]:
    """The functions of the product that a piece of work calls, as file and name, each where it is called first."""
    calls: dict[Call, None] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PRODUCT) and not code.co_name.startswith("<"):
            calls.setdefault((str(Path(code.co_filename).relative_to(ROOT)), code.co_name))

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return [*calls]


def test_the_walk_of_one_share_does_not_grow(context: ExecutionContext, tmp_path: Path) -> None:
    """From the batch file to the rows of the warehouse: files entered, and changes from one file to another."""
    file = tmp_path / "share.yaml"
    file.write_text(SHARE)
    settings = Settings(home=tmp_path)
    apply(prepare_batch(str(file), settings), context)  # what is read once in a process is no part of the walk
    file.write_text(SHARE.replace("umbrella", "initech"))
    walk = followed(lambda: apply(prepare_batch(str(file), settings), context))
    files = [name for name, _ in walk]
    switches = sum(one != other for one, other in pairwise(files))
    for name, calls in groupby(walk, key=lambda call: call[0]):
        print(f"{name}: {', '.join(function for _, function in calls)}")  # noqa: T201 - the walk is for people
    print(f"{len(walk)} functions, {len(set(files))} files, {switches} switches")  # noqa: T201
    assert len(set(files)) <= MOST_FILES
    assert switches <= MOST_SWITCHES
