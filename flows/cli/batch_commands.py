"""The commands that carry out a batch, and the one that only judges it."""

from data.lifecycle import action_log
from flows.batches.arguments import asked
from flows.cli import terminal
from flows.lifecycle import steps
from flows.resources import execution_context, prepare_batch, warehouse_of
from flows.settings import settings

out = terminal.console()
err = terminal.console(stderr=True)


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
    # they take as long to import as all else that plan needs
    from flows.server.run_here import run_here

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
        from flows.cli import report_commands

        report_commands.write(err if json else out)
    return summary.exit_code
