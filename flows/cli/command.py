"""The command ``imagekeeper``: thin; it calls the same flows that schedules and the Prefect UI run."""

import json as json_text
import os
import sys
import traceback
from importlib.metadata import version
from pathlib import Path

import duckdb
from cyclopts import App, CycloptsError
from pydantic import ValidationError

from data.access.private_folders import private_folder
from data.billing.invoicing import BillingError
from data.billing.metering_runs import ChecksFailed
from data.lifecycle import action_log
from data.warehouse.connection import WarehouseError
from domain.actions import Batch
from domain.batch import BatchError
from domain.cloud import CloudError
from domain.policy.denials import DENIALS
from domain.policy.rules import every_rule
from domain.vocabulary import visible
from flows.batches.arguments import asked
from flows.cli import cost_commands, home_commands, report_commands, terminal, warehouse_commands
from flows.cli import doctor as health
from flows.cli.report_commands import NoReport
from flows.lifecycle import steps
from flows.resources import execution_context, prepare_batch, warehouse_of
from flows.server.access import ServerError
from flows.server.run_here import run_here
from flows.settings import SettingsError, settings

AT_THE_CLOUD = 4
UNEXPECTED = 1
MALFORMED = 2

app = App(
    name="imagekeeper",
    help="The lifecycle of cloud server images: judged by one policy, carried out, recorded, reported.",
    version=lambda: f"imagekeeper {version('imagekeeper')}",
    suppress_keyboard_interrupt=False,
)
for commands in (cost_commands, home_commands, report_commands, warehouse_commands):
    for command in commands.COMMANDS:
        app.command(command)
out = terminal.console()
err = terminal.console(stderr=True)


@app.command
def plan(
    file: str,
    *,
    kind: str | None = None,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    json: bool = False,
) -> int:
    """Judge a batch and do nothing.

    Args:
        file: The batch: YAML or JSON; CSV or Parquet with --kind.
        kind: The action that the rows of a CSV or Parquet file are.
        actor: The tenant that acts, where the batch does not say.
        region: The region, where the batch does not say.
        profile: The rule profile that judges, instead of the batch's own.
        json: One JSON object a line.
    """
    prepared = prepare_batch(file, settings(), kind=kind, actor=actor, region=region, profile=profile)
    lines = steps.plan(prepared, execution_context(settings()))
    if json:
        terminal.print_json_lines(lines, out)
    else:
        terminal.print_lines(lines, out, planned=True)
        denied = sum(line["verdict"] == "denied" for line in lines)
        out.print(f"{len(lines) - denied:,} would be done · {denied:,} would be denied; nothing was done.")
    return 3 if any(line["verdict"] == "denied" for line in lines) else 0


@app.command
def apply(
    file: str,
    *,
    kind: str | None = None,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    batch_id: str | None = None,
    approve: str | None = None,
    json: bool = False,
    report: bool = False,
) -> int:
    """Carry out a batch; one applied before is finished, not repeated.

    Args:
        file: The batch: YAML or JSON; CSV or Parquet with --kind; or the id of a batch begun before.
        kind: The action that the rows of a CSV or Parquet file are.
        actor: The tenant that acts, where the batch does not say.
        region: The region, where the batch does not say.
        profile: The rule profile that judges, instead of the batch's own.
        batch_id: An id for the batch, instead of the one its content gives.
        approve: Why what cannot be undone may be done, where the batch is so large that somebody must say so.
        json: One JSON object a line.
        report: Write the reports afterwards.
    """
    given = {"kind": kind, "actor": actor, "region": region, "profile": profile, "batch_id": batch_id}
    approve = asked(approve=approve).get("approve")
    prepared = prepare_batch(file, settings(), **given)
    with terminal.progress(err, prepared.record(steps.now()).requests) as told:
        summary = run_here(file, given, settings(), told, approve)
    with warehouse_of(settings()).reading() as con:
        if json:
            terminal.print_json_lines(action_log.lines(con, prepared.batch_id), out)
        elif prepared.record(steps.now()).requests <= terminal.MOST_ROWS:
            terminal.print_lines(action_log.lines(con, prepared.batch_id), out)
        else:
            terminal.print_denials(action_log.denials(con, prepared.batch_id, 50), out)
    if not json:
        terminal.print_summary(summary, out)
    if report:
        report_commands.write(err if json else out)
    return summary.exit_code


