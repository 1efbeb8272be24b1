"""The rules, a module an action: a tuple of ``Rule``, nothing else.

What a rule may ask about are the columns of ``data/lifecycle/sql/facts/<action>.sql``: a row a request, or a row a
tenant where a request has several. A fact that is not known is NULL, and NULL denies. ``<thing>_matches`` says how many
things the request's words could mean; 0 is none that the actor may see.
"""

from collections.abc import Sequence
from importlib import import_module

from domain.actions import MODELS
from domain.policy.engine import Rule


def rules_of(action: str) -> Sequence[Rule]:
    """The rules of an action.

    Raises:
        ModuleNotFoundError: if nobody wrote rules for it.
    """
    rules: Sequence[Rule] = import_module(f"domain.policy.rules.{action}").RULES
    return rules


def every_rule() -> dict[str, Sequence[Rule]]:
    """All rules, by action."""
    return {action: rules_of(action) for action in MODELS}
