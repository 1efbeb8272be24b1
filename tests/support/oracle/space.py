"""What deletion would free, read slowly: the report ``space`` said again in plain Python."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from data.warehouse.connection import Warehouse

Row = dict[str, Any]
REASONS = ("stale", "superseded", "not usable", "duplicate")
BEGINS = {
    "server_span": "started_at",
    "image_member": "shared_at",
    "action_log": "requested_at",
    "offer": "published_at",
}
ENDS = {"server_span": "ended_at", "offer": "withdrawn_at"}


class Space:
    """The images of a warehouse at a moment, and why each could go."""

    def __init__(self, path: Path, now: datetime, unused_days: int) -> None:
        self._path = path
        self._now = now
        self._since = now - timedelta(days=unused_days)
        self._images = self._existing("image")
        self._uses, self._in_use = self._used()
        self._blocked = self._in_use | {one["image_id"] for one in self._existing("offer")}
        self._blocked |= {one["image_id"] for one in self._images if one["protected"] or one["visibility"] == "public"}
        self._reasons = self._reasoned()

    def told(self, tenant: str | None, region: str | None) -> dict[str, tuple[int, int, int]]:
        """How many images there are of each reason, how many of them could go, and the bytes that would."""
        images = [one for one in self._images if region in (None, one["region"])]
        counts, going, freed = Counter[str](), Counter[str](), Counter[str]()
        files: dict[Any, list[Row]] = defaultdict(list)
        kept = {(one["region"], one["blob"]) for table in ("server", "volume") for one in self._existing(table)}
        kept |= {(one["region"], one["blob"]) for one in self._begun("backup")}
        for one in images:
            reason = self._reasons.get(one["image_id"]) if tenant in (None, one["owner"]) else None
            goes = reason is not None and one["image_id"] not in self._blocked
            counts[reason] += 1
            going[reason] += goes
            if not goes:
                kept.add((one["region"], one["blob"]))
            elif one["blob"] is None:
                freed[reason] += one["size_bytes"] or 0
            else:
                files[one["region"], one["blob"]].append(one)
        for file in files.keys() - kept:
            last = max((self._reasons[one["image_id"]] for one in files[file]), key=REASONS.index)
            freed[last] += max(one["size_bytes"] or 0 for one in files[file])
        return {reason: (counts[reason], going[reason], freed[reason]) for reason in REASONS}

    def _reasoned(self) -> dict[str, str]:
        found, seen = {}, set()
        for one in sorted(self._images, key=self._comes_first):
            content = tuple(one[name] for name in ("owner", "region", "checksum", "encrypted", "kms_key_id"))
            if max([one["created_at"], *self._uses[one["image_id"]]]) <= self._since:
                found[one["image_id"]] = "stale"
            elif one["deprecated_at"] and one["deprecated_at"] <= self._now:
                found[one["image_id"]] = "superseded"
            elif one["status"] != "active":
                found[one["image_id"]] = "not usable"
            elif one["checksum"] and content in seen:
                found[one["image_id"]] = "duplicate"
            else:
                seen.add(content)
        return found

    def _comes_first(self, one: Row) -> tuple[Any, ...]:
        return (
            one["image_id"] not in self._in_use,
            one["image_id"] not in self._blocked,
            one["created_at"],
            one["image_id"],
        )

    def _used(self) -> tuple[dict[str, list[datetime]], set[str]]:
        uses: dict[str, list[datetime]] = defaultdict(list)
        in_use = {one["image_id"] for table in ("server_span", "volume") for one in self._existing(table)}
        for image_id in in_use:
            uses[image_id].append(self._now)
        for table, time in (("server_span", "ended_at"), ("volume", "deleted_at"), ("action_log", "requested_at"),
                            ("image_member", "shared_at"), ("image_member", "accepted_at")):  # fmt: skip
            for one in self._begun(table):
                if one[time] is not None and one[time] <= self._now:
                    uses[one["image_id"]].append(one[time])
        for one in self._begun("image"):
            if one["source_kind"] == "image":
                uses[one["source_id"]].append(one["created_at"])
        return uses, in_use

    def _existing(self, table: str) -> list[Row]:
        end = ENDS.get(table, "deleted_at")
        return [one for one in self._begun(table) if one[end] is None or one[end] > self._now]

    def _begun(self, table: str) -> list[Row]:
        with Warehouse(self._path).reading() as con:
            con.complete()
            rows = con.sql(f"FROM {table}").to_arrow_table().to_pylist()
        return [row for row in rows if row[BEGINS.get(table, "created_at")] <= self._now]
