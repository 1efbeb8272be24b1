"""Approval: what cannot be undone waits for a person when it is large."""

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
"""How long a name or a reason may be that a person gives, in characters."""

granted: ContextVar[Approval | None] = ContextVar("granted", default=None)
"""What a person has said already, where the flow runs in the process that asked."""


class ApprovalNeeded(Exception):  # noqa: N818 - says what is needed
    """A person must agree first, and this run cannot wait for one. The message is for people."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked to agree to: why they are asked, and what would be done."""

    why: str
    consequences: Sequence[Consequence]

    def text(self) -> str:
        """The question in Markdown."""
        return self._text([(one, IRREVERSIBLE[one.action].consequence) for one in self.consequences])

    def key(self, batch_id: str) -> str:
        """The same as long as the same is asked: an answer holds for nothing that came later.

        Sentences that were reworded since are hashed as they were, so that runs that an earlier version suspended find
        their answer.
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
    """The form with which a person agrees or refuses."""

    decision: Literal["refuse", "approve"] = Field("refuse", title="Decision")
    by: str = Field("", title="Who", description="Your name; it is recorded with every line of the batch.")
    reason: str = Field("", title="Reason", description="Why; it is recorded with every line of the batch.")


def is_irreversible(prepared: PreparedBatch) -> bool:
    """Whether a batch has an action that cannot be undone."""
    return not IRREVERSIBLE.keys().isdisjoint(prepared.actions)


def question(prepared: PreparedBatch, context: ExecutionContext, ask: str | None = None) -> Question | None:
    """What a person must be asked before a batch is carried out; None where nobody must.

    ``ask`` is a reason to ask also where no limit of the profile is passed. What was agreed to before, in a run that
    was cut short, is not asked again.
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
    """Wait for a person's word: the run is suspended, and goes on when the form on its page is filled in.

    Raises:
        ApprovalNeeded: where the run may not wait, or no deployment started it, so that nothing could take it up again.
    """
    answered = granted.get()
    if answered is not None:
        return answered
    if not may_wait or not deployment.id:
        raise ApprovalNeeded(pending.why)
    page = f"## Waits for a person\n\n{pending.text()}\n\nResume the run, and say why. Without an answer within"
    await _ask_once(f"{page} {hours:g} hours it ends, with nothing done.", f"Waits for a person: {pending.why}")
    form = ApprovalForm.with_initial_data(description=pending.text())
    # in a flow that is async it is awaited, which its types do not tell
    given: Any = suspend_flow_run(wait_for_input=form, timeout=round(hours * 3600), key=pending.key(prepared.batch_id))
    given = await given
    by, reason = (visible(answered.strip())[:MOST_CHARACTERS] for answered in (given.by, given.reason))
    by = by or "somebody"
    if given.decision == "approve" and not reason:
        return Approval(by, "approved without a reason, so it counts as refused", granted=False)
    return Approval(by, reason or "no reason was given", granted=given.decision == "approve")


async def _ask_once(page: str, answered: str) -> None:
    """Leave the page of a question; once, though the run begins again from the top when it is resumed."""
    ours = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(flow_run.id)]), key=ArtifactFilterKey(any_=["approval"])
    )
    async with get_client() as client:
        left = await client.read_artifacts(artifact_filter=ours)
    if not any(one.data == page for one in left):
        await acreate_markdown_artifact(key="approval", markdown=page, description=answered)
