"""The flow ``check-drift``: whether the store holds what the warehouse says, no more and no less."""

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
"""How many findings the page shows."""

FINDING = ("problem", "what", "id", "name", "owner", "region", "blob", "bytes recorded", "bytes found")
SIZES = ("bytes recorded", "bytes found")

MOST_PROPOSED = 10_000
"""How many images a proposed batch deactivates: a person should still be able to look through it."""


class Drifted(TypedDict):
    """What the check came to: how many of what, and the batch that it proposes, if any."""

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
    """What was found, and the batch that is proposed."""

    found: Drift
    proposed: Path | None

    @property
    def plain(self) -> Drifted:
        """The counts and the path, as plain data."""
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
    """Compares what the image store holds with what the warehouse says it must hold; changes neither.

    Images, servers, disks and backups whose bytes are missing or of another size are named, and so are bytes that
    nothing uses. For images without their bytes a batch is proposed that deactivates them; nobody but you applies it.
    """
    checked = await asyncio.to_thread(check, execution_context(settings()), settings().home.absolute() / "proposed")
    said = in_short(checked.found.counts)
    get_run_logger().info("%s", said)
    await acreate_markdown_artifact(key="drift", markdown=page_of(checked), description=said)
    if checked.found.counts.differ:
        labels = {"proposes": "nothing" if checked.proposed is None else "batch"}
        events.tell("drift", "store", said, labels=labels, **checked.plain)
    return checked.plain


def check(context: ExecutionContext, folder: Path) -> Checked:
    """Compare the store with the warehouse; a batch that deactivates images without their bytes goes to ``folder``.

    Raises:
        CloudError: if the store cannot be read.
        WarehouseError: if the warehouse cannot be read now.
    """
    moment = context.clock()
    with context.warehouse.reading() as con:
        before = drift.needed(con, context.cloud)
    # nobody may hold the warehouse while the store is asked
    held = list(context.cloud.listing())
    with context.warehouse.reading() as con:
        found = drift.compare(con, context.cloud, before, held, most=MOST_SHOWN, most_unusable=MOST_PROPOSED)
    return Checked(found, propose(found.unusable, folder, moment) if found.unusable else None)


def propose(unusable: Sequence[Unusable], folder: Path, moment: datetime) -> Path:
    """Write a batch that has each image deactivated by its owner, so that nobody uses it; its path."""
    said = (
        f"Images whose bytes were missing or damaged at {moment:%Y-%m-%d %H:%M:%S} UTC, to be deactivated by their",
        "owners, so that nobody uses them. reactivate_image takes it back, once the bytes are there again.",
    )
    actions = [
        ({"action": "deactivate_image", "image": one.image_id, "actor": one.owner, "region": one.region}, one.problem)
        for one in unusable
    ]
    return proposed(folder, "drift", moment, said, actions)


def in_short(counts: Counts) -> str:
    """What was found, in a line."""
    if not counts.differ:
        return f"no drift: {_count(counts.needed, 'thing')} and {_count(counts.stored, 'blob')} agree"
    return f"{counts.missing:,} missing, {counts.damaged:,} damaged, {counts.stray:,} stray"


def page_of(checked: Checked) -> str:
    """What was found, in Markdown: counts, the first findings, and what to do."""
    counts = checked.found.counts
    rows = {
        "images, servers, disks and backups that need stored bytes": counts.needed,
        "blobs that are stored": counts.stored,
        "… of them in doubt: just made or just released": counts.in_doubt,
        "missing: recorded, and their bytes are not stored": counts.missing,
        "damaged: stored, with another size than recorded": counts.damaged,
        f"stray: stored, and nothing uses them; {counts.stray_bytes:,} bytes": counts.stray,
    }
    counted = table(("what", "how many"), ((what, f"{n:,}") for what, n in rows.items()), numbers=("how many",))
    parts = ["## The store and the warehouse", counted]
    if counts.needed and not counts.stored:
        parts.append("**Nothing at all is stored.** Is the disk of the store there? Look before you do anything else.")
    if checked.proposed is not None:
        parts += ["### What to do", *_advice(checked, checked.proposed)]
    if checked.found.findings:
        parts += [
            f"### The first {MOST_SHOWN}" if _more(counts) else "### All of it",
            table(FINDING, map(_told, checked.found.findings), numbers=SIZES),
        ]
    return "\n\n".join(parts)


def _advice(checked: Checked, proposed: Path) -> list[str]:
    named, usable = len(checked.found.unusable), checked.found.counts.usable
    first = f"the first {named:,} of {_count(usable, 'image')}" if usable > named else _count(usable, "image")
    said = f"Bring the bytes back from a backup of the store. Until then this batch deactivates {first}, so that nobody"
    return [
        f"{said} uses what is not there; `reactivate_image` takes it back:",
        f"```sh\nimagekeeper plan {proposed}\nimagekeeper apply {proposed}\n```",
    ]


def _more(counts: Counts) -> bool:
    return counts.missing + counts.damaged + counts.stray > MOST_SHOWN


def _told(one: Finding) -> tuple[str | None, ...]:
    """The cells of a finding."""
    sizes = (None if size is None else f"{size:,}" for size in (one.expected_bytes, one.found_bytes))
    return (one.problem, one.kind, one.id, one.name, one.owner, one.region, one.blob[:16], *sizes)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
