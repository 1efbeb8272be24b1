"""Runs of the deployment for batches that other flows start: to wait for approval, or to finish a batch."""

from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound

BATCH_DEPLOYMENT = "apply-actions/batch"
"""The deployment that carries out a batch."""


class NotServedError(Exception):
    """No process serves the deployment for batches. The message is for people."""


async def started(parameters: dict[str, str], key: str) -> FlowRun:
    """Start a run for a batch and return it; if a run has the same key already, return that one.

    Raises:
        NotServedError: if no process serves the deployment.
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
