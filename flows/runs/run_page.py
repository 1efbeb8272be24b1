"""What a run leaves on its page in the Prefect UI: what was asked, what was denied and why."""

from dataclasses import dataclass
from typing import Any

from data.lifecycle import action_log
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.lifecycle.steps import ExecutionContext, Summary, summarize
from flows.runs.markdown import table

MOST = 50
"""How many kinds of denial a page shows."""

DENIAL = ("lines", "first", "action", "rule", "because", "instead")
ASKED = ("asked", "lines", "done", "denied", "failed")
FAILURE = ("lines", "first", "action", "error")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: its page in Markdown, its denials as a table, and the offers it took off the shelf."""

    summary: Summary
    page: str
    denials: list[dict[str, Any]]
    withdrawn: list[str]

    @property
    def in_short(self) -> str:
        """What became of it, in as few words as a list has room for."""
        counts = {"done": self.summary.done, "denied": self.summary.denied, "failed": self.summary.failed}
        said = {word: count for word, count in counts.items() if count}
        if len(said) == 1 and sum(said.values()) == 1:
            return next(iter(said))
        return ", ".join(f"{count:,} {word}" for word, count in said.items()) or "nothing to do"

    @property
    def sentence(self) -> str:
        """What became of it, with the rules that objected."""
        rules = sorted({one["rule"] for one in self.denials})
        return f"{self.in_short}{' by ' + ', '.join(rules) if rules else ''} (batch {self.summary.batch_id})"


def outcome_of(prepared: PreparedBatch, context: ExecutionContext, already: int, reports: str) -> Outcome:
    """What became of a batch, for the page of its run; ``reports`` is where the reports are to be seen."""
    with context.warehouse.reading() as con:
        summary = summarize(con, prepared, already)
        denials = action_log.denials(con, prepared.batch_id, MOST) if summary.denied else []
        failures = action_log.failures(con, prepared.batch_id, MOST) if summary.failed else []
        asked = action_log.by_action(con, prepared.batch_id)
        withdrawn = action_log.withdrawn(con, prepared.batch_id) if "withdraw_image" in prepared.actions else []
    parts = [
        f"## Batch `{summary.batch_id}`",
        table(ASKED, ((action, *(f"{count:,}" for count in counts)) for action, *counts in asked), numbers=ASKED[1:]),
    ]
    if summary.already:
        parts.append(f"{summary.already:,} of these were settled before this run.")
    if context.approval is not None:
        word = "Approved" if context.approval.granted else "Refused"
        parts.append(f"{word} by {context.approval.by}: {context.approval.reason}")
    if denials:
        parts += ["### Denied", table(DENIAL, denials)]
    if failures:
        parts += ["### Failed", table(FAILURE, failures)]
        parts.append("Apply the same batch again to try what failed once more; the rest stays as it is.")
    parts.append(f"[All reports]({reports}), while the home is up.")
    named = [dict(zip(DENIAL, row, strict=True)) for row in denials]
    return Outcome(summary, "\n\n".join(parts), named, withdrawn)
