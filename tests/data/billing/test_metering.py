"""The ledger: however use is cut, ordered and metered, the sums are the same; what is closed stays."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.billing import invoicing, metering, metering_runs
from data.billing.invoicing import BillingError
from data.billing.metering_runs import ChecksFailed
from data.warehouse.connection import Warehouse
from support.effort import either
from support.fakes import StandingWarehouse
from support.oracle.cost import Span, Use
from support.worlds import small_world
from support.worlds.random_use import moments, worlds, write

pytestmark = pytest.mark.slow


def use_begins(use: Use) -> datetime:
    """When a world's use begins."""
    return min([span.started_at for span in use.spans] + [one.starts_at for one in use.contracts])


ALL = "SELECT * EXCLUDE (x_stretch_started_at) FROM charge ORDER BY ALL"
MONTH = datetime(2026, 10, 1, tzinfo=UTC)
BEFORE = datetime(2026, 9, 1, tzinfo=UTC)
AFTER = datetime(2026, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXAMPLES = either(short=4, full=100)
SHORT = worlds().filter(lambda use: moments(use)[-1] - use_begins(use) < timedelta(days=100))
"""Worlds of few months: what holds of a month holds of many."""


@pytest.fixture(scope="module")
def warehouse() -> Iterator[StandingWarehouse]:
    """A warehouse in memory that each world is written into, and emptied again."""
    warehouse = StandingWarehouse()
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def small_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the small world, metered."""
    path = tmp_path_factory.mktemp("ledger") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        small_world.build(con)
    metering_runs.meter_all(Warehouse(path), LATER)
    return path


def meter(con: duckdb.DuckDBPyConnection, until: datetime, *, first: datetime | None = None) -> None:
    """Meter all months that may have something new, or all from one on."""
    metering.prepare(con)
    chosen = metering.months_to_meter(con, until) if first is None else list(metering.months(first, until))
    for month in chosen:
        metering.meter(con, month, until)


def ledger(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """All charges, in one order."""
    return con.execute(ALL).fetchall()


def sums(con: duckdb.DuckDBPyConnection, of: str) -> list[tuple[Any, ...]]:
    """Quantity and cost by some columns; what comes to nothing is left out."""
    return con.execute(
        f"SELECT {of}, sum(PricingQuantity) AS q, sum(BilledCost) AS b, sum(EffectiveCost) AS e FROM charge"
        " GROUP BY ALL HAVING q <> 0 OR b <> 0 OR e <> 0 ORDER BY ALL"
    ).fetchall()


class TestAnyWorld:
    """What holds whatever is used at whatever price."""

    @settings(max_examples=EXAMPLES // 2)
    @given(use=SHORT)
    def test_metering_bit_by_bit_comes_to_the_same(self, warehouse: StandingWarehouse, use: Use) -> None:
        """A ledger that was brought up to date again and again says what one says that was written at once."""
        until = sorted(moments(use))[::2]
        with warehouse.reading() as con:
            write(con, use)
            meter(con, until[-1])
            at_once = ledger(con)
            con.execute("DELETE FROM charge")
            first = metering.months_to_meter(con, until[-1])[:1]
            for moment in until:
                meter(con, moment, first=first[0] if first else None)
            meter(con, until[-1] + timedelta(0), first=first[0] if first else None)
            assert sums(con, "SkuPriceId, x_server_id, BillingPeriodStart, x_kind") == sums_of(at_once, con)

    @settings(max_examples=EXAMPLES)
    @given(use=SHORT)
    def test_metering_again_changes_nothing(self, warehouse: StandingWarehouse, use: Use) -> None:
        """The second time no row is added, taken out or corrected, and every check is content."""
        until = moments(use)[-1]
        with warehouse.reading() as con:
            write(con, use)
            metering.prepare(con)
            for month in metering.months_to_meter(con, until):
                metering.meter(con, month, until)
                note(con, month, until)
                assert list(metering_runs.findings_of(con)) == []
            before = ledger(con)
            for month in metering.months(use_begins(use), until):
                again = metering.meter(con, month, until)
                assert (again.added, again.removed, again.corrected) == (0, 0, 0)
            assert ledger(con) == before

    @settings(max_examples=EXAMPLES)
    @given(use=SHORT, seed=st.integers(0, 2**32))
    def test_order_changes_nothing(self, warehouse: StandingWarehouse, use: Use, seed: int) -> None:
        """However the rows of the tables are laid, the charges are the same."""
        until, by = moments(use)[-1], Random(seed)
        seen = []
        for _ in range(2):
            with warehouse.reading() as con:
                write(con, use)
                meter(con, until)
                seen.append(ledger(con))
            use = replace(
                use,
                **{name: by.sample(rows, len(rows)) for name in ("spans", "machines") for rows in [getattr(use, name)]},
            )
        assert seen[0] == seen[1]

    @settings(max_examples=EXAMPLES)
    @given(use=SHORT, seed=st.integers(0, 2**32))
    def test_cutting_spans_changes_no_sum(self, warehouse: StandingWarehouse, use: Use, seed: int) -> None:
        """A server that was recorded as two spans where it was one costs the same; tiers may fill in another order."""
        until, by = moments(use)[-1], Random(seed)
        edges = [moment for offer in use.offers for moment in (offer.published_at, offer.withdrawn_at) if moment]
        of = "x_kind, x_offer_id, x_server_id, x_price_id, x_flavor, x_state, BillingPeriodStart"
        seen = []
        for spans in (use.spans, [part for span in use.spans for part in cut(span, until, edges, by)]):
            with warehouse.reading() as con:
                write(con, replace(use, spans=spans))
                meter(con, until)
                con.execute(
                    "DELETE FROM charge WHERE x_offer_id IN (SELECT offer_id FROM price WHERE pricing_model = 'tiered')"
                )
                seen.append(sums(con, of))
        assert seen[0] == seen[1]

    @settings(max_examples=EXAMPLES)
    @given(use=SHORT)
    def test_tenants_add_up(self, warehouse: StandingWarehouse, use: Use) -> None:
        """What each tenant is charged alone in the world, it is charged among the others; nobody pays for another."""
        until = moments(use)[-1]
        with warehouse.reading() as con:
            write(con, use)
            meter(con, until)
            together = sums(con, "SubAccountId, x_offer_id, x_kind")
        alone = []
        for tenant in sorted({machine.owner for machine in use.machines} | {one.tenant for one in use.contracts}):
            machines = [machine for machine in use.machines if machine.owner == tenant]
            kept = {machine.server_id for machine in machines}
            with warehouse.reading() as con:
                write(
                    con,
                    replace(
                        use,
                        machines=machines,
                        spans=[span for span in use.spans if span.server_id in kept],
                        contracts=[one for one in use.contracts if one.tenant == tenant],
                    ),
                )
                meter(con, until)
                alone += sums(con, "SubAccountId, x_offer_id, x_kind")
        assert sorted(alone, key=repr) == sorted(together, key=repr)


def sums_of(at_once: list[tuple[Any, ...]], con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The sums of rows that were in the ledger before."""
    columns = [name for name, *_ in con.execute("DESCRIBE charge").fetchall() if name != "x_stretch_started_at"]
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM charge")
    con.execute("DELETE FROM charge")
    con.executemany(f"INSERT INTO charge ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})", at_once)
    return sums(con, "SkuPriceId, x_server_id, BillingPeriodStart, x_kind")


def note(con: duckdb.DuckDBPyConnection, month: datetime, until: datetime) -> None:
    """Write down that a month was metered."""
    con.execute("INSERT INTO metering VALUES (?, ?, 0, 0, 0, NULL, now())", [month, until])


def cut(span: Span, until: datetime, edges: list[datetime], by: Random) -> list[Span]:
    """A span as two that adjoin; one in which an offer comes or goes stays, since its begin says which offer counts."""
    ends = span.ended_at or until
    length = (ends - span.started_at) // timedelta(microseconds=1)
    if length < 2 or any(span.started_at < edge < ends for edge in edges):
        return [span]
    middle = span.started_at + timedelta(microseconds=by.randrange(1, length))
    return [replace(span, ended_at=middle), replace(span, started_at=middle)]


class TestClosing:
    """A month that is closed is never rewritten."""

    @pytest.fixture
    def con(self, warehouse: StandingWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
        """The small world, metered; all months before October are closed."""
        with warehouse.reading() as con:
            small_world.build(con)
            metering.prepare(con)
            for month in metering.months_to_meter(con, LATER):
                metering.meter(con, month, LATER)
                note(con, month, LATER)
            for month in metering.months(datetime(2026, 3, 1, tzinfo=UTC), MONTH):
                invoicing.close(con, month, Decimal(0), LATER)
            yield con

    def test_invoices_are_whole_cents(self, con: duckdb.DuckDBPyConnection) -> None:
        """Tax and rounding are charges of their own, and all charges of an invoice come to its total, to the cent."""
        assert invoicing.close(con, MONTH, Decimal("19.6"), LATER) > 1
        rows = con.execute(
            "SELECT i.subtotal, i.tax, i.rounding, i.total, sum(c.BilledCost) FROM invoice AS i"
            " JOIN charge AS c ON c.InvoiceId = i.invoice_id WHERE i.month_begins = $1 GROUP BY ALL",
            [MONTH],
        ).fetchall()
        for subtotal, tax, rounding, total, charged in rows:
            assert subtotal + tax + rounding == total == charged == round(total, 2)
            assert tax == round(subtotal * Decimal("0.196"), 2)
            assert abs(rounding) <= Decimal("0.005")
        assert list(metering_runs.findings_of(con)) == []

    def test_a_change_is_a_correction_in_the_open_month(self, con: duckdb.DuckDBPyConnection) -> None:
        """A server that ran half an hour less is credited half an hour, once; October stays to the row as it was."""
        invoicing.close(con, MONTH, Decimal(20), LATER)
        closed = con.execute("SELECT * FROM charge WHERE BillingPeriodStart = $1 ORDER BY ALL", [MONTH]).fetchall()
        con.execute("UPDATE server_span SET started_at = '2026-10-31 22:30:00+00' WHERE server_id = 'boundary'")
        for _ in range(2):
            meter(con, LATER, first=MONTH)
            assert list(metering_runs.findings_of(con)) == []
        assert (
            con.execute("SELECT * FROM charge WHERE BillingPeriodStart = $1 ORDER BY ALL", [MONTH]).fetchall() == closed
        )
        corrected = con.execute(
            "SELECT x_kind, sum(PricingQuantity), sum(BilledCost), min(BillingPeriodStart) FROM charge"
            " WHERE ChargeClass = 'Correction' GROUP BY x_kind ORDER BY x_kind"
        ).fetchall()
        assert corrected == [
            ("image", Decimal("-0.5"), Decimal("-0.05"), AFTER),
            ("server", Decimal("-0.5"), Decimal("-0.0125"), AFTER),
        ]

    def test_another_name_is_no_correction(self, con: duckdb.DuckDBPyConnection) -> None:
        """A server that is called otherwise by now was charged rightly under its old name."""
        invoicing.close(con, MONTH, Decimal(20), LATER)
        con.execute("UPDATE server SET name = 'border' WHERE server_id = 'boundary'")
        meter(con, LATER, first=MONTH)
        assert con.execute("SELECT count(*) FROM charge WHERE ChargeClass = 'Correction'").fetchall() == [(0,)]

    def test_corrections_come_to_what_should_have_been_charged(self, con: duckdb.DuckDBPyConnection) -> None:
        """After any change, a closed month with its corrections says what an open one would say."""
        of = "x_kind, x_server_id, x_price_id"
        where = "coalesce(x_corrected_month, BillingPeriodStart) = TIMESTAMPTZ '2026-10-01 00:00:00+00'"
        con.execute("UPDATE server_span SET flavor = 's2.large.1' WHERE server_id = 'boundary'")
        con.execute("DELETE FROM server_span WHERE server_id = 'own'")
        meter(con, LATER, first=MONTH)
        con.execute("CREATE TEMP TABLE elsewhere AS SELECT * FROM charge")
        con.execute(f"DELETE FROM charge WHERE NOT ({where})")
        expected = sums(con, of)
        con.execute("DELETE FROM charge")
        con.execute("UPDATE server_span SET flavor = 's2.medium.1' WHERE server_id = 'boundary'")
        small_world.server(con, "own-again", "softco", "retired", ("2026-10-16", "2026-10-16T01:00"))
        meter(con, LATER, first=MONTH)
        note(con, MONTH, LATER)
        invoicing.close(con, MONTH, Decimal(0), LATER)
        con.execute("UPDATE server_span SET flavor = 's2.large.1' WHERE server_id = 'boundary'")
        con.execute("DELETE FROM server_span WHERE server_id = 'own-again'")
        meter(con, LATER, first=MONTH)
        con.execute(f"DELETE FROM charge WHERE NOT ({where}) OR x_source = 'closing'")
        assert sums(con, of) == expected

    @pytest.mark.parametrize(
        ("month", "moment", "why"),
        [
            (BEFORE, LATER, "closed already"),
            (AFTER, LATER, "can be closed from 2026-12-01 15:00 UTC on"),
            (MONTH, AFTER + timedelta(hours=14), "can be closed from 2026-11-01 15:00 UTC on"),
            (AFTER, datetime(2026, 12, 5, tzinfo=UTC), "was not metered to its end"),
        ],
    )
    def test_what_cannot_be_closed(
        self, con: duckdb.DuckDBPyConnection, month: datetime, moment: datetime, why: str
    ) -> None:
        """The message says why, and from when on or how it can be; nothing has changed."""
        before = ledger(con)
        with pytest.raises(BillingError, match=why):
            invoicing.close(con, month, Decimal(0), moment)
        assert ledger(con) == before

    def test_months_are_closed_in_order(self, con: duckdb.DuckDBPyConnection) -> None:
        """November cannot be closed while October is open."""
        moment = datetime(2026, 12, 5, tzinfo=UTC)
        meter(con, moment, first=AFTER)
        note(con, AFTER, moment)
        with pytest.raises(BillingError, match="a month before 2026-11 is open"):
            invoicing.close(con, AFTER, Decimal(0), moment)


class TestChecks:
    """A ledger that contradicts itself or what was used is not written."""

    @pytest.fixture
    def path(self, small_ledger: Path, tmp_path: Path) -> Path:
        """A file of one's own with the small world, metered."""
        return Path(shutil.copy(small_ledger, tmp_path))

    @pytest.mark.parametrize(
        ("spoil", "problem"),
        [
            ("UPDATE charge SET ListCost = ListCost * 1.1", "list cost is not its unit price times its quantity"),
            ("UPDATE charge SET ContractedCost = 7", "contracted cost is not its unit price times its quantity"),
            ("UPDATE charge SET BilledCost = BilledCost + 1", "billed or takes effect otherwise"),
            ("UPDATE charge SET EffectiveCost = 0", "billed or takes effect otherwise"),
            ("UPDATE charge SET ChargePeriodEnd = ChargePeriodStart", "lies outside its month"),
            ("UPDATE charge SET ChargePeriodEnd = ChargePeriodEnd + INTERVAL 40 DAY", "lies outside its month"),
            ("INSERT INTO charge SELECT * FROM charge", "the same use is charged twice"),
            ("DELETE FROM charge WHERE x_kind = 'server'", "seconds that were used are not the seconds"),
            ("UPDATE charge SET x_used_seconds = x_used_seconds - 1", "seconds that were used are not the seconds"),
            ("DELETE FROM charge WHERE x_kind = 'image'", "charged while its server is not, or the reverse"),
            ("UPDATE charge SET x_price_id = 'p-shield-2'", "price that does not hold when it begins"),
            ("UPDATE charge SET InvoiceId = 'one'", "two currencies, or is of two tenants"),
            ("UPDATE charge SET ServiceSubcategory = 'Containers'", "no subcategory of its category"),
            ("UPDATE charge SET ChargeClass = 'Correction'", "corrects a month that is open"),
            (
                "INSERT INTO invoice SELECT InvoiceId, BillingPeriodStart, 'x', 'EUR', 1, 0, 0, 1, now() FROM charge",
                "not the sum of its charges",
            ),
        ],
    )
    def test_they_find_what_is_wrong(self, path: Path, spoil: str, problem: str) -> None:
        """Each thing that is spoiled is found."""
        with Warehouse(path).writing() as con:
            con.execute(spoil)
            assert any(problem in finding.problem for finding in metering_runs.findings_of(con))

    def test_a_failed_check_fails_the_run_and_leaves_the_ledger(self, path: Path) -> None:
        """The message names the rows; the month is as it was."""
        with Warehouse(path).writing() as con:
            con.execute("INSERT INTO server_span SELECT * FROM server_span WHERE server_id = 'plain'")
        before = Warehouse(path)
        with before.reading() as con:
            charged = ledger(con)
        with pytest.raises(ChecksFailed, match=r"2026-11: .*nothing was written\n.*charged twice: plain"):
            metering_runs.meter_month(Warehouse(path), AFTER, LATER)
        with Warehouse(path).reading() as con:
            assert ledger(con) == charged

    def test_use_from_before_there_were_prices(self, path: Path) -> None:
        """It is not charged, and that is no contradiction; the report on unpriced use tells it."""
        with Warehouse(path).writing() as con:
            small_world.server(con, "ancient", "acme", "web", ("2019-12-30", "2020-01-02"))
        for month in metering.months(datetime(2019, 12, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)):
            metering_runs.meter_month(Warehouse(path), month, LATER)
        with Warehouse(path).reading() as con:
            hours = con.execute("SELECT sum(PricingQuantity) FROM charge WHERE x_server_id = 'ancient'").fetchall()
        assert hours == [(Decimal(24),)]

    def test_a_clock_set_back_takes_nothing_away(self, path: Path) -> None:
        """What was metered until noon is not metered until the morning again."""
        again = metering_runs.meter_month(Warehouse(path), AFTER, LATER - timedelta(hours=6))
        assert (again.added, again.removed, again.until) == (0, 0, LATER)


class TestFiles:
    """Charges for other tools."""

    @pytest.mark.parametrize("form", ["focus-1.2", "focus-1.4"])
    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_a_file_has_the_charges_of_the_month(
        self, small_ledger: Path, tmp_path: Path, form: str, kind: str
    ) -> None:
        """As many rows and as much money as the ledger has; a CSV's times are FOCUS's."""
        file = tmp_path / f"october.{kind}"
        with Warehouse(small_ledger).reading() as con:
            rows = invoicing.export(con, MONTH, form, file)
            expected = con.execute(
                "SELECT count(*), sum(BilledCost) FROM charge WHERE BillingPeriodStart = $1", [MONTH]
            ).fetchall()
        with duckdb.connect() as con:
            reader = "read_csv(?, all_varchar = true)" if kind == "csv" else "read_parquet(?)"
            found = con.execute(
                f"SELECT count(*), sum(BilledCost::DECIMAL(36, 18)) FROM {reader}", [str(file)]
            ).fetchall()
            assert found == expected == [(rows, expected[0][1])]
            if kind == "csv":
                times = con.execute(f"SELECT DISTINCT BillingPeriodEnd FROM {reader}", [str(file)]).fetchall()
                assert times == [("2026-11-01T00:00:00Z",)]

    @pytest.mark.parametrize(
        ("form", "name", "why"),
        [
            ("focus-9", "a.csv", "there are focus-1.2, focus-1.4"),
            ("focus-1.2", "a.xls", "ends in .csv or .parquet"),
            ("focus-1.2", "nowhere/a.csv", "cannot be written"),
        ],
    )
    def test_what_cannot_be_written(self, small_ledger: Path, tmp_path: Path, form: str, name: str, why: str) -> None:
        """The message says why; no file is left behind."""
        with Warehouse(small_ledger).reading() as con, pytest.raises(BillingError, match=why):
            invoicing.export(con, MONTH, form, tmp_path / name)
        assert list(tmp_path.iterdir()) == []
