"""The page of all rules and of the numbers of all profiles, from domain.policy.rules and domain/profiles."""

from collections.abc import Mapping
from itertools import groupby

from domain.policy import profiles
from domain.policy.denials import DENIALS
from domain.policy.engine import Rule
from domain.policy.rules import every_rule
from support.reference.markdown import code, document, prose, section, table


def page() -> str:
    """The page: a section per rule, the denials without a rule, and the profiles."""
    found: dict[str, tuple[Rule, list[str]]] = {}
    for action, rules in every_rule().items():
        for rule in rules:
            found.setdefault(rule.id, (rule, []))[1].append(action)
    sections = [
        section(group, *(_rule(*found[rule]) for rule in ids))
        for group, ids in groupby(sorted(found), key=lambda rule: rule.partition(".")[0])
    ]
    return document(
        "Rules",
        "domain/policy",
        "Every reason why a request can be denied. A rule denies a request when its condition, a DuckDB predicate over"
        " the facts of the request, is true or unknown (NULL). `$name` is a number or a switch of the profile, `{name}`"
        " a fact. `imagekeeper explain RULE_ID` prints the same.",
        [
            *sections,
            section(
                "Denials without a rule",
                *(
                    section(
                        code(one.id), _list({"When": one.when, "Remedy": one.remedy, "Source": one.source}), level=3
                    )
                    for one in DENIALS.values()
                ),
            ),
            section(
                "Profiles",
                "A batch names its profile in `profile`; the default is `seed`, the founding document. An empty cell"
                " means that the profile uses the value of `seed`.",
                _profiles(),
            ),
        ],
    )


def _rule(rule: Rule, actions: list[str]) -> str:
    remedies = [rule.remedy] if isinstance(rule.remedy, str) else list(rule.remedy.values())
    actions_linked = ", ".join(f"[{code(action)}](actions.md#{action})" for action in actions)
    told = {"Reason": rule.because, "Remedy": " / ".join(remedies), "Source": rule.source}
    condition = f"- Actions: {actions_linked}\n- Condition: {code(rule.when)}\n"
    return section(code(rule.id), condition + _list(told), level=3)


def _list(told: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {prose(text)}" for name, text in told.items())


def _profiles() -> str:
    names = sorted(profiles.names(), key=lambda name: (name != "seed", name))
    numbers = {name: profiles.limits(name) for name in names}
    rows = [
        (
            code(limit),
            code(_value(numbers["seed"][limit].value)),
            *(
                code(_value(numbers[name][limit].value)) if numbers[name][limit] != numbers["seed"][limit] else ""
                for name in names[1:]
            ),
            prose(numbers["seed"][limit].source),
        )
        for limit in numbers["seed"]
    ]
    return table(("name", *(code(name) for name in names), "source of `seed`"), rows)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
