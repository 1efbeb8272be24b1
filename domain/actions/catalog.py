"""The list of all actions. Nothing else lists them."""

from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter

from domain.actions.action import ActionBase, FileAccess
from domain.actions.cost import BuyContract, ChangePrice, GrantCredit, PublishImage, WithdrawImage
from domain.actions.effects import Irreversible
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

Action = Annotated[
    ImportImage
    | RegisterPublicImage
    | CaptureServer
    | CaptureVolume
    | BackupServer
    | CaptureBackup
    | CopyImage
    | ShareImage
    | UnshareImage
    | AcceptShare
    | RejectShare
    | PublishImage
    | WithdrawImage
    | ChangePrice
    | BuyContract
    | GrantCredit
    | LaunchServer
    | StopServer
    | StartServer
    | TerminateServer
    | ResizeServer
    | CreateVolume
    | ChangeOs
    | ExportImage
    | UpdateImage
    | DeactivateImage
    | ReactivateImage
    | DeprecateImage
    | DeleteImage,
    Field(discriminator="action"),
]
"""Any action; the field ``action`` is the discriminator."""

MODELS: dict[str, type[ActionBase]] = {
    model.model_fields["action"].default: model for model in get_args(get_args(Action)[0])
}
"""The model of each action, by the name of the action."""

READING = frozenset(name for name, model in MODELS.items() if model.file_access is FileAccess.READ)
"""The actions that read an external file."""

WRITING = frozenset(name for name, model in MODELS.items() if model.file_access is FileAccess.WRITE)
"""The actions that write a file."""

IRREVERSIBLE: dict[str, Irreversible] = {
    name: model.irreversible for name, model in MODELS.items() if model.irreversible is not None
}
"""The irreversible actions, with what a person must approve."""

ACTION: TypeAdapter[Any] = TypeAdapter(Action)
