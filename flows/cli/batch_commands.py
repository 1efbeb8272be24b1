"""The commands ``plan`` and ``apply``."""

from data.lifecycle import action_log
from flows.batches.arguments import checked_arguments
from flows.cli import terminal
from flows.lifecycle import planning, steps
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
    """Judge a batch without carrying it out.

    Args:
        file: The batch file: YAML, JSON, or CSV or Parquet with --kind.
        kind: The action of the rows of a CSV or Parquet file.
        actor: The tenant that acts, for actions without an actor.
        region: The region, for actions without a region.
        profile: The policy profile, instead of the one in the batch.
        json: Print one JSON object per request.
    """
    prepared = prepare_batch(file, settings(), kind=kind, actor=actor, region=region, profile=profile)
    lines = planning.plan(prepared, execution_context(settings()))
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
    """Carry out a batch. If it was applied before, finish it and repeat nothing.

    Args:
        file: The batch file: YAML, JSON, or CSV or Parquet with --kind; or the id of a batch that was applied before.
        kind: The action of the rows of a CSV or Parquet file.
        actor: The tenant that acts, for actions without an actor.
        region: The region, for actions without a region.
        profile: The policy profile, instead of the one in the batch.
        batch_id: The id of the batch. Default: the hash of its content.
        approve: The reason to approve a batch with so many actions that cannot be undone that it needs approval.
        json: Print one JSON object per request.
        report: Write the report pages afterwards.
    """
    # imported here: it takes as long as everything else that plan imports
    from flows.server.local_run import run_batch

    arguments = {"kind": kind, "actor": actor, "region": region, "profile": profile, "batch_id": batch_id}
    approve = checked_arguments(approve=approve).get("approve")
    prepared = prepare_batch(file, settings(), **arguments)
    with terminal.progress(err, prepared.record(steps.now()).requests) as on_progress:
        summary = run_batch(file, arguments, settings(), on_progress, approve)
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
