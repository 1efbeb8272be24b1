"""What is on a schedule is started: Prefect's server makes the runs that are to come."""

import time
from contextlib import closing
from typing import Any

import httpx

from flows.server.access import Connection

WAIT_S = 60


def test_runs_to_come_are_made(prefect_server: Connection) -> None:
    """Soon after a deployment with a schedule is there, its next runs are; with SQLAlchemy 2.1 they never were."""
    until = time.monotonic() + WAIT_S
    with closing(httpx.Client(base_url=prefect_server.url, headers=prefect_server.headers, timeout=30)) as prefect:

        def told(what: str, **said: object) -> Any:
            # a server on SQLite turns down what comes while it writes
            while (answer := prefect.post(what, json=said)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
                assert time.monotonic() < until
                time.sleep(0.5)
            return answer.raise_for_status().json()

        flow = told("flows/", name="on-a-schedule")["id"]
        schedule = {"schedule": {"cron": "0 5 * * *", "timezone": "UTC"}, "active": True}
        deployment = told(
            "deployments/", name="daily", flow_id=flow, entrypoint="nowhere.nothing", schedules=[schedule]
        )
        try:
            while not (count := told("flow_runs/count", deployments={"id": {"any_": [deployment["id"]]}})):
                assert time.monotonic() < until
                time.sleep(0.5)
            assert isinstance(count, int)
        finally:
            prefect.delete(f"deployments/{deployment['id']}")
