"""Rules of giving a server another flavor."""

from domain.policy.engine import Rule
from domain.policy.rules.server import FLAVOR_UNKNOWN, TOO_LITTLE_DISK, TOO_LITTLE_RAM, unknown

RULES = (
    *unknown("server"),
    FLAVOR_UNKNOWN,
    Rule(
        "resize.wrong-target",
        when="flavor_target <> server_target",
        because="the server is a {server_target}, flavor {flavor} is for {flavor_target}",
        remedy="choose a flavor for {server_target}",
        source="Nova: a flavor of another kind of host has no room for it",
    ),
    TOO_LITTLE_RAM,
    TOO_LITTLE_DISK,
)
