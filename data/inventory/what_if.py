"""What-if: apply the rules of the policy to every image and server, as if its owner requested each action now.

``facts/<action>.sql`` (and ``counts/<action>.sql`` for rules with ``counts``) gathers the facts, one row for each image
or server. The engine that judges requests judges these rows under two sets of numbers: ``now`` and ``then``. A report
that needs this lists the actions in its about.yaml (``judges``), and reads the result from these temporary tables:

- ``number_asked``: one row for each number of the policy: ``name``, ``value_now``, ``value_then``, ``since``,
  ``source``.
- ``ruled``: one row for each action and rule: ``rule_id``, ``source``, how many images or servers were judged
  (``things``), how many of them are allowed (``allowed_now``, ``allowed_then``), and how many this rule denies
  (``objects_now``, ``objects_then``, ``newly``, ``no_longer``).
- ``spoken``: the denials in words: ``action``, ``rule_id``, ``thing_id``, ``change`` (``newly`` or ``no longer``;
  ``now`` if no number changes), ``place`` (the order by name), ``because``, ``remedy``. It has the first ``top`` rows
  for each rule and change. It is empty for a report without the parameter ``top``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from data.warehouse.pipeline import optional_step, rows, run, step
from domain.policy import profiles, verdicts
from domain.policy.engine import Limit, Policy
from domain.policy.rules import rules_of

SQL = "inventory/sql/what_if"

FACTS: Mapping[str, tuple[str, ...]] = {
    "share_image": ("shareable", "share_image"),
    "copy_image": ("copy_image",),
    "import_image": ("later", "import_image"),
    "change_os": ("reinstalled", "change_os"),
    "capture_server": ("capture_server",),
}
"""By action: the steps of ``what_if/facts``, in order; the last one creates ``fact``."""

ACTIONS = tuple(FACTS)
"""The actions that what-if judges: those with rules that use numbers or switches of a profile."""

TABLES = ("number_asked", "ruled", "spoken", "bit")
"""The tables that ``prepare`` creates empty and then fills; ``what_if/tables/<name>.sql``."""

PARAMETERS = frozenset({"as_of", "region", "tenant", "top", "profile", "other_profile", "limit", "action"})
"""The parameters of a report that ``prepare`` reads."""


def prepare(con: duckdb.DuckDBPyConnection, actions: Sequence[str], values: Mapping[str, Any]) -> None:
    """Judge all images and servers, and create the temporary tables with the result.

    Args:
        con: a connection to the warehouse; read-only is enough.
        actions: the actions to judge.
        values: the parameters of the report. ``profile`` gives the numbers for ``now``. ``other_profile`` (None: the
            same profile) gives those for ``then``, except the ones that ``limit`` sets (such as ``share_tenants=64``).
            ``action`` selects one action. The others are ``as_of``, ``region``, ``tenant`` and ``top``.

    Raises:
        ValueError: if a profile or number does not exist, or a number has an invalid value.
    """
    now = profiles.limits(values["profile"])
    then = None
    if "other_profile" in values:
        others = profiles.limits(values["other_profile"] or values["profile"])
        then = profiles.with_values(others, values["limit"] or "", since=values["as_of"].date())
    for name in ("as_of", "region", "tenant"):
        con.execute(f"SET VARIABLE {name} = $1", [values.get(name)])
    run(con, *(step(f"{SQL}/tables/{name}") for name in TABLES))
    numbers = [_row(now[name], (then or now)[name]) for name in now]
    con.executemany("INSERT INTO number_asked VALUES (?, ?, ?, ?, ?)", numbers)
    for action in actions:
        if values.get("action") in (None, action):
            _judge(con, action, now, then, values)


def _judge(
    con: duckdb.DuckDBPyConnection,
    action: str,
    now: Mapping[str, Limit],
    then: Mapping[str, Limit] | None,
    values: Mapping[str, Any],
) -> None:
    run(con, *(step(f"{SQL}/facts/{name}") for name in FACTS[action]))
    counts = optional_step(f"{SQL}/counts/{action}")
    policies = {"now": Policy(rules_of(action), now), "then": Policy(rules_of(action), then or now)}
    for side, policy in policies.items():
        if side == "now" or then is not None:
            policy.judge(con, None if counts is None else counts.query)
        verdicts.copy(con, f"verdict_{side}")
    rules = [[rule.id, 1 << index, rule.source] for index, rule in enumerate(rules_of(action))]
    con.execute("DELETE FROM bit")
    con.executemany("INSERT INTO bit VALUES (?, ?, ?)", rules)
    run(con, step(f"{SQL}/count"), action=action)
    if "top" in values:
        counted = rows(con, f"{SQL}/counted", action=action)[0]
        objections = dict(zip(("now", "newly", "no longer"), counted, strict=True))
        changes = {"now": "now"} if then is None else {"newly": "then", "no longer": "now"}
        for change, side in changes.items():
            if objections[change]:
                _speak(con, policies[side], {"action": action, "change": change, "top": values["top"]})


def _speak(con: duckdb.DuckDBPyConnection, policy: Policy, values: Mapping[str, Any]) -> None:
    run(con, step(f"{SQL}/chosen"), **values)
    verdicts.replace(con, "SELECT row, bit_or(bit) AS objections FROM chosen GROUP BY row")
    policy.explain(con)
    run(con, step(f"{SQL}/speak"), **values)


def _row(now: Limit, then: Limit) -> list[object]:
    """Return a row of ``number_asked``: a number now and then, with the date and source of the latter."""
    return [now.name, str(now.value).lower(), str(then.value).lower(), then.since, then.source]
