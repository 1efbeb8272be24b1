"""Rules of deactivating an image."""

from domain.policy.rules.image import USABLE, only_the_owner

RULES = (*USABLE, only_the_owner("deactivate.not-owner", "can deactivate it"))
