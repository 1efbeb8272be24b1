"""Approval: what is asked, and what becomes of a batch that a person refused or agreed to."""

from collections.abc import Callable

import pytest

from data.lifecycle import action_log, batches
from data.lifecycle.approval import Approval, Consequence
from domain.actions import IRREVERSIBLE
from domain.policy import profiles
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext
from flows.runs.approval import Question, question
from support.fakes import numbers

Made = Callable[..., ActionBatch]
IMPORT = {"action": "import_image", "file": "disk.qcow2", "image_type": "system_disk", "min_disk_gb": 10}


def _images(names: str) -> list[dict[str, object]]:
    return [IMPORT | {"name": name} for name in names]


def _deletes(names: str) -> list[dict[str, object]]:
    return [{"action": "delete_image", "image": name} for name in names]


def test_small_batches_ask_nobody(quick_context: ExecutionContext, work: Made) -> None:
    """As many as the profile allows are deleted without a word."""
    with numbers(approve_deletes=2):
        assert question(work([*_images("ab"), *_deletes("ab")]), quick_context) is None


def test_one_more_asks(quick_context: ExecutionContext, work: Made) -> None:
    """One image more than the limit, and the question says how many images and servers it is about."""
    lifecycle.apply(
        work([*_images("abc"), {"action": "launch_server", "image": "a", "name": "s", "flavor": "s3.large.2"}]),
        quick_context,
    )
    with numbers(approve_deletes=2):
        asked = question(work(_deletes("abc")), quick_context)
    assert asked is not None
    assert "delete_image: 3 at once, and a person must agree to more than 2" in asked.text()
    assert "images to be deleted: 3; servers that exist and were made from them: 1" in asked.text()


def test_only_what_would_be_done_counts(quick_context: ExecutionContext, work: Made) -> None:
    """What the policy denies is not asked about."""
    lifecycle.apply(
        work([*_images("abc"), {"action": "update_image", "image": "c", "protected": True}]),
        quick_context,
    )
    with numbers(approve_deletes=2):
        assert question(work(_deletes("abc")), quick_context) is None


def test_servers_in_use_are_counted_across_actions(quick_context: ExecutionContext, work: Made) -> None:
    """Servers ended and servers left without their image count together."""
    launch = {"action": "launch_server", "image": "a", "name": "s", "flavor": "s3.large.2", "count": 2}
    lifecycle.apply(work([*_images("ab"), launch]), quick_context)
    with numbers(approve_servers=1):
        asked = question(work(_deletes("a")), quick_context)
    assert asked is not None
    assert "2 servers in use are touched" in asked.why


def test_asking_does_nothing(quick_context: ExecutionContext, work: Made) -> None:
    """The question is a plan: nothing is written down."""
    lifecycle.apply(work(_images("abc")), quick_context)
    with quick_context.warehouse.reading() as con:
        before = con.execute("SELECT * FROM image ORDER BY ALL").fetchall()
    batch = work(_deletes("abc"))
    assert question(batch, quick_context, "because") is not None
    with quick_context.warehouse.reading() as con:
        assert con.execute("SELECT * FROM image ORDER BY ALL").fetchall() == before
        assert batches.find(con, batch.batch_id) is None


def test_a_key_holds_for_what_was_asked_only(quick_context: ExecutionContext, work: Made) -> None:
    """When more would be lost than was asked about, the answer no longer holds."""
    lifecycle.apply(work(_images("ab")), quick_context)
    batch = work(_deletes("ab"))
    first = question(batch, quick_context, "because")
    again = question(batch, quick_context, "because")
    launch = {"action": "launch_server", "image": "a", "name": "s", "flavor": "s3.large.2"}
    lifecycle.apply(work([launch]), quick_context)
    later = question(batch, quick_context, "because")
    assert first is not None
    assert again is not None
    assert later is not None
    assert first.key(batch.batch_id) == again.key(batch.batch_id) != later.key(batch.batch_id)


