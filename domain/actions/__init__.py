"""The actions: one pydantic model each, with all facts about the action, and batches of them.

``action`` has what all models share and ``fields`` their field types. ``images``, ``sharing``, ``servers`` and ``cost``
have the models of an area each. ``catalog`` lists them all; ``batches`` puts them together. Of our own modules, these
import ``domain.vocabulary`` and ``domain.pricing`` only.
"""

from domain.actions.action import ActionBase, FileAccess, OnImage, OnOffer, OnServer, Strict
from domain.actions.batches import Batch, Head
from domain.actions.catalog import ACTION, MODELS, READING, WRITING, Action
from domain.actions.cost import BuyContract, ChangePrice, GrantCredit, PublishImage, WithdrawImage
from domain.actions.fields import YEARS, Moment, Tag
from domain.actions.images import (
    CaptureBackup,
    CaptureServer,
    CaptureVolume,
    CopyImage,
    DeactivateImage,
    DeleteImage,
    DeprecateImage,
    ExportImage,
    ImportImage,
    Os,
    ReactivateImage,
    RegisterPublicImage,
    UpdateImage,
)
from domain.actions.servers import (
    BackupServer,
    ChangeOs,
    CreateVolume,
    LaunchServer,
    ResizeServer,
    StartServer,
    StopServer,
    TerminateServer,
)
from domain.actions.sharing import AcceptShare, RejectShare, ShareImage, UnshareImage

__all__ = [
    "ACTION",
    "MODELS",
    "READING",
    "WRITING",
    "YEARS",
    "AcceptShare",
    "Action",
    "ActionBase",
    "BackupServer",
    "Batch",
    "BuyContract",
    "CaptureBackup",
    "CaptureServer",
    "CaptureVolume",
    "ChangeOs",
    "ChangePrice",
    "CopyImage",
    "CreateVolume",
    "DeactivateImage",
    "DeleteImage",
    "DeprecateImage",
    "ExportImage",
    "FileAccess",
    "GrantCredit",
    "Head",
    "ImportImage",
    "LaunchServer",
    "Moment",
    "OnImage",
    "OnOffer",
    "OnServer",
    "Os",
    "PublishImage",
    "ReactivateImage",
    "RegisterPublicImage",
    "RejectShare",
    "ResizeServer",
    "ShareImage",
    "StartServer",
    "StopServer",
    "Strict",
    "Tag",
    "TerminateServer",
    "UnshareImage",
    "UpdateImage",
    "WithdrawImage",
]
