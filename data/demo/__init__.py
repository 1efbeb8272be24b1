"""Demo data for the reports: images, shares, servers and offers of a cloud of any size.

SQL generates everything. The random numbers are hashes of fixed texts, so the same arguments give the same data. The
steps of this folder run after the ``macros``, in the order ``BEFORE``, ``WAVE`` (once per wave of images that are
created from images) and ``AFTER``. They build temporary tables, with times in seconds since 1970; ``n`` is an image,
``m`` a server, and ``owner`` the rank of a tenant. From ``holdings`` on, they write the tables of the warehouse. There
are no image files.
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
"""The waves: the longest chain of images that are created from images. A recipient's copy can follow."""
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
"""The smallest and largest value of each argument of ``fill``."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The numbers of rows of the demo data; ``shares`` are those that exist at the end."""

    images: int
    shares: int
    offers: int
    servers: int
    actions: int
    charges: int


def fill(warehouse: Warehouse, *, images: int, tenants: int, months: int, until: datetime) -> Filled:
    """Fill an empty warehouse with demo data and its charges, in one transaction.

    Args:
        warehouse: a warehouse without images and batches.
        images: the number of images, including deleted ones.
        tenants: the number of tenants that own, share and use images, besides the platform.
        months: the number of calendar months of data before ``until``. Public images are a little older.
        until: the end of the data; fractions of a second are cut off. The same ``until`` gives the same rows.

    Raises:
        WarehouseError: if the warehouse is not empty, cannot be written now, or a number is out of bounds.
        ChecksFailed: if the charges fail their checks; nothing was written.
    """
    arguments = {"images": images, "tenants": tenants, "months": months}
    _check_bounds(arguments)
    with warehouse.reading() as con:  # fails at once, without waiting for the write lock
        _check_empty(con, warehouse)
    with warehouse.writing() as con:
        _check_empty(con, warehouse)
        ends = until.astimezone(UTC).replace(microsecond=0)
        _set(con, arguments | _numbers(images), ends)
        _check_prices(con)
        _generate(con)
        _meter(con, ends)
        return Filled(*rows(con, "demo/counted")[0])


def _check_bounds(arguments: dict[str, int]) -> None:
    for name, number in arguments.items():
        least, most = BOUNDS[name]
        if not least <= number <= most:
            raise WarehouseError(f"demo data has {least:,} to {most:,} {name}, not {number:,}")


def _check_empty(con: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    images, batches = con.execute("SELECT (SELECT count(*) FROM image), (SELECT count(*) FROM batch)").fetchall()[0]
    if images or batches:
        raise WarehouseError(
            f"{warehouse.path} contains {images:,} images and {batches:,} batches, and demo data needs an empty"
            " warehouse: set IMAGEKEEPER_HOME to another folder, and try again"
        )


def _check_prices(con: duckdb.DuckDBPyConnection) -> None:
    too_early, begins, priced_from = rows(con, "demo/too_early")[0]
    if too_early:
        raise WarehouseError(
            f"the demo data would begin on {begins}, but flavors have prices only from {priced_from} on:"
            " choose fewer months, or a later end"
        )


def _numbers(images: int) -> dict[str, int]:
    """Return the number of rows of each kind for a number of images."""
    publics = max(12, min(40, images // 20), images // 200)
    return {
        "publics": publics,
        "privates": images - publics,
        "offers": max(12, images * 3 // 1000),
        "adoptions": images // 50,
        "servers": max(60, min(images // 4, 2_500), images // 40),  # limits the charges to a few million
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


def _generate(con: duckdb.DuckDBPyConnection) -> None:
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
    """Meter the usage like the flow ``meter_usage``, but all months in one transaction."""
    metering.prepare(con)
    for month in metering.months_to_meter(con, until):
        done = metering.meter(con, month, max(month, until))  # a month begins earlier in the zone of some prices
        con.execute("INSERT INTO metering VALUES (?, ?, ?, 0, 0, NULL, ?)", [month, done.until, done.added, until])
        findings = list(metering_runs.findings_of(con))
        if findings:
            raise ChecksFailed(month, findings)
