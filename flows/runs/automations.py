"""The list of all automations that Imagekeeper creates in Prefect."""

from datetime import timedelta
from typing import Any

from prefect.automations import (
    AutomationCore,
    ChangeFlowRunState,
    EventTrigger,
    Posture,
    ResourceSpecification,
    RunDeployment,
    SendNotification,
)
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound

from flows.runs.batch_runs import BATCH_DEPLOYMENT
from flows.runs.deployments import flow_names

FINISH = "finish-batches/finish"
"""The deployment that resumes killed runs."""

OURS = "imagekeeper: "
"""The prefix of the names of our automations."""

SILENT_FOR = timedelta(minutes=3)
"""The time without a heartbeat after which a run counts as crashed; a run sends one every 30 seconds."""

RUNS = {"prefect.resource.id": "prefect.flow-run.*"}

HEARTBEAT = "prefect.flow-run.heartbeat"


class NoSuchBlockError(Exception):
    """The notification block does not exist. The message is for people."""


async def automate(client: PrefectClient, notify: str | None) -> int:
    """Create or update our automations in Prefect and return their number. A paused one stays paused.

    ``notify`` is a notification block, such as slack-webhook/ops.

    Raises:
        NoSuchBlockError: if there is no such block; all other automations exist then.
    """
    known = {one.name: one for one in await client.read_automations()}
    ours = [*_going_on(await _id(client, FINISH)), _opening(await _id(client, BATCH_DEPLOYMENT))]
    missing = None
    try:
        ours += [] if notify is None else _notifying(await _block(client, notify))
    except NoSuchBlockError as error:
        missing = error
    for one in ours:
        before = known.pop(one.name, None)
        if before is None:
            await client.create_automation(one)
        else:
            # Validated from all fields, because a field that was never set is not sent.
            values = one.model_dump(mode="json", exclude={"owner_resource"}) | {"enabled": before.enabled}
            await client.update_automation(before.id, AutomationCore.model_validate(values))
    for name, one_more in known.items():
        if name.startswith(OURS):
            await client.delete_automation(one_more.id)
    if missing is not None:
        raise missing
    return len(ours)


def _going_on(finish: Any) -> list[AutomationCore]:
    """Return the automations that find killed runs and resume them."""
    return [
        _automation(
            "see that a run was killed",
            "A run without heartbeats counts as crashed.",
            _trigger(
                {"prefect.flow-run.*"},
                after={HEARTBEAT},
                match=RUNS,
                match_related=_ours(),
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                within=SILENT_FOR,
            ),
            ChangeFlowRunState(state=StateType.CRASHED, message="It sent no heartbeat any more."),
        ),
        _automation(
            "go on with what was killed",
            "Resumes a crashed run at once, instead of with the next scheduled run.",
            _trigger({"prefect.flow-run.Crashed"}, match=RUNS, match_related=_ours()),
            RunDeployment(deployment_id=finish, parameters={}),
        ),
    ]


def _opening(batch: Any) -> AutomationCore:
    """Return the automation that starts the batch that repairs drift, with approval."""
    return _automation(
        "open the batch that drift proposes",
        "Starts the batch that deactivates images without a usable blob; it waits for approval.",
        _trigger({"imagekeeper.drift"}, match={"imagekeeper.proposes": "batch"}),
        RunDeployment(deployment_id=batch, parameters={"batch": "{{ event.payload.proposed }}", "ask": True}),
    )


def _notifying(block: Any) -> list[AutomationCore]:
    """Return the automations that notify people through a block."""
    return [
        _automation(
            "tell what happened",
            "Bursts of denials, failed checks, drift, offers withdrawn, contracts that end soon.",
            _trigger({"imagekeeper.*"}, match={"prefect.resource.id": "imagekeeper.*"}),
            SendNotification(
                block_document_id=block,
                subject="Imagekeeper: {{ event.event | replace('imagekeeper.', '') }}",
                body="{{ event.payload.said }}",
            ),
        ),
        _automation(
            "tell which runs failed",
            "Runs that failed, or were killed.",
            _trigger(
                {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
                match=RUNS,
                match_related=_ours(),
            ),
            SendNotification(
                block_document_id=block,
                subject="Imagekeeper: {{ flow_run.name }} {{ flow_run.state.name | lower }}",
                body="{{ flow_run.state.message }}\n\n{{ flow_run | ui_url }}",
            ),
        ),
    ]


def _ours() -> ResourceSpecification:
    """Match runs of our flows only, since a server may be shared."""
    return ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": flow_names()})


def _automation(name: str, description: str, trigger: EventTrigger, action: Any) -> AutomationCore:
    return AutomationCore(
        name=OURS + name, description=description, enabled=True, trigger=trigger, actions=[action], owner_resource=None
    )


def _trigger(expect: set[str], *, match: dict[str, str], **values: Any) -> EventTrigger:
    settings_of = {"posture": Posture.Reactive, "threshold": 1, "within": timedelta(0)} | values
    return EventTrigger(expect=expect, match=ResourceSpecification(match), **settings_of)


async def _id(client: PrefectClient, deployment: str) -> Any:
    return (await client.read_deployment_by_name(deployment)).id


async def _block(client: PrefectClient, named: str) -> Any:
    """Return the id of a block by its type and name."""
    kind, _, name = named.partition("/")
    try:
        return (await client.read_block_document_by_name(name, kind)).id
    except ObjectNotFound:
        raise NoSuchBlockError(
            f"there is no block {named}, so nobody is notified; create it under Blocks in Prefect's UI"
        ) from None