KEYS = {
    "change_os": "4b1a534969d3fb8a",
    "delete_image": "fada94e6bb18648a",
    "terminate_server": "3d9e87acfb44fd40",
    "unshare_image": "e69e6f507fcfac53",
    "withdraw_image": "e4955668152fce41",
    "change_os delete_image terminate_server unshare_image withdraw_image": "d4886770c48d30f5",
    "": "3961b861378f7687",
}
"""Keys of questions about these actions, as the version before the plain wording computed them."""


@pytest.mark.parametrize("actions", KEYS)
def test_a_key_is_that_of_earlier_versions(actions: str) -> None:
    """A run that an earlier version suspended finds its answer under the key, whatever the wording is now."""
    found = [Consequence(action, lines=1234, images=51, servers=7) for action in actions.split()]
    assert Question("why", found).key("b871") == KEYS[actions]


def test_a_reworded_sentence_is_shown_and_the_former_one_is_hashed() -> None:
    """The person who approves reads plain English."""
    text = Question("why", [Consequence("withdraw_image", lines=11, images=11, servers=0)]).text()
    assert "- **withdraw_image**: listings to withdraw: 11" in text


@pytest.mark.parametrize("action", IRREVERSIBLE)
def test_each_irreversible_action_can_be_asked_about(action: str) -> None:
    """Its sentence takes the counts, and its limit is a number of every profile."""
    said = IRREVERSIBLE[action]
    assert said.consequence.format(lines=1234, images=1234, servers=1234).endswith("1,234")
    for profile in profiles.names():
        limits = profiles.limits(profile)
        assert said.limit is None or type(limits[said.limit].value) is int


def test_refused_is_denied_line_by_line(quick_context: ExecutionContext, work: Made) -> None:
    """Nothing is done; each line says who refused it and why, and applying the batch again changes nothing."""
    lifecycle.apply(work(_images("ab")), quick_context)
    batch = work(_deletes("ab"))
    lifecycle.refuse(batch, quick_context, Approval("eve", "they are the last ones", granted=False))
    summary = lifecycle.apply(batch, quick_context)
    assert (summary.done, summary.denied, summary.already) == (0, 2, 2)
    with quick_context.warehouse.reading() as con:
        lines = list(action_log.lines(con, batch.batch_id))
        assert [line["denied_by"] for line in lines] == [["approval.refused"]] * 2
        assert lines[0]["because"] == ["eve refused it: they are the last ones"]
        rows = con.execute(
            "SELECT DISTINCT approved_by, approval_reason FROM action_log WHERE batch_id = ?", [batch.batch_id]
        )
        assert rows.fetchall() == [("eve", "they are the last ones")]
        assert con.execute("SELECT count(*) FROM image WHERE deleted_at IS NULL").fetchall() == [(2,)]


def test_what_was_agreed_to_is_written_beside_each_line_and_not_asked_again(
    quick_context: ExecutionContext, work: Made
) -> None:
    """The log says who agreed and why; a run that was cut short goes on without asking again."""
    lifecycle.apply(work(_images("ab")), quick_context)
    batch = work(_deletes("ab"))
    quick_context = ExecutionContext(
        quick_context.warehouse, quick_context.cloud, quick_context.clock, approval=Approval("ann", "old")
    )
    lifecycle.apply(batch, quick_context)
    with quick_context.warehouse.reading() as con:
        rows = con.execute("SELECT approved_by, approval_reason FROM action_log WHERE batch_id = ?", [batch.batch_id])
        assert rows.fetchall() == [("ann", "old")] * 2
    assert question(batch, quick_context, "because") is None


@pytest.mark.parametrize("action", ["share_image", "import_image"])
def test_what_can_be_undone_is_never_planned_for_approval(
    action: str, quick_context: ExecutionContext, work: Made
) -> None:
    """A batch without anything irreversible does not even cost a plan."""
    steps = [IMPORT | {"name": "a"}] if action == "import_image" else []
    steps += [{"action": "share_image", "image": "a", "tenants": ["umbrella"]}] if action == "share_image" else []
    with numbers(approve_servers=0):
        assert question(work(steps), quick_context) is None
