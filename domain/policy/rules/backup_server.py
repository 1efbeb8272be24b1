"""Rules of backing up a server."""

from domain.policy.rules.server import unknown

RULES = unknown("server")
