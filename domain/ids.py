"""Ids: UUIDv7 text (RFC 9562), computed from the id of a batch and the time when it began.

A batch that is carried out again creates the same ids, so an interrupted batch is finished and not repeated.
"""

import hashlib
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def made_id(batch_id: str, begun_at: datetime, seq: int, ordinal: int = 1) -> str:
    """Return the id of the ``ordinal``-th thing that action ``seq`` of a batch creates; both count from 1."""
    digest = hashlib.md5(f"{batch_id}:{seq}:{ordinal}".encode(), usedforsecurity=False).hexdigest()
    stamp = f"{(begun_at - EPOCH) // timedelta(milliseconds=1):012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{digest[:3]}-8{digest[3:6]}-{digest[6:18]}"


MADE_ID_SQL = """CREATE OR REPLACE TEMP MACRO made_id(batch, begun_at, seq, ordinal) AS concat(
    printf('%012x', epoch_us(begun_at) // 1000)[1:8], '-', printf('%012x', epoch_us(begun_at) // 1000)[9:12],
    '-7', md5(concat(batch, ':', seq, ':', ordinal))[1:3],
    '-8', md5(concat(batch, ':', seq, ':', ordinal))[4:6],
    '-', md5(concat(batch, ':', seq, ':', ordinal))[7:18]
);
CREATE OR REPLACE TEMP MACRO nth_id(made, begun_at, seq, ordinal) AS
    CASE WHEN ordinal = 1 THEN made ELSE made_id(made, begun_at, seq, ordinal) END"""
"""``made_id`` in SQL, for many rows at once; a test compares the two.

``nth_id`` is for an action that creates several things. The first has the id that its handle refers to (``made``).
"""
