"""Rules of ending a server for good."""

from domain.policy.rules.server import unknown

RULES = unknown("server")
