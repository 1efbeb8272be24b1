"""Rules of stopping a share. Only the ownership of the image is checked, so that nothing else can prevent it."""

from domain.policy.rules.image import FOUND, only_the_owner

RULES = (*FOUND, only_the_owner("unshare.not-owner", "can stop sharing it; a recipient can reject the share"))
