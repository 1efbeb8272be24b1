"""What a command says when it fails, and the exit code that goes with it."""

import traceback
from pathlib import Path

from cyclopts import CycloptsError
from pydantic import ValidationError

from data.access.private_folders import private_folder
from data.billing.invoicing import BillingError
from data.billing.metering_runs import ChecksFailed
from data.warehouse.connection import WarehouseError
from domain.batch import BatchError
from domain.cloud import CloudError
from flows.cli import terminal
from flows.cli.report_commands import NoReport
from flows.server.access import ServerError
from flows.settings import SettingsError, settings

AT_THE_CLOUD = 4
UNEXPECTED = 1
MALFORMED = 2
INTERRUPTED = 130

err = terminal.console(stderr=True)


def report_error(error: BaseException) -> int:
    """Print one clear message about what ended a command; the exit code."""
    match error:
        case KeyboardInterrupt():
            err.print("stopped; apply the same batch again to finish it")
            return INTERRUPTED
        case ValidationError():
            return _say_wrong(_settings_message(error), MALFORMED)
        case CycloptsError() | BatchError() | BillingError() | WarehouseError() | ServerError() | SettingsError():
            return _say_wrong(str(error), MALFORMED)
        case NoReport() | ChecksFailed() | CloudError():
            return _say_wrong(str(error), AT_THE_CLOUD if isinstance(error, CloudError) else UNEXPECTED)
        case OSError():
            return _unusable(error)
        case _:
            # the last resort: a person gets a sentence, the details go to a file
            return _unexpected(error)


def _say_wrong(message: str, code: int) -> int:
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    return code


def _unusable(error: OSError) -> int:
    """Tell of a file or folder that cannot be used, and which setting moves it, where it is one of ours."""
    home = settings().home.absolute()
    named = Path(str(error.filename)) if error.filename else None
    hint = ""
    if named is not None and (named.is_relative_to(home) or home.is_relative_to(named)):
        hint = f"; the home {home} must be a folder that can be written, and IMAGEKEEPER_HOME names another"
    _write_details(error)
    return _say_wrong(f"{named or 'a file'} cannot be used: {error.strerror or error}{hint}", UNEXPECTED)


def _unexpected(error: BaseException) -> int:
    """Tell of an error that nobody thought of. The details are for whoever fixes it."""
    details = _write_details(error)
    where = f" The details are in {details}" if details else ""
    return _say_wrong(
        f"This should not have happened: {type(error).__name__}: {error}\n"
        f"What was recorded so far stays; apply the same batch again to finish it.{where}",
        UNEXPECTED,
    )


def _write_details(error: BaseException) -> Path | None:
    """The file with an error's traceback; None where it cannot be written."""
    details = settings().home.absolute() / "last-error.txt"
    try:
        private_folder(details.parent)
        details.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return details


def _settings_message(error: ValidationError) -> str:
    return "; ".join(f"IMAGEKEEPER_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
