"""Rules of backing a server up."""

from domain.policy.rules.server import unknown

RULES = unknown("server")
