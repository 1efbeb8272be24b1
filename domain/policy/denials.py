"""Why a request may be denied where no rule of its action objects: whoever decides is not asked through facts."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Denial:
    """One such reason: what it is called, when it is given, what to do instead, and who says so."""

    id: str
    when: str
    remedy: str
    source: str


CLOUD_CANNOT = Denial(
    "cloud.cannot",
    when="the cloud acted on can never do it; plans tell so as well",
    remedy="do it with the cloud's own tools, or on a cloud that can",
    source="the cloud's adapter; docs/reference/openstack.md lists what a cloud cannot do",
)
APPROVAL_REFUSED = Denial(
    "approval.refused",
    when="the batch was so large that a person was asked, and refused it",
    remedy="ask whoever refused it; then apply it as a new batch, with a batch_id of its own",
    source="Imagekeeper: large changes wait for a person (docs/how-to/approve-large-changes.md)",
)
DENIALS: Mapping[str, Denial] = {denial.id: denial for denial in (CLOUD_CANNOT, APPROVAL_REFUSED)}
