"""What actions do to an image's status keeps to the state table."""

import duckdb
import pytest

from domain.actions import MODELS
from domain.actions.effects import Change
from domain.policy import profiles
from domain.policy.engine import Policy
from domain.policy.rules import rules_of
from domain.vocabulary import ImageStatus

S = ImageStatus
TRANSITIONS: dict[ImageStatus, set[ImageStatus]] = {
    S.QUEUED: {S.SAVING, S.IMPORTING, S.ACTIVE, S.DELETED},
    S.SAVING: {S.ACTIVE, S.KILLED, S.DELETED, S.QUEUED},
    S.IMPORTING: {S.ACTIVE, S.DELETED, S.QUEUED},
    S.ACTIVE: {S.PENDING_DELETE, S.DELETED, S.DEACTIVATED},
    S.KILLED: {S.DELETED},
    S.PENDING_DELETE: {S.DELETED, S.ACTIVE},
    S.DEACTIVATED: {S.ACTIVE, S.DELETED},
    S.DELETED: set(),
}
"""Where a status may lead (Glance, ``valid_state_targets``, without its ``uploading``)."""

BECOMES = {
    name: ImageStatus(model.changes.values.get("status", S.DELETED))
    for name, model in MODELS.items()
    if model.changes is not None
    and (model.changes.change is Change.IMAGE_VANISHED or (model.area == "images" and "status" in model.changes.values))
}
"""The status that an image has after each action that changes it, as the models say."""


def test_the_table_covers_every_status() -> None:
    """Deleted is the end; and three actions change the status."""
    assert set(TRANSITIONS) == set(ImageStatus)
    assert all(S.DELETED in to for status, to in TRANSITIONS.items() if status != S.DELETED)
    assert set(BECOMES) >= {"deactivate_image", "reactivate_image", "delete_image"}


@pytest.mark.parametrize("status", ImageStatus)
@pytest.mark.parametrize("action", BECOMES)
def test_no_action_leads_where_the_table_does_not(action: str, status: ImageStatus) -> None:
    """Whoever owns an image in some status may only do to it what the table lets that status become."""
    seen = 0 if status is ImageStatus.DELETED else 1  # a deleted image is not seen by anybody
    with duckdb.connect() as con:
        con.execute(
            "CREATE TEMP TABLE fact AS SELECT 1 AS row, 'acme' AS actor, 'eu-west-0' AS region, 'web' AS image,"
            f" {seen} AS image_matches, 'web' AS image_name, 'acme' AS image_owner, 'eu-west-0' AS image_region,"
            f" 'private' AS visibility, '{status}' AS status, 'system_disk' AS image_type,"
            " FALSE AS published, FALSE AS protected,"
            " 'local' AS image_cloud, TRUE AS usage_complete, FALSE AS by_retention"
        )
        policy = Policy(rules_of(action), profiles.limits("seed"))
        policy.judge(con)
        (verdict,) = policy.verdicts(con)
    assert not verdict.allowed or BECOMES[action] in TRANSITIONS[status]
