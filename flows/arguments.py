"""What people give with a batch, as arguments of a command or parameters of a flow, checked before anything is read."""

from pydantic import ValidationError

from domain import profiles
from domain.actions import MODELS, Head
from domain.batch import Flaw, flawed, worded


def head_of(kind: str | None = None, **given: str | None) -> Head:
    """The head of a batch from arguments, checked by the same model as the top of a batch file.

    Args:
        kind: the action of a CSV or Parquet file, which is checked too.
        given: ``actor``, ``region``, ``profile`` and ``batch_id``; None is not given.

    Raises:
        BatchError: if one is not as it must be; each is named as it is typed, such as ``--region``.
    """
    flaws = []
    if kind is not None and kind not in MODELS:
        flaws.append(Flaw(None, "--kind", f"there is no action '{kind}'; there are {', '.join(MODELS)}"))
    try:
        head = Head.model_validate({name: said for name, said in given.items() if said is not None})
    except ValidationError as error:
        flaws += [Flaw(None, option(str(one["loc"][0])), worded(one)) for one in error.errors()]
    else:
        if head.profile not in profiles.names():
            known = ", ".join(profiles.names())
            flaws.append(Flaw(None, "--profile", f"there is no profile '{head.profile}'; there are {known}"))
        if not flaws:
            return head
    raise flawed("", flaws)


def option(name: str) -> str:
    """An argument as it is typed."""
    return f"--{name.replace('_', '-')}"
