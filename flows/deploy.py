"""Deploys the registry to a work pool: what ``imagekeeper up`` serves, with the same forms, for workers to run.

``prefect deploy --all`` does so too, from ``prefect.yaml``; but its forms are those that Prefect makes of a flow's
signature, without the titles and bounds of ours.
"""

import argparse
import asyncio
import sys
from typing import Any

from prefect.context import AsyncClientContext
from prefect.exceptions import ObjectNotFound

from flows.runs.deployments import deployments
from flows.server.runner import prepare


async def deploy(made: list[Any], pool: str) -> str:
    """Hand deployments to a work pool, and prepare the server; what somebody has to be told of that.

    Deployments that are there already are made anew. What was said of one elsewhere, as job variables in prefect.yaml,
    stays.

    Raises:
        ObjectNotFound: if there is no such work pool.
    """
    # one client for all that is said to the server: making one takes as long as ten requests
    async with AsyncClientContext.get_or_create() as ours:
        await ours.client.read_work_pool(pool)
        for one in made:
            one.work_pool_name = pool
            # the version is that of this installation, not of the repository of whoever stands in one
            one.version_type = "prefect:simple"
            await one.aapply()
        return await prepare(ours.client)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m flows.deploy", description=__doc__)
    asked.add_argument("--pool", required=True, help="the name of the work pool")
    pool = asked.parse_args().pool
    registered = deployments()
    try:
        told = asyncio.run(deploy(registered, pool))
    except ObjectNotFound:
        sys.exit(f"there is no work pool '{pool}': prefect work-pool create '{pool}' --type process")
    sys.stdout.write(f"{len(registered)} deployments are in the work pool '{pool}'{told}.\n")
