"""Rules of ending a server for good."""

from domain.rules.server import unknown

RULES = unknown("server")
