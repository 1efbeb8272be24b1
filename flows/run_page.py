"""What a run leaves on its page in the Prefect UI: what was asked, what was denied and why."""

from data import ledger
from flows.lifecycle import Keeper, Summary, summarize
from flows.work import Work

MOST = 50
"""How many kinds of denial a page shows."""


def outcome_of(work: Work, keeper: Keeper, already: int) -> tuple[Summary, str]:
    """What became of a batch, and the page that tells it, in Markdown."""
    with keeper.warehouse.reading() as con:
        summary = summarize(con, work, already)
        denials = ledger.denials(con, work.batch_id, MOST)
        failures = ledger.failures(con, work.batch_id, MOST)
    parts = [
        f"## Batch `{summary.batch_id}`",
        f"{summary.done:,} done · {summary.denied:,} denied · {summary.failed:,} failed"
        + (f" · {summary.already:,} of these before this run" if summary.already else ""),
    ]
    if denials:
        parts += ["### Denied", _table(("lines", "first", "action", "rule", "because", "instead"), denials)]
    if failures:
        parts += ["### Failed", _table(("lines", "first", "action", "error"), failures)]
    return summary, "\n\n".join(parts)


def _table(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [" | ".join(header), " | ".join("---" for _ in header)]
    lines += [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
