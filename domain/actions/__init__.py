"""The actions: one pydantic model each, with all facts about the action, and batches of them.

``action`` has what all models share, ``fields`` their field types, and ``effects`` the values with which they say what
an action changes. ``images``, ``sharing``, ``servers`` and ``cost`` have the models of an area each. ``catalog`` lists
them all; ``batches`` puts them together. Of our own modules, these import ``domain.vocabulary`` and ``domain.pricing``
only.
"""

from domain.actions.action import ActionBase, FileAccess, Strict
from domain.actions.batches import Batch, Head
from domain.actions.catalog import ACTION, IRREVERSIBLE, MODELS, READING, WRITING, Action
from domain.actions.fields import YEARS, Moment, Tag
from domain.actions.images import DeleteImage, DeprecateImage

__all__ = [
    "ACTION",
    "IRREVERSIBLE",
    "MODELS",
    "READING",
    "WRITING",
    "YEARS",
    "Action",
    "ActionBase",
    "Batch",
    "DeleteImage",
    "DeprecateImage",
    "FileAccess",
    "Head",
    "Moment",
    "Strict",
    "Tag",
]
