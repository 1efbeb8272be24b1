"""What others may react to: events on Prefect's feed, each about a batch, an offer or the cloud."""

from typing import Any

from prefect.events import emit_event

BURST = 20
"""From how many denied lines on a run is a burst of denials."""


def tell(what: str, about: str, **payload: Any) -> None:
    """Tell that something happened: ``imagekeeper.<what>``, about the resource ``imagekeeper.<about>``."""
    emit_event(
        event=f"imagekeeper.{what}",
        resource={"prefect.resource.id": f"imagekeeper.{about}", "prefect.resource.name": about},
        payload=payload,
    )
