"""What actions do to an image's status keeps to the state table."""

import duckdb
import pytest

from domain.image import TRANSITIONS
from domain.policy import profiles
from domain.policy.engine import Policy
from domain.policy.rules import rules_of
from domain.vocabulary import ImageStatus

BECOMES = {
    "deactivate_image": ImageStatus.DEACTIVATED,
    "reactivate_image": ImageStatus.ACTIVE,
    "delete_image": ImageStatus.DELETED,
}


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
