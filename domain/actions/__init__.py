"""The actions: one pydantic model each, with all facts about the action, and batches of them.

``action`` has the base class of all models, ``fields`` their field types, and ``effects`` the values that describe what
an action changes. ``images``, ``sharing``, ``servers`` and ``cost`` each have the models of one area. ``catalog`` lists
all models; ``batches`` has the batch. These modules import only ``domain.vocabulary`` and ``domain.pricing``.
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
