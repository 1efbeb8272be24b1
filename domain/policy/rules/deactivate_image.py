"""Rules of making an image unusable."""

from domain.policy.rules.image import USABLE, only_the_owner

RULES = (*USABLE, only_the_owner("deactivate.not-owner", "deactivates it"))
