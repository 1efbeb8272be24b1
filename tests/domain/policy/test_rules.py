"""Every rule, at its boundary: what it denies, and what it just does not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import examples_of_files
import examples_of_seeing
import examples_of_selling
import examples_of_servers
import examples_of_sharing
import pytest

from domain.actions import Batch
from domain.policy.rules import every_rule
from flows.lifecycle.planning import plan
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, apply
from support.fakes import BEGINNING, Clock, FakeCloud, StandingWarehouse, numbers
from support.worlds.neighbourhood import MORE_FILES, NEIGHBOURHOOD, Example, Step, acme, disk

Lines = list[dict[str, Any]]
EXAMPLES: tuple[Example, ...] = (
    *examples_of_seeing.EXAMPLES,
    *examples_of_sharing.EXAMPLES,
    *examples_of_selling.EXAMPLES,
    *examples_of_files.EXAMPLES,
    *examples_of_servers.EXAMPLES,
)
TENANTS = [f"tenant-{number}" for number in range(1, 131)]


@pytest.fixture(scope="module")
def neighbours() -> Iterator[ExecutionContext]:
    """A context of the neighbourhood, an hour after it was made."""
    warehouse, clock = StandingWarehouse(), Clock()
    context = ExecutionContext(warehouse, FakeCloud(MORE_FILES), clock)
    batch = Batch.model_validate({"batch_id": "neighbourhood", "actions": NEIGHBOURHOOD})
    assert apply(ActionBatch(batch, "test", Path("/nowhere")), context).exit_code == 0
    with warehouse.writing() as con:  # real clouds have flavors with disks, the embedded one none
        sizes = [("s9.nine", 9), ("s9.ten", 10)]
        con.executemany("INSERT INTO flavor VALUES (?, 'ecs', 1, 8192, 'local', ?)", sizes)
        for cloud in ("openstack", "a cloud of tomorrow"):  # and images whose users are not all known
            con.execute(
                "INSERT INTO image SELECT * REPLACE ($1 AS image_id, $1 AS name, $2 AS cloud) FROM image"
                " WHERE name = 'plain'",
                [f"plain on {cloud}", cloud],
            )
    clock.pass_by(hours=1)
    yield context
    warehouse.close()


def planned(
    context: ExecutionContext, step: Step, profile: str, cloud: str = "local", batch_id: str | None = None
) -> tuple[str, ...]:
    """Which rules object to a step under a profile, on a cloud, in a batch."""
    batch = Batch.model_validate({"profile": profile, "batch_id": batch_id, "actions": [step]})
    there = FakeCloud(MORE_FILES)
    there.name = cloud
    (line,) = plan(ActionBatch(batch, "test", Path("/nowhere")), replace(context, cloud=there))[:1]
    return tuple(line["denied_by"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.rule}: {example.why}")
def test_a_rule_denies_what_it_names_and_nothing_beside_it(neighbours: ExecutionContext, example: Example) -> None:
    """The one step is denied by the rule, with no other but those told; the step beside it is allowed."""
    cloud, profile = example.cloud, example.other_profile or example.profile
    denied_by = planned(neighbours, example.denied, example.profile, cloud, example.batch_id)
    assert set(denied_by) == {example.rule, *example.also}
    assert planned(neighbours, example.allowed, profile, cloud, example.other_batch_id) == ()


@pytest.mark.parametrize("action", ["deprecate_image", "delete_image"])
@pytest.mark.parametrize(
    ("batch_id", "cloud", "denied_by"),
    [
        ("retention-2026-06-01-0123456789ab", "local", ()),
        ("retention-2026-06-01-0123456789ab", "openstack", ("retention.usage-unknown",)),
        ("retention-2026-06-01-0123456789ab", "a cloud of tomorrow", ("retention.usage-unknown",)),
        ("retention-2026-06-01-0123456789abc", "openstack", ()),
        ("my-retention-2026-06-01-0123456789ab", "openstack", ()),
        ("retention", "openstack", ()),
        (None, "openstack", ()),
    ],
)
def test_retention_is_known_by_the_id_of_its_batch(
    neighbours: ExecutionContext, action: str, batch_id: str | None, cloud: str, denied_by: tuple[str, ...]
) -> None:
    """A sweep is denied wherever not all use is known, also on a cloud nobody has said anything of; no one else is."""
    image = "plain" if cloud == "local" else f"plain on {cloud}"
    assert planned(neighbours, acme(action, image=image), "seed", cloud, batch_id) == denied_by


def test_every_rule_has_an_example() -> None:
    """No rule is without a step that it denies, here or, of the tenant limit, below."""
    ids = {rule.id for rules in every_rule().values() for rule in rules}
    assert {example.rule for example in EXAMPLES} == ids - {"share.tenant-limit"}


def denied(lines: Lines) -> list[str]:
    """The tenants that an image was not shared with, for the limit alone."""
    assert all(line["denied_by"] in ([], ["share.tenant-limit"]) for line in lines)
    return [line["tenant"] for line in lines if line["denied_by"]]


def sharing(tenants: list[str], **said: Any) -> Step:
    """Acme shares the image ``web``."""
    return acme("share_image", image="web", tenants=tenants, **said)


def test_the_128th_tenant_is_allowed_and_the_129th_is_not(applied: Callable[..., Lines]) -> None:
    """In one action on 130 tenants, the first 128 get the image (founding document, Shared Image)."""
    lines = applied([disk("web"), sharing(TENANTS)])
    assert denied(lines) == TENANTS[128:]
    (sentence,) = lines[-1]["because"]
    assert "is shared with 128 tenants already" in sentence


@pytest.mark.parametrize("first", [127, 128])
def test_the_limit_holds_across_batches(applied: Callable[..., Lines], first: int) -> None:
    """What was shared before counts: 127 leave room for one, 128 for none."""
    applied([disk("web"), sharing(TENANTS[:first])])
    assert denied(applied([sharing(TENANTS[127:129])])) == TENANTS[128:129]
    assert denied(applied([sharing(TENANTS[first : first + 1])], batch_id="again")) == TENANTS[128:129][: first - 127]


def test_the_limit_holds_across_actions_of_a_batch(applied: Callable[..., Lines]) -> None:
    """Neighbours that share one image are counted together, tenant by tenant, in the order written."""
    lines = applied([disk("web"), *(sharing([tenant]) for tenant in TENANTS)])
    assert denied(lines) == TENANTS[128:]


def test_at_the_limit_a_member_may_be_named_again(applied: Callable[..., Lines]) -> None:
    """Sharing with a tenant that has the image takes no room, before or within the batch."""
    lines = applied([disk("web"), sharing([*TENANTS[:128], *TENANTS[:128], TENANTS[128]]), sharing(TENANTS[:128])])
    assert denied(lines) == [TENANTS[128]]


def test_what_another_rule_denies_takes_no_room(applied: Callable[..., Lines]) -> None:
    """A request that is denied anyway does not count towards the limit of those after it."""
    elsewhere = sharing(TENANTS[:2], region="eu-west-1")
    lines = applied([disk("web"), sharing(["acme", *TENANTS[:64]]), elsewhere, sharing(TENANTS[64:129])])
    assert [line["tenant"] for line in lines if "share.tenant-limit" in line["denied_by"]] == [TENANTS[128]]
    assert {rule for line in lines for rule in line["denied_by"]} == {
        "share.tenant-limit",
        "share.with-oneself",
        "share.other-region",
    }


def test_room_that_is_given_up_can_be_taken(applied: Callable[..., Lines]) -> None:
    """After a tenant loses the image, another one may have it."""
    unshare = acme("unshare_image", image="web", tenants=TENANTS[:1])
    assert (
        denied(applied([disk("web"), sharing(TENANTS[:128]), unshare, sharing(TENANTS[:1] + TENANTS[128:])]))
        == (TENANTS[128:])
    )


@pytest.mark.parametrize(
    ("profile", "most", "most_full_ecs"), [("seed", 128, 128), ("otc", 256, 10), ("huawei", 128, 10)]
)
def test_a_profile_has_its_own_limit(
    applied: Callable[..., Lines], profile: str, most: int, most_full_ecs: int
) -> None:
    """The numbers are the profile's; of a full-ECS image there may be another."""
    steps = [
        disk("web"),
        acme("launch_server", image="web", name="server", flavor="s3.large.2"),
        acme("capture_server", server="server", name="whole", image_type="full_ecs", backup_service="cbr"),
        sharing([f"tenant-{number}" for number in range(most + 1)]),
        acme("share_image", image="whole", tenants=[f"tenant-{number}" for number in range(most_full_ecs + 1)]),
    ]
    assert denied(applied(steps, profile=profile)) == [f"tenant-{most}", f"tenant-{most_full_ecs}"]


def test_a_limit_that_was_lowered_takes_nothing_away(applied: Callable[..., Lines], clock: Clock) -> None:
    """Members beyond a new, smaller limit stay; nobody is added."""
    applied([disk("web"), sharing(TENANTS[:5])])
    clock.now = BEGINNING + timedelta(days=1)
    with numbers(share_tenants=3):
        lines = applied([sharing(TENANTS[:6])])
    assert denied(lines) == TENANTS[5:6]
    assert "is shared with 5 tenants already" in lines[-1]["because"][0]
