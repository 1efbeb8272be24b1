"""A demo world: images, shares, servers and offers as a cloud of any size might hold them, for trying the reports.

All of it is made by SQL, set-wise, and by chance that is a hash of fixed words: the same numbers make the same world.
The steps of this folder run after the ``macros``, in the order of ``BEFORE``, ``WAVE`` (once for each wave of images
made of images) and ``AFTER``. They think the world out in temporary tables, with moments in seconds since 1970, where
``n`` is an image, ``m`` a server, ``owner`` a tenant by its rank, and write it down from ``holdings`` on. Nothing has a
file behind it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from data.billing import metering, metering_runs
from data.billing.metering_runs import ChecksFailed
from data.warehouse.connection import Warehouse, WarehouseError
from data.warehouse.pipeline import rows, run, step
from data.warehouse.sql_files import statements

BEFORE = (
    "tenants",
    *("slots/clock_hour", "slots/os", "slots/public_slot", "slots/slot"),
    *("roots/made", "roots/machine", "roots/disk"),
    *("sale/catalogue", "sale/sale"),
)
WAVE = ("builders/machine", "builders/disk", "derived/made", "derived/machine")
WAVES = range(1, 5)
"""So many times at most an image is made of an image that is made of an image …; a recipient's copy comes on top."""
AFTER = (
    *("sharing/doomed", "sharing/share", "sharing/guest", "sharing/guests", "sharing/friend"),
    "adopted",
    *("servers/machine", "servers/rig"),
    *("holdings/deletion", "holdings/image", "holdings/guests", "holdings/image_member"),
    *("market/offer", "market/price", "market/contract", "market/credit"),
    *("machines/stretch_of", "machines/server", "machines/server_span", "machines/volume", "machines/backup"),
    *("events/lately", "events/event"),
    "refusals",
    *("history/log_line", "history/batch", "history/action_log"),
)

BOUNDS = {"images": (100, 20_000_000), "tenants": (3, 100_000), "months": (1, 120)}
"""The least and the most that may be asked for."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a demo world came to, in rows; ``shares`` are those that stand."""

    images: int
    shares: int
    offers: int
    servers: int
    actions: int
    charges: int


def fill(warehouse: Warehouse, *, images: int, tenants: int, months: int, until: datetime) -> Filled:
    """Fill an empty warehouse with a demo world and its charges, in one transaction.

    Args:
        warehouse: where to; it holds no images and no batches yet.
        images: how many images there are, those that were deleted among them.
        tenants: how many tenants own, share and use them, beside the platform.
        months: for how many calendar months before ``until`` they did; public images are a little older.
        until: the last moment of the world, cut to whole seconds. The same one makes the same rows.

    Raises:
        WarehouseError: if the warehouse holds something already or cannot be written now, or a number makes no sense.
        ChecksFailed: if the charges contradict themselves; nothing was written.
    """
    asked = {"images": images, "tenants": tenants, "months": months}
    _refuse_numbers(asked)
    with warehouse.reading() as con:
        _refuse_what_is_held(con, warehouse)
    with warehouse.writing() as con:
        _refuse_what_is_held(con, warehouse)
        ends = until.astimezone(UTC).replace(microsecond=0)
        _set(con, asked | _numbers(images), ends)
        _refuse_times_without_prices(con)
        _think_out(con)
        _meter(con, ends)
        return Filled(*rows(con, "demo/counted")[0])


def _refuse_numbers(asked: dict[str, int]) -> None:
    for name, number in asked.items():
        least, most = BOUNDS[name]
        if not least <= number <= most:
            raise WarehouseError(f"a demo world has {least:,} to {most:,} {name}, not {number:,}")


def _refuse_what_is_held(con: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    images, batches = con.execute("SELECT (SELECT count(*) FROM image), (SELECT count(*) FROM batch)").fetchall()[0]
    if images or batches:
        raise WarehouseError(
            f"{warehouse.path} holds {images:,} images and {batches:,} batches, and a demo world goes into an empty"
            " warehouse; set IMAGEKEEPER_HOME to another folder, and try again"
        )


def _refuse_times_without_prices(con: duckdb.DuckDBPyConnection) -> None:
    too_early, begins, priced_from = rows(con, "demo/too_early")[0]
    if too_early:
        raise WarehouseError(
            f"the demo world would begin on {begins}, and flavors have prices from {priced_from} on;"
            " ask for fewer months, or for a later end"
        )


def _numbers(images: int) -> dict[str, int]:
    """How many there are of each kind, for so many images."""
    publics = max(12, min(40, images // 20), images // 200)
    return {
        "publics": publics,
        "privates": images - publics,
        "offers": max(12, images * 3 // 1000),
        "adoptions": images // 50,
        "servers": max(60, min(images // 4, 2_500), images // 40),  # so many in use that charges stay a few million
        "actions": max(60, min(images // 10, 200_000)),
    }


def _set(con: duckdb.DuckDBPyConnection, numbers: dict[str, int], until: datetime) -> None:
    for name, number in numbers.items():
        con.execute(f"SET VARIABLE {name} = {number:d}::BIGINT")
    con.execute(f"SET VARIABLE until = {until.timestamp():.0f}::BIGINT")
    con.execute(
        "SET VARIABLE begins = epoch((to_timestamp(getvariable('until')) AT TIME ZONE 'UTC'"
        " - to_months(getvariable('months')::INTEGER)) AT TIME ZONE 'UTC')::BIGINT"
    )


def _think_out(con: duckdb.DuckDBPyConnection) -> None:
    for macro in statements("demo", "macros"):
        con.execute(macro)
    _run(con, BEFORE)
    for wave in WAVES:
        con.execute(f"SET VARIABLE wave = {wave:d}::BIGINT")
        _run(con, WAVE)
    _run(con, AFTER)


def _run(con: duckdb.DuckDBPyConnection, steps: tuple[str, ...]) -> None:
    for name in steps:
        run(con, step(f"demo/{name}"))


def _meter(con: duckdb.DuckDBPyConnection, until: datetime) -> None:
    """Turn use into charges as ``books`` does, but all months in one transaction."""
    metering.prepare(con)
    for month in metering.months_to_meter(con, until):
        done = metering.meter(con, month, max(month, until))  # a month begins earlier in the zone of some prices
        con.execute("INSERT INTO metering VALUES (?, ?, ?, 0, 0, NULL, ?)", [month, done.until, done.added, until])
        findings = list(metering_runs.findings_of(con))
        if findings:
            raise ChecksFailed(month, findings)
