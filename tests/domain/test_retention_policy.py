"""The retention policy's words: what is one, what is none, and what a name's family is."""

import re
from datetime import date
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from domain.retention import FAMILY, RetentionPolicy, is_sweep_id, problems, sweep_id

RULE = {"name": "old", "older_than_days": 30}
POLICY = {"most": 50, "notice_days": 14, "rules": [RULE]}

FAMILIES = {
    "web": "web",
    "web-base": "web-base",
    "web-1.2.3": "web",
    "web v2": "web",
    "web_17": "web",
    "web-2026-11-20": "web",
    "web-20261120": "web",
    "web-20261120-0300": "web",
    "web-20261120T030000Z": "web",
    "web.2026.11.20": "web",
    "ubuntu-22.04-2026-11-20": "ubuntu-22.04",
    "ubuntu-22.04-20261120": "ubuntu-22.04",
    "ubuntu-22.04": "ubuntu",
    "web-1.2-rc1": "web-1.2-rc1",
    "web2": "web2",
    "2026": "2026",
}


def test_a_rule_needs_no_more_than_one_condition() -> None:
    """All else may be left out; the rules of the founding document judge the actions then."""
    policy = RetentionPolicy.model_validate(POLICY)
    assert policy.profile == "seed"
    assert list(problems(policy)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        POLICY | {"most": 0},
        POLICY | {"most": True},
        POLICY | {"most": 1.0},
        POLICY | {"notice_days": 0},
        POLICY | {"notice_days": "14"},
        POLICY | {"rules": []},
        POLICY | {"rule": []},
        {"rules": [RULE]},
        POLICY | {"rules": [{"name": "all"}]},
        POLICY | {"rules": [{"name": "all", "owner": "acme", "tag": "nightly"}]},
        POLICY | {"rules": [{"older_than_days": 30}]},
        POLICY | {"rules": [RULE | {"keep_last": 0}]},
        POLICY | {"rules": [RULE | {"unused_days": -1}]},
        POLICY | {"rules": [RULE | {"unused_days": 10**9}]},
        POLICY | {"rules": [RULE | {"image_name": "web[0-9]"}]},
        POLICY | {"rules": [RULE | {"image_type": "floppy"}]},
    ],
)
def test_what_is_no_policy(wrong: dict[str, Any]) -> None:
    """Numbers are whole, from 1 on, and no word or switch; a rule with no condition would take everything."""
    with pytest.raises(ValidationError):
        RetentionPolicy.model_validate(wrong)


def test_rules_have_names_of_their_own_and_a_profile_that_there_is() -> None:
    """Both are said with their place."""
    policy = RetentionPolicy.model_validate(POLICY | {"rules": [RULE, RULE], "profile": "sead"})
    assert [problem.where for problem in problems(policy)] == [("profile",), ("rules", 1, "name")]


@pytest.mark.parametrize(("name", "family"), FAMILIES.items())
def test_a_family_is_a_name_without_its_version_or_date(name: str, family: str) -> None:
    """One date or version is taken off, and only after a separator; the warehouse and Python agree."""
    assert re.sub(FAMILY, "", name) == family
    assert duckdb.execute("SELECT regexp_replace(?, ?, '')", [name, FAMILY]).fetchall() == [(family,)]


@pytest.mark.parametrize(
    ("batch_id", "is_one"),
    [
        (sweep_id(date(2026, 6, 1), "0123456789abcdef0123456789abcdef"), True),
        ("retention-2026-11-30-0123456789ab", True),
        ("retention-2026-11-30-0123456789abc", False),
        ("retention-2026-11-30-0123456789AB", False),
        ("retention-2026-11-30-0123456789ab\n", False),
        ("a-retention-2026-11-30-0123456789ab", False),
        ("0123456789abcdef0123456789abcdef", False),
        ("", False),
    ],
)
def test_a_sweep_is_known_by_the_id_of_its_batch(batch_id: str, is_one: bool) -> None:  # noqa: FBT001 - a parameter
    """The id that a sweep gets is one that is recognised later; no other id is."""
    assert is_sweep_id(batch_id) is is_one


def test_the_id_of_a_sweep_stays_as_it_was() -> None:
    """Batches that earlier versions began are found by it: the day it was due and the first 12 digits of a hash."""
    assert sweep_id(date(2026, 6, 1), "0123456789abcdef") == "retention-2026-06-01-0123456789ab"
