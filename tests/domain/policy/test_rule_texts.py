"""What every rule must have, and that its words and its condition fit the facts it is asked about."""

import re
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from domain.actions import MODELS
from domain.policy import profiles
from domain.policy.engine import Policy, Rule
from domain.policy.rules import every_rule, rules_of
from support.fact_columns import counted_columns, fact_columns
from support.worlds.neighbourhood import HERE, THERE, Step, acme, by, disk

Lines = list[dict[str, Any]]
EACH = [
    pytest.param(action, rule, id=f"{action}: {rule.id}") for action, rules in every_rule().items() for rule in rules
]
OF_THE_FOUNDING_DOCUMENT = [
    "share.not-private",
    "share.published",
    "share.other-region",
    "share.tenant-limit",
    "share.encrypted",
    "share.full-ecs-not-cbr",
    "share.not-owner",
    "image.unknown",
    "image.not-active",
    "launch.not-bootable",
    "launch.wrong-target",
    "volume.not-data-disk",
    "change-os.not-available",
    "publish.encrypted",
    "publish.shared",
    "publish.not-system-disk",
    "publish.not-private",
    "delete.not-owner",
    "delete.protected",
    "delete.published",
    "delete.public",
]


def test_the_ids_of_the_founding_document_are_there() -> None:
    """The rules that the founding document states have the ids that people look for."""
    assert set(OF_THE_FOUNDING_DOCUMENT) <= {rule.id for rules in every_rule().values() for rule in rules}


def test_every_action_has_rules() -> None:
    """An action nobody thought about must not pass: each has rules, and a policy without rules refuses to judge."""
    assert all(rules_of(action) for action in MODELS)
    with duckdb.connect() as con, pytest.raises(ValueError, match="cannot be judged"):
        Policy(()).judge(con)


def test_an_id_means_one_rule() -> None:
    """Where actions share a rule's id they share the rule, to the letter; and no action has it twice."""
    meaning: dict[str, Rule] = {}
    for rules in every_rule().values():
        assert len({rule.id for rule in rules}) == len(rules)
        for rule in rules:
            assert meaning.setdefault(rule.id, rule) == rule


@pytest.mark.parametrize(("action", "rule"), EACH)
def test_a_rule_says_why_what_else_and_who_says_so(action: str, rule: Rule) -> None:
    """Reason, way out and source are there, and the facts and numbers named in them exist."""
    remedies = [rule.remedy] if isinstance(rule.remedy, str) else list(rule.remedy.values())
    assert re.fullmatch(r"[a-z-]+\.[a-z0-9-]+", rule.id)
    assert all((rule.because, rule.source, *remedies))
    for text in (rule.because, *remedies):
        assert set(re.findall(r"\{(\w+)\}", text)) <= fact_columns(action).keys()
        assert set(re.findall(r"\$(\w+)", text)) <= set(profiles.limits("seed"))
    assert isinstance(rule.remedy, str) == (not rule.remedy_by)


@pytest.mark.parametrize("profile", profiles.names())
def test_a_profile_has_every_number_the_rules_ask_for(profile: str) -> None:
    """Each ``$name`` of a condition is a number or switch of each profile, with its date and its source."""
    limits = profiles.limits(profile)
    asked = {name for rules in every_rule().values() for rule in rules for name in re.findall(r"\$(\w+)", rule.when)}
    assert asked <= set(limits)
    assert all(limit.source and limit.since for limit in limits.values())


@pytest.mark.parametrize("action", MODELS)
def test_a_condition_is_true_or_false_of_the_facts(action: str) -> None:
    """It binds against a table of exactly the action's facts, and is a BOOLEAN: DuckDB would take a number as well."""
    columns = ", ".join(f"{name} {kind}" for name, kind in fact_columns(action).items())
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE fact ({columns})")
        for profile in profiles.names():
            policy = Policy(rules_of(action), profiles.limits(profile))
            query = f"SELECT {', '.join(f'({rule.when})' for rule in policy.rules)} FROM fact"
            said = con.sql(query, params=policy.values_for(query)).types
            assert {str(kind) for kind in said} == {"BOOLEAN"}


def test_only_rules_that_count_ask_for_what_is_counted() -> None:
    """Counted facts depend on the verdicts of the other rules: those cannot ask for them."""
    for action, rules in every_rule().items():
        counted = set(counted_columns(action))
        for rule in rules:
            assert rule.counts == bool(counted & set(re.findall(r"\w+", rule.when)))


@pytest.mark.parametrize(
    ("image", "way_out"),
    [
        ("server", "make a private image of it with capture_server"),
        ("system.qcow2", "import it, so that it is registered as a private image"),
        ("far", f"'far' is in {THERE}: copy it to {HERE}, and use the copy"),
        ("strangers", "have it shared with acme first"),
    ],
)
def test_there_are_four_ways_to_make_an_image_available(
    applied: Callable[..., Lines], image: str, way_out: str
) -> None:
    """Whose server, file, image elsewhere, or another account's image it is, the way out fits (Private Image)."""
    steps: list[Step] = [
        disk("web"),
        disk("far", region=THERE),
        disk("strangers", actor="umbrella"),
        acme("launch_server", image="web", name="server", flavor="s3.large.2"),
        acme("change_os", server="server", image=image),
    ]
    line = applied(steps)[-1]
    assert way_out in line["remedy"][line["denied_by"].index("change-os.not-available")]


def test_a_denial_names_the_facts(applied: Callable[..., Lines]) -> None:
    """Reasons and ways out have the names, regions and tenants of the request filled in, and stand in one order."""
    line = applied([disk("web", kms_key="k1"), acme("share_image", image="web", tenants=["initech"], region=THERE)])[-1]
    assert line["denied_by"] == ["share.other-region", "share.encrypted"]
    assert line["because"] == [
        f"image 'web' is in {HERE}, initech is to use it in {THERE}",
        "image 'web' is encrypted",
    ]
    assert line["remedy"][0] == f"copy the image to {THERE}, then share the copy there"


def test_a_stranger_is_told_nothing(applied: Callable[..., Lines]) -> None:
    """Of an image that is not there and of one that may not be seen the answer is the same, word for word."""
    lines = applied(
        [disk("hidden", kms_key="k1")]
        + [
            by("umbrella", "share_image", image=name, tenants=["initech"], region=THERE)
            for name in ("hidden", "absent")
        ]
    )
    said = [str([line[part] for part in ("denied_by", "because", "remedy")]) for line in lines[1:]]
    assert said[0].replace("hidden", "absent") == said[1]
    assert lines[1]["denied_by"] == ["image.unknown"]
