"""Rules of marking an image as superseded."""

from domain.policy.rules.image import USABLE, USAGE_UNKNOWN, only_the_owner

RULES = (*USABLE, only_the_owner("deprecate.not-owner", "deprecates it"), USAGE_UNKNOWN)
