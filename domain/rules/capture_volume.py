"""Rules of making an image of an EVS disk."""

from domain.rules.image import NAME_TAKEN
from domain.rules.server import unknown

RULES = (*unknown("volume"), NAME_TAKEN)
