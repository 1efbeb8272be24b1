"""The list of all deployments, with their areas, schedules and limits."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from prefect.types.entrypoint import EntrypointType

from domain.actions import MODELS
from flows.runs.forms import polish

ACTIONS = "flows.actions"
"""The module with the flows of all actions."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment: the flow's function, and how it runs.

    ``cron`` is in UTC. If a scheduled run is due while the one before still runs, it is cancelled, not queued: every
    run also finishes the work of earlier runs.
    """

    function: str
    name: str
    area: str
    cron: str | None = None

    @property
    def module(self) -> str:
        """The module with the flow."""
        if self.function in MODELS:
            return ACTIONS
        return "flows.apply" if self.function == "apply_actions" else f"flows.{self.function}"


SCHEDULED = (
    Deployed(
        "meter_usage", "hourly", "cost", cron="7 * * * *"
    ),  # seven minutes after the hour, so that its usage is complete
    Deployed("sync_inventory", "clouds", "images", cron="23 * * * *"),
    Deployed("apply_inbox", "inbox", "batches", cron="*/5 * * * *"),
    Deployed("finish_batches", "finish", "batches", cron="3-59/10 * * * *"),
    Deployed("enforce_retention", "nightly", "images", cron="30 3 * * *"),
    Deployed("check_drift", "daily", "images", cron="15 4 * * *"),
    Deployed("publish_reports", "each-morning", "reports", cron="0 5 * * *"),
)


def registry() -> list[Deployed]:
    """Return all deployments: one for each action, one for batches, one to close months, and the scheduled ones."""
    return [
        Deployed("apply_actions", "batch", "batches"),
        *(Deployed(action, action.replace("_", "-"), MODELS[action].area) for action in sorted(MODELS)),
        Deployed("close_month", "close-month", "cost"),
        *SCHEDULED,
    ]


def flow_names() -> list[str]:
    """Return the names of all flows in Prefect."""
    return sorted({one.function.replace("_", "-") for one in registry()})


def deployments() -> list[Any]:
    """Return every deployment, for a process that serves them or for a work pool."""
    return [_deployment(one) for one in registry()]


def _deployment(one: Deployed) -> Any:
    flow = getattr(import_module(one.module), one.function)
    limited: dict[str, Any] = {}
    if one.cron is not None:
        from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
        from prefect.schedules import Cron

        limit = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
        # Prefect finds a schedule again by its slug, so a paused one stays paused after the next deployment.
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
    # Prefect makes the schema from the signature of the flow and has no public way to add to it.
    polish(made._parameter_openapi_schema.properties)  # noqa: SLF001
    return made
