"""Checks of the arguments of commands and the parameters of flows, before anything is read."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError

from domain.actions import MODELS, Head, Strict
from domain.batch import MOST_SHOWN, Flaw, flawed, worded
from domain.policy import profiles
from domain.vocabulary import PLAIN, Reference, Region, Tenant

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024, pattern=PLAIN)]
PATH: TypeAdapter[str] = TypeAdapter(Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=PLAIN)])


class Arguments(Strict):
    """The arguments of reports, invoices and approvals."""

    region: Region | None = None
    tenant: Tenant | None = None
    image: Reference | None = None
    offer: Reference | None = None
    as_of: Words | None = None
    amount: Words | None = None
    limit: Words | None = None
    profile: Words | None = None
    other_profile: Words | None = None
    approve: Words | None = None


def head_of(kind: str | None = None, **given: str | None) -> Head:
    """Return the head of a batch from arguments, checked by the same model as the top of a batch file.

    Args:
        kind: the action of a CSV or Parquet file, which is checked as well.
        given: ``actor``, ``region``, ``profile`` and ``batch_id``; None for one that was not given.

    Raises:
        BatchError: if an argument is not valid; the message names it as it is typed, such as ``--region``.
    """
    flaws = []
    if kind is not None and kind not in MODELS:
        flaws.append(Flaw(None, "--kind", f"there is no action '{kind}'; there are {', '.join(MODELS)}"))
    try:
        head = Head.model_validate({name: values for name, values in given.items() if values is not None})
    except ValidationError as error:
        flaws += [Flaw(None, option(str(one["loc"][0])), worded(one)) for one in error.errors()]
    else:
        if head.profile not in profiles.names():
            known = ", ".join(profiles.names())
            flaws.append(Flaw(None, "--profile", f"there is no profile '{head.profile}'; there are {known}"))
        if not flaws:
            return head
    raise flawed("", flaws)


def checked_arguments(**given: str | None) -> dict[str, Any]:
    """Return the arguments that were given, checked by the model ``Arguments``.

    Raises:
        BatchError: if an argument is not valid; the message names it as it is typed, such as ``--tenant``.
    """
    try:
        values = Arguments.model_validate(given).model_dump(exclude_none=True)
    except ValidationError as error:
        raise flawed("", [Flaw(None, option(str(one["loc"][0])), worded(one)) for one in error.errors()]) from None
    known = ", ".join(profiles.names())
    unknown = [name for name in ("profile", "other_profile") if name in values and values[name] not in profiles.names()]
    if unknown:
        flaws = [Flaw(None, option(one), f"there is no profile '{values[one]}'; there are {known}") for one in unknown]
        raise flawed("", flaws)
    return values


def path_named(path: str, argument: str = "") -> Path:
    """Return a path from text that is safe to record, to show and to pass to DuckDB.

    Raises:
        BatchError: if it is empty, too long, not UTF-8, or has control characters; the message names the ``argument``.
    """
    try:
        return Path(PATH.validate_python(path))
    except ValidationError:
        what = "a path is 1 to 4096 characters of UTF-8, none of which is a control character"
        shown = path[:MOST_SHOWN]
        raise flawed("", [Flaw(None, argument or shown, f"{what}, not '{shown}'" if argument else what)]) from None


def option(name: str) -> str:
    """Return an argument as it is typed."""
    return f"--{name.replace('_', '-')}"
