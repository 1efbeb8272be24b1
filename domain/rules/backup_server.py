"""Rules of backing a server up."""

from domain.rules.server import unknown

RULES = unknown("server")
