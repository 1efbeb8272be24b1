"""Approval: a batch with many irreversible changes waits until a person approves it."""

import hashlib
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment, flow_run
from pydantic import Field

from data.lifecycle import approval
from data.lifecycle.approval import Approval, Consequence
from domain.actions import IRREVERSIBLE
from domain.policy import profiles
from domain.vocabulary import visible
from flows.lifecycle import planning
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.lifecycle.steps import ExecutionContext

MOST_CHARACTERS = 1024
"""The most characters of the name and of the reason that a person enters."""

granted: ContextVar[Approval | None] = ContextVar("granted", default=None)
"""The answer of a person, if the process that runs the flow has asked already."""


class ApprovalNeeded(Exception):  # noqa: N818 - says what is needed
    """The batch needs approval, and this run cannot wait for it. The message is for people."""


@dataclass(frozen=True, slots=True)
class Question:
    """The question to a person: why approval is needed, and what cannot be undone."""

    why: str
    consequences: Sequence[Consequence]

    def text(self) -> str:
        """Return the question in Markdown."""
        return self._text([(one, IRREVERSIBLE[one.action].consequence) for one in self.consequences])

    def key(self, batch_id: str) -> str:
        """Return the key under which Prefect stores the answer: a hash of the batch id and the text of the question.

        If the consequences change, the key changes, so an old answer does not approve them. Sentences that were
        reworded since are hashed in their old wording (``in_key``), so that runs that an earlier version suspended
        find their answer.
        """
        known = [(one, IRREVERSIBLE[one.action]) for one in self.consequences]
        pending = self._text([(one, answered.in_key or answered.consequence) for one, answered in known])
        return hashlib.sha256(f"{batch_id}{pending}".encode()).hexdigest()[:16]

    def _text(self, sentences: Sequence[tuple[Consequence, str]]) -> str:
        lines = [
            f"- **{one.action}**: {sentence.format(lines=one.lines, images=one.images, servers=one.servers)}"
            for one, sentence in sentences
        ]
        return "\n".join([f"**{self.why}**", "", *(lines or ["- nothing that cannot be undone"])])


class ApprovalForm(RunInput):
    """The form in which a person approves or refuses a batch."""

    decision: Literal["refuse", "approve"] = Field("refuse", title="Decision")
    by: str = Field("", title="Who", description="Your name; it is recorded with every line of the batch.")
    reason: str = Field("", title="Reason", description="Why; it is recorded with every line of the batch.")


def is_irreversible(prepared: PreparedBatch) -> bool:
    """Return whether a batch has an irreversible action."""
    return not IRREVERSIBLE.keys().isdisjoint(prepared.actions)


def question(prepared: PreparedBatch, context: ExecutionContext, ask: str | None = None) -> Question | None:
    """Return the question that a person must answer before a batch is carried out; None if no approval is needed.

    ``ask`` is a reason to ask even if no limit of the profile is exceeded. A batch that was approved in an earlier,
    interrupted run is not asked about again.
    """
    if ask is None and not is_irreversible(prepared):
        return None
    with context.warehouse.reading() as con:
        if approval.recorded_approval(con, prepared.batch_id) is not None:
            return None
    found = planning.consequences(prepared, context)
    why = ask or _beyond(found, prepared.profile)
    return None if why is None else Question(why, found)


def _beyond(found: Sequence[Consequence], profile: str) -> str | None:
    limits = profiles.limits(profile)
    for one in found:
        name = IRREVERSIBLE[one.action].limit
        limit = one.lines if name is None else int(limits[name].value)
        if one.lines > limit:
            return f"{one.action}: {one.lines:,} at once, and a person must agree to more than {limit:,}"
    servers, most = sum(one.servers for one in found), int(limits["approve_servers"].value)
    if servers > most:
        return f"{servers:,} servers in use are touched, and a person must agree to more than {most:,}"
    return None


async def answer(pending: Question, prepared: PreparedBatch, hours: float, *, may_wait: bool = True) -> Approval:
    """Suspend the run until a person submits the form on its page, and return the answer.

    ``hours`` is the timeout.

    Raises:
        ApprovalNeeded: if the run may not wait, or no deployment started it, so that it could not be resumed.
    """
    answered = granted.get()
    if answered is not None:
        return answered
    if not may_wait or not deployment.id:
        raise ApprovalNeeded(pending.why)
    page = f"## Waits for a person\n\n{pending.text()}\n\nResume the run, and say why. Without an answer within"
    await _ask_once(f"{page} {hours:g} hours it ends, with nothing done.", f"Waits for a person: {pending.why}")
    form = ApprovalForm.with_initial_data(description=pending.text())
    # Returns an awaitable in an async flow, which its type does not state.
    given: Any = suspend_flow_run(wait_for_input=form, timeout=round(hours * 3600), key=pending.key(prepared.batch_id))
    given = await given
    by, reason = (visible(answered.strip())[:MOST_CHARACTERS] for answered in (given.by, given.reason))
    by = by or "somebody"
    if given.decision == "approve" and not reason:
        return Approval(by, "approved without a reason, so it counts as refused", granted=False)
    return Approval(by, reason or "no reason was given", granted=given.decision == "approve")


async def _ask_once(page: str, answered: str) -> None:
    """Create the page of a question, unless it exists: a resumed run starts again from the beginning."""
    ours = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(flow_run.id)]), key=ArtifactFilterKey(any_=["approval"])
    )
    async with get_client() as client:
        left = await client.read_artifacts(artifact_filter=ours)
    if not any(one.data == page for one in left):
        await acreate_markdown_artifact(key="approval", markdown=page, description=answered)
