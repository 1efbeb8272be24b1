"""Rules of creating an image from an EVS disk."""

from domain.policy.rules.image import NAME_TAKEN
from domain.policy.rules.server import unknown

RULES = (*unknown("volume"), NAME_TAKEN)
