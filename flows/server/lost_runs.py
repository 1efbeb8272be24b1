"""Runs that nobody carries on, and runs that were missed: what is made of them when the home comes up."""

import json
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

from flows.server.access import Connection

STOPPED = "Runner is shutting down."
"""What Prefect's runner says of the runs that it cancels when it is told to end."""


async def forget_missed(client: Any, now: datetime) -> int:
    """Delete the runs that schedules would have started by ``now``, but for the latest of each deployment; how many.

    Each flow does what earlier runs left undone, so that one makes up for all. A run that began once, or that a person
    asked for, stays.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.sorting import FlowRunSort

    missed = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(is_null_=False),
        state=filters.FlowRunFilterState(name=filters.FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),
    )
    kept = set()
    superfluous = []
    async for run in _runs(client, missed, FlowRunSort.EXPECTED_START_TIME_DESC):
        if not run.auto_scheduled or run.run_count:
            continue
        if run.deployment_id in kept:
            superfluous.append(run.id)
        kept.add(run.deployment_id)
    for run_id in superfluous:
        await client.delete_flow_run(run_id)
    return len(superfluous)


def end_lost(server: Connection) -> int:
    """Have the runs end as crashed that deployments began and that nobody carries on; how many.

    So do those that were cancelled by nobody but the end of what ran them. Only to be called where nothing runs
    deployments: before the runner begins, or after it was killed.
    """
    crashed = {"type": "CRASHED", "message": "What ran it was stopped; it goes on when that is up again."}
    lost = _in_state(server, "PENDING", "RUNNING", "CANCELLING")
    lost += [run for run in _in_state(server, "CANCELLED") if run["state"]["message"] == STOPPED]
    for run in lost:
        _post(server, f"flow_runs/{run['id']}/set_state", {"state": crashed, "force": True})
    return len(lost)


def _in_state(server: Connection, *types: str) -> list[dict[str, Any]]:
    """The runs of deployments in some states, those that ended last first."""
    wanted = {"deployment_id": {"is_null_": False}, "state": {"type": {"any_": types}}}
    found: list[dict[str, Any]] = _post(server, "flow_runs/filter", {"flow_runs": wanted, "sort": "END_TIME_DESC"})
    return found


def _post(server: Connection, path: str, said: dict[str, Any]) -> Any:
    """Tell Prefect's API something, without the second that importing its client takes."""
    headers = {"Content-Type": "application/json", **server.headers}
    request = Request(f"{server.url}/{path}", json.dumps(said).encode(), headers)  # noqa: S310 - http only
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - http only
        return json.load(answer)


async def _runs(client: Any, wanted: Any, sort: Any, page: int = 200) -> Any:
    """All flow runs that a filter names, page by page."""
    offset = 0
    while True:
        found = await client.read_flow_runs(flow_run_filter=wanted, sort=sort, limit=page, offset=offset)
        for run in found:
            yield run
        if len(found) < page:
            return
        offset += page
