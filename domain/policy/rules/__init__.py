"""The rules, a module an action: a tuple of ``Rule``, nothing else."""

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
