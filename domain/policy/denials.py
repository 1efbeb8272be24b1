"""Reasons for a denial that are not rules: a cloud or a person decides, not a condition on facts."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Denial:
    """A reason for a denial: its id, when it applies, the remedy, and its source."""

    id: str
    when: str
    remedy: str
    source: str


CLOUD_CANNOT = Denial(
    "cloud.cannot",
    when="the cloud can never carry out the action; a plan reports it too",
    remedy="do it with the cloud's own tools, or on a cloud that can",
    source="the cloud's adapter; docs/reference/openstack.md lists what a cloud cannot do",
)
APPROVAL_REFUSED = Denial(
    "approval.refused",
    when="the batch needed approval, and a person refused it",
    remedy="ask the person who refused it; then apply it as a new batch, with another batch_id",
    source="Imagekeeper: large changes wait for a person (docs/how-to/approve-large-changes.md)",
)
DENIALS: Mapping[str, Denial] = {denial.id: denial for denial in (CLOUD_CANNOT, APPROVAL_REFUSED)}
