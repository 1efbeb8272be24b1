"""Several processes at once, on one home."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from support.user import User
from support.warm_command import COMMAND

BATCH = """\
actor: acme
region: eu-west-0
actions:
  - {{action: import_image, as: web, name: "{name}", file: disk.raw, image_type: system_disk, min_disk_gb: 10}}
  - {{action: share_image, image: $web, tenants: [umbrella, initech]}}
  - {{action: copy_image, image: $web, to_region: eu-west-1}}
"""


def _all_at_once(user: User, files: list[str]) -> list["subprocess.CompletedProcess[str]"]:
    with ThreadPoolExecutor(len(files)) as run_in_threads:
        return list(run_in_threads.map(lambda name: user.says("apply", name), files))


def test_the_same_batch_twice_at_once_is_done_once(user: User) -> None:
    """Two who apply one file at the same time do its work once, and both are told it is done."""
    assert COMMAND.is_file()
    user.writes("batch.yaml", BATCH.format(name="web"))
    for told in _all_at_once(user, ["batch.yaml"] * 2):
        assert told.returncode == 0, told.stderr
    assert user.asks("SELECT count(*) AS n, count(DISTINCT line) AS lines FROM action_log") == [{"n": 4, "lines": 4}]
    assert user.asks("SELECT count(*) AS n FROM image") == [{"n": 2}]
    assert user.asks("SELECT count(*) AS n FROM image_member") == [{"n": 2}]


def test_different_batches_at_once_do_not_get_in_each_others_way(user: User) -> None:
    """Three at once: no error, nothing lost, and the one content they share is stored once a region."""
    files = [user.writes(f"batch-{n}.yaml", BATCH.format(name=f"web-{n}")).name for n in range(3)]
    for told in _all_at_once(user, files):
        assert told.returncode == 0, told.stderr
    assert user.asks("SELECT count(*) AS n FROM image") == [{"n": 6}]
    assert len(list((user.home / "images").glob("*/blobs/*/*"))) == 2