@app.command
def sql(query: str, *, json: bool = False) -> int:
    """Ask the warehouse; reads only.

    Args:
        query: One SQL query in DuckDB's dialect.
        json: One JSON object a row.
    """
    with warehouse_of(settings()).answering() as con:
        try:
            query.encode()
            if len(duckdb.extract_statements(query)) != 1:
                raise BatchError("give one query at a time")
            result = con.execute(query)
        except (duckdb.Error, UnicodeError) as error:
            raise BatchError(f"the query cannot be answered: {error}") from None
        columns = [column[0] for column in result.description or []]
        rows = result.fetchall()
    if json:
        for row in rows:
            terminal.json_line(dict(zip(columns, row, strict=True)), out)
    else:
        terminal.print_records(columns, rows, out)
    return 0


@app.command
def explain(rule_id: str) -> int:
    """Say what a rule forbids, why, what to do instead, and who says so.

    Args:
        rule_id: The rule's id, such as share.tenant-limit.
    """
    if rule_id in DENIALS:
        terminal.print_denial(DENIALS[rule_id], out)
        return 0
    found = {action: rule for action, rules in every_rule().items() for rule in rules if rule.id == rule_id}
    if not found:
        known = sorted({rule.id for rules in every_rule().values() for rule in rules} | DENIALS.keys())
        raise BatchError(f"there is no rule '{visible(rule_id)}'; there are\n  " + "\n  ".join(known))
    terminal.print_rule(found, out)
    return 0


@app.command
def schema() -> int:
    """Print the JSON Schema of batch files, with which editors complete and check them."""
    out.file.write(json_text.dumps(Batch.model_json_schema(), indent=2) + "\n")
    return 0


@app.command
def doctor() -> int:
    """Check that everything is in its place and works."""
    checks = list(health.examine(settings()))
    terminal.print_checks(checks, out)
    return 0 if all(check.well for check in checks) else 1


def main() -> None:
    """Run the command, and turn what is wrong into one clear message and an exit code."""
    try:
        code = app(exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        code = _malformed(str(error))
    except (BatchError, BillingError, WarehouseError, ServerError, SettingsError, ValidationError) as error:
        code = _malformed(_settings_message(error) if isinstance(error, ValidationError) else str(error))
    except KeyboardInterrupt:
        err.print("stopped; apply the same batch again to finish it")
        code = 130
    except (NoReport, ChecksFailed) as error:
        _say_wrong(str(error))
        code = UNEXPECTED
    except CloudError as error:
        _say_wrong(str(error))
        code = AT_THE_CLOUD
    except BrokenPipeError:
        # whoever read our output has gone; nothing more can be said to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _unusable(error)
    except Exception as error:  # noqa: BLE001 - the last resort: a person gets a sentence, the details go to a file
        code = _unexpected(error)
    code = code if isinstance(code, int) else 0
    if "prefect" in sys.modules:
        # Prefect's threads outlive the interpreter, and duckdb then complains of leaks on the user's terminal.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _say_wrong(message: str) -> None:
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def _malformed(message: str) -> int:
    _say_wrong(message)
    return MALFORMED


def _unusable(error: OSError) -> int:
    """Tell of a file or folder that cannot be used, and which setting moves it, where it is one of ours."""
    home = settings().home.absolute()
    named = Path(str(error.filename)) if error.filename else None
    hint = ""
    if named is not None and (named.is_relative_to(home) or home.is_relative_to(named)):
        hint = f"; the home {home} must be a folder that can be written, and IMAGEKEEPER_HOME names another"
    _say_wrong(f"{named or 'a file'} cannot be used: {error.strerror or error}{hint}")
    _write_details(error)
    return UNEXPECTED


def _unexpected(error: Exception) -> int:
    """Tell of an error that nobody thought of. The details are for whoever fixes it."""
    details = _write_details(error)
    where = f" The details are in {details}" if details else ""
    _say_wrong(
        f"This should not have happened: {type(error).__name__}: {error}\n"
        f"What was recorded so far stays; apply the same batch again to finish it.{where}"
    )
    return UNEXPECTED


def _write_details(error: Exception) -> Path | None:
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
