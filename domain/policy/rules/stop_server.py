"""Rules of stopping an existing server. Stopping a stopped server changes nothing."""

from domain.policy.rules.server import unknown

RULES = unknown("server")
