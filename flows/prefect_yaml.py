"""Writes ``prefect.yaml``: the registry, for those who deploy it to a work pool with ``prefect deploy --all``.

What it says of a deployment is what ``imagekeeper up`` serves; only the titles and bounds of the forms cannot be said
in it (``flows.deploy`` can).
"""

import argparse
import sys
from typing import Any

import yaml

from flows.runs.deployments import deployments

POOLS = ("process", "docker", "kubernetes")

LAYOUT: dict[str, Any] = {"sort_keys": False, "width": 120, "allow_unicode": True}

HEAD = """\
# Made from flows/runs/deployments.py: `make prefect.yaml` makes it anew; docs/how-to/scale-out.md deploys it.
# Every deployment goes to the work pool *{pool}; `python -m flows.prefect_yaml --pool docker` writes the same file for
# another of the pools below.

name: imagekeeper

# The flows are imported from what is installed where they run, in whatever folder: nothing is fetched.
build: null
push: null
pull: []

definitions:
  process: &process
    name: imagekeeper  # its runs have the environment of their worker, IMAGEKEEPER_HOME too
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
      image: imagekeeper  # see Dockerfile; add a volume to the pool's job template (docs/how-to/scale-out.md)
      image_pull_policy: IfNotPresent
      env: {{IMAGEKEEPER_HOME: /var/lib/imagekeeper}}
      finished_job_ttl: 3600

"""


def text(pool: str = "process") -> str:
    """The file, with every deployment in one of the pools that it defines."""
    listed: str = yaml.dump({"deployments": [_entry(one) for one in deployments()]}, Dumper=_Legible, **LAYOUT)
    return HEAD.format(pool=pool) + listed.replace("work_pool: null", f"work_pool: *{pool}")


def _entry(one: Any) -> dict[str, Any]:
    """A deployment as the file says it; ``work_pool`` is filled in by the caller."""
    entry = {
        "name": one.name,
        "entrypoint": one.entrypoint,
        "description": one.description,
        "tags": one.tags,
        "version": one.version,
        "version_type": "prefect:simple",  # that of this program, not of the repository that it is deployed from
        "work_pool": None,
    }
    if one.schedules:
        entry["schedules"] = [
            {"cron": each.schedule.cron, "timezone": each.schedule.timezone, "slug": each.slug}
            for each in one.schedules
        ]
    if one.concurrency_limit:
        strategy = one.concurrency_options.collision_strategy.value
        entry["concurrency_limit"] = {"limit": one.concurrency_limit, "collision_strategy": strategy}
    return entry


class _Legible(yaml.SafeDumper):
    """Writes text of several lines as such."""


def _text(dumper: yaml.SafeDumper, said: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", said, style="|" if "\n" in said else None)


_Legible.add_representer(str, _text)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m flows.prefect_yaml", description=__doc__)
    asked.add_argument("--pool", choices=POOLS, default="process", help="the work pool that it deploys to")
    sys.stdout.write(text(asked.parse_args().pool))
