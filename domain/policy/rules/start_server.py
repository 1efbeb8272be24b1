"""Rules of starting a server that is there; done again it changes nothing."""

from domain.policy.rules.server import unknown

RULES = unknown("server")
