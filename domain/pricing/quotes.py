"""The cost of a planned launch: what is asked, and the answer."""

from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

MONTH_HOURS = 730
"""The hours of a month in quotes, as clouds count them: the 8,760 hours of a year by 12."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A planned launch: the flavor, its vCPUs, and the number of servers."""

    flavor: str
    vcpus: int
    servers: int


class Quote(BaseModel):
    """What the servers of one launch cost if they do not stop: at once, in the first hour, and in a month."""

    model_config = ConfigDict(frozen=True)

    once: Decimal = Decimal(0)
    hour: Decimal = Decimal(0)
    month: Decimal = Decimal(0)
