"""The page of a run in Prefect's UI: what was requested, what was denied, and why."""

from dataclasses import dataclass
from typing import Any

from data.lifecycle import action_log
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.lifecycle.steps import ExecutionContext, Summary, summarize
from flows.runs.markdown import table

MOST = 50
"""The most rows of denials and of failures on a page."""

DENIAL = ("lines", "first", "action", "rule", "because", "instead")
REQUESTED = ("requested", "lines", "done", "denied", "failed")
FAILURE = ("lines", "first", "action", "error")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a batch: its page in Markdown, its denials as a table, and the offers it withdrew."""

    summary: Summary
    page: str
    denials: list[dict[str, Any]]
    withdrawn: list[str]

    @property
    def in_short(self) -> str:
        """Return the result in few words, for a list of runs."""
        counts = {"done": self.summary.done, "denied": self.summary.denied, "failed": self.summary.failed}
        nonzero = {word: count for word, count in counts.items() if count}
        if len(nonzero) == 1 and sum(nonzero.values()) == 1:
            return next(iter(nonzero))
        return ", ".join(f"{count:,} {word}" for word, count in nonzero.items()) or "nothing to do"

    @property
    def sentence(self) -> str:
        """Return the result with the rules that denied."""
        rules = sorted({one["rule"] for one in self.denials})
        return f"{self.in_short}{' by ' + ', '.join(rules) if rules else ''} (batch {self.summary.batch_id})"


def outcome_of(prepared: PreparedBatch, context: ExecutionContext, already: int, reports: str) -> Outcome:
    """Return the result of a batch for the page of its run; ``reports`` is the URL of the report pages."""
    with context.warehouse.reading() as con:
        summary = summarize(con, prepared, already)
        denials = action_log.denials(con, prepared.batch_id, MOST) if summary.denied else []
        failures = action_log.failures(con, prepared.batch_id, MOST) if summary.failed else []
        requested = action_log.by_action(con, prepared.batch_id)
        withdrawn = action_log.withdrawn(con, prepared.batch_id) if "withdraw_image" in prepared.actions else []
    parts = [
        f"## Batch `{summary.batch_id}`",
        table(
            REQUESTED,
            ((action, *(f"{count:,}" for count in counts)) for action, *counts in requested),
            numbers=REQUESTED[1:],
        ),
    ]
    if summary.already:
        parts.append(f"{summary.already:,} of these were finished before this run.")
    if context.approval is not None:
        word = "Approved" if context.approval.granted else "Refused"
        parts.append(f"{word} by {context.approval.by}: {context.approval.reason}")
    if denials:
        parts += ["### Denied", table(DENIAL, denials)]
    if failures:
        parts += ["### Failed", table(FAILURE, failures)]
        parts.append("To try the failed lines again, apply the same batch again.")
    parts.append(f"[All reports]({reports}), while `imagekeeper up` runs.")
    named = [dict(zip(DENIAL, row, strict=True)) for row in denials]
    return Outcome(summary, "\n\n".join(parts), named, withdrawn)
