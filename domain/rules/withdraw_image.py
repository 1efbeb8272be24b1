"""Rules of taking an offer off the shelf."""

from domain.rules.offer import OWN

RULES = OWN
