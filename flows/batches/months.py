"""Months as people name them: 2026-10."""

from datetime import UTC, datetime

from domain.actions import YEARS
from domain.batch import MOST_SHOWN, BatchError
from domain.vocabulary import visible


def month_named(name: str) -> datetime:
    """The first moment of a month, UTC.

    Raises:
        BatchError: if it is no month.
    """
    try:
        month = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        month = None
    if month is None or month.year not in YEARS:
        raise BatchError(f"a month is a year and a month such as 2026-10, not '{visible(name)[:MOST_SHOWN]}'")
    return month
