"""What people and schedules start: every deployment, with its area, schedule and limit. Their only list."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from prefect.types.entrypoint import EntrypointType

from domain.actions import MODELS
from flows.runs.forms import polish

ACTIONS = "flows.actions"
"""The module that has the flow of every action."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A flow that can be started: its function, and how it is run.

    ``cron`` is in UTC. A run that a schedule starts while another of it goes on is cancelled, not queued: each does
    what those before it left undone, so none has to be made up for.
    """

    function: str
    name: str
    area: str
    cron: str | None = None

    @property
    def module(self) -> str:
        """The module that has the flow."""
        if self.function in MODELS:
            return ACTIONS
        return "flows.apply" if self.function == "apply_actions" else f"flows.{self.function}"


SCHEDULED = (
    Deployed("meter_usage", "hourly", "cost", cron="7 * * * *"),  # what was used until the full hour is there by then
    Deployed("sync_inventory", "clouds", "images", cron="23 * * * *"),
    Deployed("apply_inbox", "inbox", "batches", cron="*/5 * * * *"),
    Deployed("finish_batches", "finish", "batches", cron="3-59/10 * * * *"),
    Deployed("enforce_retention", "nightly", "images", cron="30 3 * * *"),
    Deployed("check_drift", "daily", "images", cron="15 4 * * *"),
    Deployed("publish_reports", "each-morning", "reports", cron="0 5 * * *"),
)


def registry() -> list[Deployed]:
    """All there is: one an action, one for batches, and what is scheduled."""
    return [
        Deployed("apply_actions", "batch", "batches"),
        *(Deployed(action, action.replace("_", "-"), MODELS[action].area) for action in sorted(MODELS)),
        Deployed("close_month", "close-month", "cost"),
        *SCHEDULED,
    ]


def flow_names() -> list[str]:
    """The names of all flows, as Prefect knows them."""
    return sorted({one.function.replace("_", "-") for one in registry()})


def deployments() -> list[Any]:
    """Every deployment, to be served by one process or handed to a work pool."""
    return [_deployment(one) for one in registry()]


def _deployment(one: Deployed) -> Any:
    flow = getattr(import_module(one.module), one.function)
    limited: dict[str, Any] = {}
    if one.cron is not None:
        from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
        from prefect.schedules import Cron

        limit = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
        # by its slug a schedule is known again: one that somebody paused stays paused when all is deployed anew
        schedule = Cron(one.cron, timezone="UTC", slug=one.name)
        limited = {"schedules": [schedule], "concurrency_limit": limit}
    made = flow.to_deployment(
        name=one.name,
        tags=[one.area],
        version=version("imagekeeper"),
        description=flow.description.split("\nArgs:")[0].strip(),
        entrypoint_type=EntrypointType.MODULE_PATH,
        **limited,
    )
    # the schema is Prefect's own, made from the flow's signature; it has no public way to say more
    polish(made._parameter_openapi_schema.properties)  # noqa: SLF001
    return made
