"""Runs of the deployment for batches, started by other flows: each asks a person, or does what is left of a batch."""

from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound

BATCH_DEPLOYMENT = "apply-actions/batch"
"""What carries out a batch in a run of its own."""


class NotServedError(Exception):
    """Nothing serves the deployment for batches. The message is for people."""


async def started(parameters: dict[str, str], key: str) -> FlowRun:
    """A run of its own for a batch; the one that was started before, where one was with the same key.

    Raises:
        NotServedError: if nothing serves the deployment.
    """
    begun: Any = arun_deployment(
        BATCH_DEPLOYMENT,
        parameters=parameters,
        timeout=0,
        idempotency_key=key,
        as_subflow=False,  # it outlives the run that starts it
    )
    try:
        run: FlowRun = await begun
    except ObjectNotFound:
        raise NotServedError(f"{BATCH_DEPLOYMENT} is not served: start imagekeeper up") from None
    return run
