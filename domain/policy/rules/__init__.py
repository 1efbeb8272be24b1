"""The rules: one module for each action, with a tuple of ``Rule``.

The facts that a rule can use are the columns of ``data/lifecycle/sql/facts/<action>.sql``: one row for each request, or
one for each tenant of a request with several. An unknown fact is NULL, and NULL denies. ``<thing>_matches`` is the
number of things that a reference matches; 0 means none that the actor can see.
"""

from collections.abc import Sequence
from importlib import import_module

from domain.actions import MODELS
from domain.policy.engine import Rule


def rules_of(action: str) -> Sequence[Rule]:
    """Return the rules of an action.

    Raises:
        ModuleNotFoundError: if the action has no module of rules.
    """
    rules: Sequence[Rule] = import_module(f"domain.policy.rules.{action}").RULES
    return rules


def every_rule() -> dict[str, Sequence[Rule]]:
    """Return all rules, by action."""
    return {action: rules_of(action) for action in MODELS}
