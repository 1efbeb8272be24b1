"""Months as people name them: 2026-10."""

from datetime import UTC, datetime

from domain.batch import BatchError


def month_named(name: str) -> datetime:
    """The first moment of a month, UTC.

    Raises:
        BatchError: if it is no month.
    """
    try:
        return datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise BatchError(f"a month is a year and a month such as 2026-10, not '{name}'") from None
