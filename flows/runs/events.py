"""Events on Prefect's feed, to which automations react: about a batch, an offer, a contract, or the image store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.events import emit_event

from data.billing.metering_runs import ChecksFailed

BURST = 20
"""The number of denied lines from which a run counts as a burst of denials."""


def tell(what: str, about: str, message: str, *, labels: dict[str, str] | None = None, **payload: Any) -> None:
    """Emit the event ``imagekeeper.<what>`` for the resource ``imagekeeper.<about>``.

    Args:
        what: the kind of event, such as drift.
        about: the resource, such as offer.shield.
        message: a sentence for people.
        labels: more labels of the resource, which automations can match.
        payload: more data for automations.
    """
    ours = {f"imagekeeper.{name}": value for name, value in (labels or {}).items()}
    emit_event(
        event=f"imagekeeper.{what}",
        resource={"prefect.resource.id": f"imagekeeper.{about}", "prefect.resource.name": about} | ours,
        payload=payload | {"said": message},
    )


@contextmanager
def report_failed_checks() -> Iterator[None]:
    """Emit an event when a check of the charges fails inside the block, and raise the error again."""
    try:
        yield
    except ChecksFailed as error:
        found = [{"problem": one.problem, "thing": one.thing, "detail": one.detail} for one in error.findings[:BURST]]
        tell("check-failed", f"month.{error.month:%Y-%m}", str(error).splitlines()[0], findings=found)
        raise
