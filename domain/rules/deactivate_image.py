"""Rules of making an image unusable."""

from domain.rules.image import USABLE, only_the_owner

RULES = (*USABLE, only_the_owner("deactivate.not-owner", "deactivates it"))
