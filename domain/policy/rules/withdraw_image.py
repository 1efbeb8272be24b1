"""Rules of taking an offer off the shelf."""

from domain.policy.rules.offer import OWN

RULES = OWN
