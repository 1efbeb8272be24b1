"""The rules, a module an action: a tuple of ``Forbid``, nothing else."""

from collections.abc import Sequence
from importlib import import_module

from domain.actions import MODELS
from domain.policy.engine import Forbid


def rules_of(action: str) -> Sequence[Forbid]:
    """The rules of an action.

    Raises:
        ModuleNotFoundError: if nobody wrote rules for it.
    """
    rules: Sequence[Forbid] = import_module(f"domain.policy.rules.{action}").RULES
    return rules


def every_rule() -> dict[str, Sequence[Forbid]]:
    """All rules, by action."""
    return {action: rules_of(action) for action in MODELS}
