"""The guarded Prefect server, the report server, and the process that runs deployments.

``access`` holds the password, ``guard`` checks requests, ``prefect_server`` starts and stops Prefect's server, and
``local_services`` keeps all of them running for ``imagekeeper up``.

Modules here may import ``flows.settings``; flows and commands import them, not the reverse.
"""
