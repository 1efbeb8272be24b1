"""The flow ``check-drift``: compares the blobs in the image store with those that the warehouse records."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact

from data.inventory import drift
from data.inventory.drift import Counts, Drift, Finding, Unusable
from flows.batches.proposals import proposed
from flows.lifecycle.steps import ExecutionContext
from flows.resources import execution_context
from flows.runs import events
from flows.runs.markdown import table
from flows.settings import settings

MOST_SHOWN = 50
"""The most findings that the page shows."""

FINDING = ("problem", "what", "id", "name", "owner", "region", "blob", "bytes recorded", "bytes found")
SIZES = ("bytes recorded", "bytes found")

MOST_PROPOSED = 10_000
"""The most images that a proposed batch deactivates, so that a person can still review it."""


class Drifted(TypedDict):
    """The result of a check: counts, and the path of the batch that it proposes, if any."""

    needed: int
    stored: int
    in_doubt: int
    missing: int
    damaged: int
    stray: int
    stray_bytes: int
    proposed: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings, and the path of the proposed batch."""

    found: Drift
    proposed: Path | None

    @property
    def plain(self) -> Drifted:
        """The counts and the path as plain data."""
        counts = self.found.counts
        return {
            "needed": counts.needed,
            "stored": counts.stored,
            "in_doubt": counts.in_doubt,
            "missing": counts.missing,
            "damaged": counts.damaged,
            "stray": counts.stray,
            "stray_bytes": counts.stray_bytes,
            "proposed": None if self.proposed is None else str(self.proposed),
        }


@flow(name="check-drift", flow_run_name="check drift")
async def check_drift() -> Drifted:
    """Compares the blobs in the image store with those that the warehouse records. Changes neither.

    The run's page lists images, servers, disks and backups whose blob is missing or has another size, and blobs that
    nothing uses. For images without a usable blob, the run writes a batch that deactivates them. You decide whether to
    apply it.
    """
    checked = await asyncio.to_thread(check, execution_context(settings()), settings().home.absolute() / "proposed")
    summary = in_short(checked.found.counts)
    get_run_logger().info("%s", summary)
    await acreate_markdown_artifact(key="drift", markdown=page_of(checked), description=summary)
    if checked.found.counts.differ:
        labels = {"proposes": "nothing" if checked.proposed is None else "batch"}
        events.tell("drift", "store", summary, labels=labels, **checked.plain)
    return checked.plain


def check(context: ExecutionContext, folder: Path) -> Checked:
    """Compare the store with the warehouse. Write a batch that deactivates images without a usable blob to ``folder``.

    Raises:
        CloudError: if the store cannot be read.
        WarehouseError: if the warehouse cannot be read now.
    """
    moment = context.clock()
    with context.warehouse.reading() as con:
        before = drift.needed(con, context.cloud)
    # The listing can take minutes, so the warehouse is not held meanwhile.
    held = list(context.cloud.listing())
    with context.warehouse.reading() as con:
        found = drift.compare(con, context.cloud, before, held, most=MOST_SHOWN, most_unusable=MOST_PROPOSED)
    return Checked(found, propose(found.unusable, folder, moment) if found.unusable else None)


def propose(unusable: Sequence[Unusable], folder: Path, moment: datetime) -> Path:
    """Write a batch in which each owner deactivates their images, so that nobody uses them; return its path."""
    reason = (
        f"Images whose blob was missing or damaged at {moment:%Y-%m-%d %H:%M:%S} UTC. The batch deactivates them, so",
        "that nobody uses them. Restore the blobs, then undo this with reactivate_image.",
    )
    actions = [
        ({"action": "deactivate_image", "image": one.image_id, "actor": one.owner, "region": one.region}, one.problem)
        for one in unusable
    ]
    return proposed(folder, "drift", moment, reason, actions)


def in_short(counts: Counts) -> str:
    """Return the findings in one line."""
    if not counts.differ:
        return f"no drift: {_count(counts.needed, 'record')} and {_count(counts.stored, 'blob')} agree"
    return f"{counts.missing:,} missing, {counts.damaged:,} damaged, {counts.stray:,} stray"


def page_of(checked: Checked) -> str:
    """Return the findings in Markdown: counts, the first findings, and what to do."""
    counts = checked.found.counts
    rows = {
        "images, servers, disks and backups that need a blob": counts.needed,
        "blobs in the store": counts.stored,
        "… of them pending: just created or just released": counts.in_doubt,
        "missing: recorded, but not in the store": counts.missing,
        "damaged: in the store with another size than recorded": counts.damaged,
        f"stray: in the store, but nothing uses them; {counts.stray_bytes:,} bytes": counts.stray,
    }
    counted = table(("what", "how many"), ((what, f"{n:,}") for what, n in rows.items()), numbers=("how many",))
    parts = ["## Image store and warehouse", counted]
    if counts.needed and not counts.stored:
        parts.append("**The image store is empty.** Check first that its disk is mounted.")
    if checked.proposed is not None:
        parts += ["### What to do", *_advice(checked, checked.proposed)]
    if checked.found.findings:
        parts += [
            f"### The first {MOST_SHOWN} findings" if _more(counts) else "### All findings",
            table(FINDING, map(_cells, checked.found.findings), numbers=SIZES),
        ]
    return "\n\n".join(parts)


def _advice(checked: Checked, proposed: Path) -> list[str]:
    named, usable = len(checked.found.unusable), checked.found.counts.usable
    first = f"the first {named:,} of {_count(usable, 'image')}" if usable > named else _count(usable, "image")
    restore = (
        f"Restore the blobs from a backup of the store. Until then, this batch deactivates {first}, so that nobody uses"
        " an image without its blob. Undo it later with `reactivate_image`."
    )
    return [
        restore,
        f"```sh\nimagekeeper plan {proposed}\nimagekeeper apply {proposed}\n```",
    ]


def _more(counts: Counts) -> bool:
    return counts.missing + counts.damaged + counts.stray > MOST_SHOWN


def _cells(one: Finding) -> tuple[str | None, ...]:
    """Return the cells of a row of the table."""
    sizes = (None if size is None else f"{size:,}" for size in (one.expected_bytes, one.found_bytes))
    return (one.problem, one.kind, one.id, one.name, one.owner, one.region, one.blob[:16], *sizes)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
