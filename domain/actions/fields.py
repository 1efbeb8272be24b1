"""Types of the fields of actions that are not in ``domain.vocabulary``."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from domain.vocabulary import PLAIN

YEARS = range(1971, 9000)
"""The years in which a time must be, so that every program can read times that are computed from it."""


def _utc(moment: datetime) -> datetime:
    try:
        in_utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # before the year 1 or after 9999 in UTC
        in_utc = None
    if in_utc is None or in_utc.year not in YEARS:
        raise ValueError(f"a time lies in the years {YEARS.start} to {YEARS.stop - 1}")
    return in_utc


Moment = Annotated[datetime, AfterValidator(_utc)]
"""A time in UTC; a time without a zone is taken as UTC."""
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=PLAIN)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=PLAIN)]
Description = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^<>\x00-\x1f\x7f-\x9f]*$")]
DiskGb = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A disk size in GB of 2^30 bytes, as in the APIs of clouds."""
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Money = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]
RamMb = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""Memory in MB of 2^20 bytes; 0 is no limit."""
