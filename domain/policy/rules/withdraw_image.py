"""Rules of withdrawing an offer."""

from domain.policy.rules.offer import OWN

RULES = OWN
