"""Rules of starting an existing server. Starting a running server changes nothing."""

from domain.policy.rules.server import unknown

RULES = unknown("server")
