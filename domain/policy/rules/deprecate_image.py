"""Rules of deprecating an image."""

from domain.policy.rules.image import USABLE, USAGE_UNKNOWN, only_the_owner

RULES = (*USABLE, only_the_owner("deprecate.not-owner", "can deprecate it"), USAGE_UNKNOWN)
