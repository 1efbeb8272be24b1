"""The retention policy's words: what is one, what is none, and what a name's family is."""

import re
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from domain.retention import FAMILY, RetentionPolicy, problems

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
