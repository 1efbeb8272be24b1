"""Months in the form 2026-10."""

from datetime import UTC, datetime

from domain.actions import YEARS
from domain.batch import MOST_SHOWN, BatchError
from domain.vocabulary import visible


def month_named(name: str) -> datetime:
    """Return the first moment of a month, UTC.

    Raises:
        BatchError: if the name is not a month.
    """
    try:
        month = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        month = None
    if month is None or month.year not in YEARS:
        raise BatchError(f"write a month as year and month, such as 2026-10, not '{visible(name)[:MOST_SHOWN]}'")
    return month
