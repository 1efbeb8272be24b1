"""What others may react to: events on Prefect's feed, each about a batch, an offer, a contract, or the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.events import emit_event

from data.billing.metering_runs import ChecksFailed

BURST = 20
"""From how many denied lines on a run is a burst of denials."""


def tell(what: str, about: str, said: str, *, labels: dict[str, str] | None = None, **payload: Any) -> None:
    """Tell that something happened: ``imagekeeper.<what>``, about the resource ``imagekeeper.<about>``.

    Args:
        what: what happened, such as drift.
        about: what it is about, such as offer.shield.
        said: what happened, in a sentence for people.
        labels: what automations may match, besides the resource.
        payload: what may be of use to those who react.
    """
    ours = {f"imagekeeper.{name}": value for name, value in (labels or {}).items()}
    emit_event(
        event=f"imagekeeper.{what}",
        resource={"prefect.resource.id": f"imagekeeper.{about}", "prefect.resource.name": about} | ours,
        payload=payload | {"said": said},
    )


@contextmanager
def told_of_failed_checks() -> Iterator[None]:
    """Tell where charges contradict themselves inside; the error goes on."""
    try:
        yield
    except ChecksFailed as error:
        found = [{"problem": one.problem, "thing": one.thing, "detail": one.detail} for one in error.findings[:BURST]]
        tell("check-failed", f"month.{error.month:%Y-%m}", str(error).splitlines()[0], findings=found)
        raise
