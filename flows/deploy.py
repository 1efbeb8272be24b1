"""Deploy all deployments of ``imagekeeper up`` to a work pool, with the same forms, so that workers run them.

``prefect deploy --all`` deploys the same from ``prefect.yaml``. But Prefect then creates the forms from the signatures
of the flows, without the titles and bounds of ours.
"""

import argparse
import asyncio
import sys
from typing import Any

from prefect.context import AsyncClientContext
from prefect.exceptions import ObjectNotFound

from flows.runs.deployments import deployments
from flows.server.runner import prepare


async def deploy(registered: list[Any], pool: str) -> str:
    """Deploy to a work pool and prepare the server; return a warning, or an empty text.

    Existing deployments are updated. Settings that only ``prefect.yaml`` has, such as job variables, stay.

    Args:
        registered: the deployments.
        pool: the name of the work pool.

    Raises:
        ObjectNotFound: if there is no such work pool.
    """
    # One client for all requests: to create one takes as long as ten requests.
    async with AsyncClientContext.get_or_create() as context:
        await context.client.read_work_pool(pool)
        for deployment in registered:
            deployment.work_pool_name = pool
            # The version is that of this installation. Prefect's default is the git commit of the working directory.
            deployment.version_type = "prefect:simple"
            await deployment.aapply()
        return await prepare(context.client)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m flows.deploy", description=__doc__)
    parser.add_argument("--pool", required=True, help="the name of the work pool")
    pool = parser.parse_args().pool
    every = deployments()
    try:
        warning = asyncio.run(deploy(every, pool))
    except ObjectNotFound:
        sys.exit(f"there is no work pool '{pool}': prefect work-pool create '{pool}' --type process")
    sys.stdout.write(f"{len(every)} deployments are in the work pool '{pool}'{warning}.\n")
