"""What runs by itself: the deployments that ``imagekeeper up`` serves, with their schedules."""

from typing import Any

from flows.meter_usage import meter_usage

HOURLY = "7 * * * *"
"""Some minutes past each hour: what was used until the full hour is in the warehouse by then."""


def deployments() -> list[Any]:
    """All deployments. A run that is late does what those before it left undone, so none has to be caught up."""
    return [
        meter_usage.to_deployment(
            name="hourly",
            cron=HOURLY,
            concurrency_limit=1,
            tags=["cost"],
            description="Turns what servers used into charges, and checks them.",
        )
    ]
