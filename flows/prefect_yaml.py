"""Write ``prefect.yaml``, for users who deploy to a work pool with ``prefect deploy --all``.

Its deployments are those of ``imagekeeper up``. Only the titles and bounds of the forms are missing, because the format
cannot express them; ``flows.deploy`` deploys with them.
"""

import argparse
import sys
from typing import Any

import yaml

from flows.runs.deployments import deployments

POOLS = ("process", "docker", "kubernetes")

LAYOUT: dict[str, Any] = {"sort_keys": False, "width": 120, "allow_unicode": True}

HEAD = """\
# Generated from flows/runs/deployments.py by `python -m flows.prefect_yaml` (in the repository: `make prefect.yaml`).
# docs/how-to/scale-out.md explains how to deploy it. Every deployment uses the work pool *{pool}; the option
# `--pool docker` writes the same file for another of the pools below.

name: imagekeeper

# The flows are imported from the installed package where they run. Nothing is built, pushed or pulled.
build: null
push: null
pull: []

definitions:
  process: &process
    name: imagekeeper  # runs have the environment of their worker, including IMAGEKEEPER_HOME
  docker: &docker
    name: imagekeeper-docker
    job_variables:
      image: imagekeeper  # see Dockerfile
      image_pull_policy: IfNotPresent
      env: {{IMAGEKEEPER_HOME: /var/lib/imagekeeper}}
      volumes: ["/var/lib/imagekeeper:/var/lib/imagekeeper"]
      auto_remove: true
  kubernetes: &kubernetes
    name: imagekeeper-kubernetes
    job_variables:
      image: imagekeeper  # see Dockerfile; add the volume to the job template of the pool (docs/how-to/scale-out.md)
      image_pull_policy: IfNotPresent
      env: {{IMAGEKEEPER_HOME: /var/lib/imagekeeper}}
      finished_job_ttl: 3600

"""


def text(pool: str = "process") -> str:
    """Return the content of the file, with every deployment in one of the pools that it defines."""
    listed: str = yaml.dump(
        {"deployments": [_entry(deployment) for deployment in deployments()]}, Dumper=_BlockTextDumper, **LAYOUT
    )
    return HEAD.format(pool=pool) + listed.replace("work_pool: null", f"work_pool: *{pool}")


def _entry(deployment: Any) -> dict[str, Any]:
    """Return the entry of a deployment; the caller sets ``work_pool``."""
    entry = {
        "name": deployment.name,
        "entrypoint": deployment.entrypoint,
        "description": deployment.description,
        "tags": deployment.tags,
        "version": deployment.version,
        "version_type": "prefect:simple",  # the version of this program, not the git commit of the working directory
        "work_pool": None,
    }
    if deployment.schedules:
        entry["schedules"] = [
            {"cron": each.schedule.cron, "timezone": each.schedule.timezone, "slug": each.slug}
            for each in deployment.schedules
        ]
    if deployment.concurrency_limit:
        strategy = deployment.concurrency_options.collision_strategy.value
        entry["concurrency_limit"] = {"limit": deployment.concurrency_limit, "collision_strategy": strategy}
    return entry


class _BlockTextDumper(yaml.SafeDumper):
    """Writes a text of several lines as a block."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_BlockTextDumper.add_representer(str, _text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m flows.prefect_yaml", description=__doc__)
    parser.add_argument("--pool", choices=POOLS, default="process", help="the work pool of the deployments")
    sys.stdout.write(text(parser.parse_args().pool))
