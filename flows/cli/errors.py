"""Turn the error that ended a command into a message and an exit code."""

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
from flows.cli.report_commands import PageError
from flows.server.access import ServerError
from flows.settings import SettingsError, settings

AT_THE_CLOUD = 4
UNEXPECTED = 1
MALFORMED = 2
INTERRUPTED = 130

err = terminal.console(stderr=True)


def report_error(error: BaseException) -> int:
    """Print one message about the error that ended a command; return the exit code."""
    match error:
        case KeyboardInterrupt():
            err.print("Stopped. To finish the batch, apply it again.")
            return INTERRUPTED
        case ValidationError():
            return _print_error(_settings_message(error), MALFORMED)
        case CycloptsError() | BatchError() | BillingError() | WarehouseError() | ServerError() | SettingsError():
            return _print_error(str(error), MALFORMED)
        case PageError() | ChecksFailed() | CloudError():
            return _print_error(str(error), AT_THE_CLOUD if isinstance(error, CloudError) else UNEXPECTED)
        case OSError():
            return _os_error(error)
        case _:
            # A defect: people get a sentence, and the traceback goes to a file.
            return _unexpected(error)


def _print_error(message: str, code: int) -> int:
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    return code


def _os_error(error: OSError) -> int:
    """Print which file or folder cannot be used. If it is in the home, name the setting."""
    home = settings().home.absolute()
    path = Path(str(error.filename)) if error.filename else None
    hint = ""
    if path is not None and (path.is_relative_to(home) or home.is_relative_to(path)):
        hint = f"; the home {home} must be a writable folder; set IMAGEKEEPER_HOME to use another"
    _write_details(error)
    return _print_error(f"{path or 'a file'} cannot be used: {error.strerror or error}{hint}", UNEXPECTED)


def _unexpected(error: BaseException) -> int:
    """Print an error that the code does not expect, and the file with its traceback."""
    details = _write_details(error)
    location = f" The details are in {details}" if details else ""
    return _print_error(
        f"This should not have happened: {type(error).__name__}: {error}\n"
        f"What has been recorded stays. To finish a batch, apply it again.{location}",
        UNEXPECTED,
    )


def _write_details(error: BaseException) -> Path | None:
    """Write the traceback to a file in the home; return its path, or None if it cannot be written."""
    details = settings().home.absolute() / "last-error.txt"
    try:
        private_folder(details.parent)
        details.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return details


def _settings_message(error: ValidationError) -> str:
    return "; ".join(f"IMAGEKEEPER_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
