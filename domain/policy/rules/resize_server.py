"""Rules of changing the flavor of a server."""

from domain.policy.engine import Rule
from domain.policy.rules.server import FLAVOR_UNKNOWN, TOO_LITTLE_DISK, TOO_LITTLE_RAM, unknown

RULES = (
    *unknown("server"),
    FLAVOR_UNKNOWN,
    Rule(
        "resize.wrong-target",
        when="flavor_target <> server_target",
        because="the server is a {server_target}, but flavor {flavor} is for {flavor_target}",
        remedy="choose a flavor for {server_target}",
        source="Nova: no host of the server's kind offers such a flavor",
    ),
    TOO_LITTLE_RAM,
    TOO_LITTLE_DISK,
)
