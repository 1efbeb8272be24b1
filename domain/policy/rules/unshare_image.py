"""Rules of stopping a share: whose image it is, and nothing else may get in the way."""

from domain.policy.rules.image import FOUND, only_the_owner

RULES = (*FOUND, only_the_owner("unshare.not-owner", "stops sharing it; a recipient rejects the share"))
