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

from flows.deployments import deployments


async def deploy(made: list[Any], pool: str) -> None:
    """Hand deployments to a work pool, also those that are there already.

    What was said of a deployment elsewhere, as its job variables in ``prefect.yaml``, stays.

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


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m flows.deploy", description=__doc__)
    asked.add_argument("--pool", required=True, help="the name of the work pool")
    pool = asked.parse_args().pool
    registered = deployments()
    try:
        asyncio.run(deploy(registered, pool))
    except ObjectNotFound:
        sys.exit(f"there is no work pool '{pool}': prefect work-pool create '{pool}' --type process")
    sys.stdout.write(f"{len(registered)} deployments are in the work pool '{pool}'.\n")
