"""What a run leaves on its page in the Prefect UI: what was asked, what was denied and why."""

from dataclasses import dataclass
from typing import Any

from data import ledger
from flows.lifecycle import Keeper, Summary, summarize
from flows.markdown import table
from flows.work import Work

MOST = 50
"""How many kinds of denial a page shows."""

DENIAL = ("lines", "first", "action", "rule", "because", "instead")
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


def outcome_of(work: Work, keeper: Keeper, already: int) -> Outcome:
    """What became of a batch, for the page of its run."""
    with keeper.warehouse.reading() as con:
        summary = summarize(con, work, already)
        denials = ledger.denials(con, work.batch_id, MOST) if summary.denied else []
        failures = ledger.failures(con, work.batch_id, MOST) if summary.failed else []
        withdrawn = ledger.withdrawn(con, work.batch_id) if "withdraw_image" in work.actions else []
    parts = [
        f"## Batch `{summary.batch_id}`",
        f"{summary.done:,} done · {summary.denied:,} denied · {summary.failed:,} failed"
        + (f" · {summary.already:,} of these before this run" if summary.already else ""),
    ]
    if keeper.agreed is not None:
        word = "Approved" if keeper.agreed.granted else "Refused"
        parts.append(f"{word} by {keeper.agreed.by}: {keeper.agreed.reason}")
    if denials:
        parts += ["### Denied", table(DENIAL, denials)]
    if failures:
        parts += ["### Failed", table(FAILURE, failures)]
        parts.append("Apply the same batch again to try what failed once more; the rest stays as it is.")
    named = [dict(zip(DENIAL, row, strict=True)) for row in denials]
    return Outcome(summary, "\n\n".join(parts), named, withdrawn)
