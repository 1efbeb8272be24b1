"""Reports on cost: what they say of the small world, in numbers computed by hand."""

import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.billing import invoicing
from data.warehouse.connection import Warehouse
from support.report_rows import AS_OF, asked, rows, told
from support.worlds import small_world


class TestCost:
    """What use costs. s2.medium.1 costs 0.025 EUR an hour, s2.large.1 0.05."""

    def lines(self, small: Path, **params: Any) -> dict[tuple[str, str, str], tuple[Decimal, Decimal]]:
        """Image and server cost by tenant, offer and currency."""
        return {
            (row["tenant"], row["offer"], row["currency"]): (row["image_cost"], row["server_cost"])
            for row in rows("marketplace_cost", small, **params)
        }

    def test_a_month_boundary_and_a_price_change(self, small: Path) -> None:
        """boundary: 2 h in each month; dearer: 1 h at 0.10, 1 h at 0.25; captured: 10 h at 0.25."""
        october = self.lines(small, month="2026-10")["umbrella", "shield", "EUR"]
        november = self.lines(small, month="2026-11")["umbrella", "shield", "EUR"]
        assert october == (Decimal("0.20"), Decimal("0.050"))
        assert november == (Decimal("0.20") + Decimal("0.35") + Decimal("2.50"), Decimal("0.350"))

    def test_what_was_made_from_a_paid_image_is_charged_as_it(self, small: Path) -> None:
        """The server runs a re-keyed copy of an image captured from shield, whose origin is a public image."""
        charged = asked(
            small,
            "SELECT x_offer_id, x_offered_image_id, x_image_id, ListUnitPrice, PricingQuantity, PublisherName"
            " FROM charge WHERE ResourceId = 'captured' AND x_kind = 'image'",
        )
        assert charged == [("o-shield", "shield", "my-shield-2", Decimal("0.25"), Decimal(10), "softco")]

    def test_what_was_made_of_an_image_before_it_was_on_sale_is_not_charged(self, small: Path) -> None:
        """The image shield was made from debian: use of debian stays use of debian."""
        assert not [row for row in rows("marketplace_cost", small) if row["tenant"] == "softco"]

    def test_a_free_image_is_there_with_nothing_to_pay(self, small: Path) -> None:
        """12 hours until the report's moment, the server alone costs."""
        assert self.lines(small)["acme", "nginx", "EUR"] == (Decimal(0), Decimal("0.300"))

    def test_currencies_are_not_added(self, small: Path) -> None:
        """early: 3 h of an image in USD on a server in EUR; no share of the image is told then."""
        lines = self.lines(small)
        assert lines["initech", "retired", "USD"] == (Decimal(3), Decimal(0))
        assert lines["initech", "retired", "EUR"] == (Decimal(0), Decimal("0.075"))
        (dollars,) = [row for row in rows("cost_by", small) if (row["value"], row["currency"]) == ("all", "USD")]
        assert dollars["image_cost"] == 3
        assert pd.isna(dollars["image_percent"])

    def test_charges_count_that_begin_before_the_moment_asked_for(self, small: Path) -> None:
        """The server free started on 20 November at midnight: its day counts from then on, as far as it was metered."""
        assert self.lines(small, as_of="2026-11-20T06:00Z")["acme", "nginx", "EUR"][1] == Decimal("0.300")
        assert ("acme", "nginx", "EUR") not in self.lines(small, as_of="2026-11-20")

    def test_months_add_up_to_the_charges(self, small: Path) -> None:
        """Nothing is lost or counted twice between the ledger and the reports: exactly, not about."""
        images = "sum(EffectiveCost) FILTER (WHERE x_kind = 'image')"
        ((effective, billed, of_images),) = asked(
            small, f"SELECT sum(EffectiveCost), sum(BilledCost), {images} FROM charge"
        )
        months = rows("cost_by_month", small)
        assert sum(row["total_cost"] for row in months) == effective
        assert sum(row["total_billed"] for row in months) == billed
        assert sum(row["image_cost"] for row in rows("marketplace_cost", small)) == of_images
        assert sum(row["other_server_cost"] for row in months) == (
            Decimal("11.4") + Decimal("0.05") + Decimal("0.025") * 3 + Decimal("0.025") * Decimal("0.000277778")
        )  # workshop 456 h, orphan 2 h, own, plain and idle 1 h each, second 1 s; blink and what is stopped: nothing

    def test_what_is_paid_and_what_takes_effect(self, small: Path) -> None:
        """In October 365 + 61 EUR were paid upfront, of which 31 + 22 took effect; the credit for no offer is apart."""
        months = {(f"{row['month']:%m}", row["currency"]): row for row in rows("cost_by_month", small)}
        assert told(months["10", "EUR"], "image_billed image_cost account_cost") == "486.2 113.2 0"
        assert told(months["11", "EUR"], "image_billed image_cost account_cost") == "87.37 126.37 -1"

    def test_the_parts_of_each_dimension_add_up(self, small: Path) -> None:
        """Whatever is counted by, it comes to the same; acme's images cost 67.5 percent of all that acme's cost."""
        counted = pd.DataFrame(rows("cost_by", small, month="2026-11"))
        euros = counted[counted.currency == "EUR"]
        for _, part in euros.groupby("dimension"):
            assert part.image_cost.sum() == Decimal("126.37")
        (acme,) = euros[euros.value == "acme"].to_dict("records")  # 19.50 + 6.72; 468 h, 24 h and 12 h at 0.025
        assert told(acme, "image_cost server_cost image_percent") == "26.22 12.6 67.5"
        assert len(rows("cost_by", small, month="2026-11", top=1)) == 5

    def test_servers_whose_image_costs_more(self, small: Path) -> None:
        """The image of mailer costs 30 EUR on 468 h at 0.025; of scanner both cost the same."""
        found = {row["name"]: row for row in rows("dearer_than_server", small, month="2026-11")}
        assert told(found["mailer"], "image_cost server_cost more times") == "30 11.7 18.3 2.6"
        assert not {"scanner", "paused", "free"} & found.keys()

    def test_the_time_zone_of_the_session_changes_nothing(self, small: Path) -> None:
        """Months are UTC's, also for who sits in Paris in the night the clocks go back."""
        seen = []
        for zone in ("UTC", "Europe/Paris", "Pacific/Kiritimati"):
            with Warehouse(small).reading() as con:
                con.complete()
                con.execute(f"SET TimeZone = '{zone}'")
                query = "SELECT ResourceId, x_kind, epoch_us(ChargePeriodStart), epoch_us(BillingPeriodEnd), PricingQuantity, BilledCost FROM charge ORDER BY ALL"  # noqa: E501
                seen.append(con.execute(query).fetchall())
        assert seen[0] == seen[1] == seen[2]

    def test_cutting_a_stretch_changes_no_sum(self, tmp_path: Path) -> None:
        """A server that was stopped and started at odd moments costs what one that ran through does."""
        cuts = ["2026-10-20T01:02:03.000457", "2026-10-25T00:59:59.999999", "2026-10-25T01:00:00",
                "2026-10-31T23:59:59", "2026-11-01T00:00:00.000001", "2026-11-03T04:05:06.700000"]  # fmt: skip
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.image(con, "web")
            small_world.server(con, "whole", "acme", "web", (cuts[0], cuts[-1]))
            small_world.server(con, "cut", "acme", "web", (cuts[0], cuts[1]))
            for start, end in pairwise(cuts[1:]):
                small_world.insert(
                    con, "server_span", server_id="cut", image_id="web", flavor="s2.medium.1", state="running",
                    started_at=small_world.on(start), ended_at=small_world.on(end),
                )  # fmt: skip
            small_world.metered(con, AS_OF)
        query = "SELECT sum(PricingQuantity), sum(BilledCost) FROM charge WHERE ResourceId = $1"
        assert asked(path, query, "whole") == asked(path, query, "cut")

    def test_charge_has_the_columns_of_focus(self, empty: Path) -> None:
        """57 columns of FOCUS 1.2, the others begin with x_; 1.4 names the seller and the cloud otherwise."""
        columns, later = ({row[0] for row in asked(empty, f"DESCRIBE {name}")} for name in ("charge", "focus_1_4"))
        assert len([column for column in columns if not column.startswith("x_")]) == 57
        assert columns - later == {"ProviderName", "PublisherName"}
        assert {"ServiceProviderName", "HostProviderName", "InvoiceDetailId"} <= later - columns


class TestOffers:
    """What is on sale, in words."""

    def test_offers_have_their_price_and_use(self, small: Path) -> None:
        """The price is the one at the moment; an announced one is said."""
        now = {row["offer"]: row for row in rows("offers", small)}
        assert (now["shield"]["unit_price"], now["shield"]["price"]) == (Decimal("0.25"), "0.25 EUR an hour")
        before = {row["offer"]: row for row in rows("offers", small, as_of="2026-11-05", month="2026-11")}["shield"]
        assert told(before, "unit_price next_unit_price") == "0.1 0.25"
        assert (before["price"], before["next_price"]) == ("0.10 EUR an hour", "0.25 EUR an hour")
        assert "retired" not in {row["offer"] for row in rows("offers", small, month="2026-11")}

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"model": "free"}, "free"),
            ({"model": "byol"}, "own licence"),
            ({"model": "hourly", "amount": "1234.5", "minimum": "50"}, "1,234.50 EUR an hour, at least 50 EUR a month"),
            ({"model": "vcpu_hourly", "amount": "0.0125"}, "0.0125 EUR an hour and vCPU"),
            (
                {"model": "flavor_hourly", "amounts": {"a": "0.05", "b": "0.12"}, "amount": "0.07"},
                "from 0.05 to 0.12 EUR an hour, by flavor",
            ),
            ({"model": "flavor_hourly", "amounts": {"a": "0.05"}}, "0.05 EUR an hour, by flavor"),
            (
                {"model": "tiered", "tiers": [{"up_to": "9", "amount": "0.12"}, {"amount": "0.05"}]},
                "from 0.05 to 0.12 EUR an hour, by tier",
            ),
            ({"model": "monthly", "amount": "29.9"}, "29.90 EUR a month and server"),
            ({"model": "monthly", "amount": "30", "per": "subscription"}, "30 EUR a month and tenant"),
            ({"model": "one_time", "amount": "99"}, "99 EUR once a server"),
            ({"model": "yearly", "amount": "365"}, "365 EUR a year and server"),
            (
                {"model": "contract", "upfront": "1314", "amount": "0.2"},
                "1,314 EUR upfront for 12 months, else 0.20 EUR an hour",
            ),
            (
                {"model": "contract", "upfront": "99", "months": 1, "amount": "0.2", "trial": {"days": 1}},
                "99 EUR upfront for a month, else 0.20 EUR an hour, first day free",
            ),
            (
                {"model": "hourly", "amount": "0.2", "trial": {"days": 30, "servers": 2}},
                "0.20 EUR an hour, first 30 days free on 2 servers",
            ),
            (
                {"model": "hourly", "amount": "0.2", "trial": {"days": 7, "credit": "12.5"}},
                "0.20 EUR an hour, first 7 days with a credit of 12.50 EUR",
            ),
        ],
    )
    def test_a_price_in_words(self, said: dict[str, Any], words: str, tmp_path: Path) -> None:
        """Each way to pay reads as a person would say it."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.sale(con, "thing", "Hours", **{"amount": "0"} | said)
            con.execute("UPDATE price SET terms = $1", [json.dumps(said | {"currency": "EUR"})])
        (offer,) = rows("offers", path)
        assert offer["price"] == words


class TestChange:
    """What changed since the month before."""

    def test_parts_add_up_to_the_difference(self, small: Path) -> None:
        """Exactly, for every offer and currency, in a month that is not over and in one that is."""
        for month in ("2026-11", "2026-10"):
            for row in rows("cost_change", small, month=month):
                parts = [row[part] for part in ("by_price", "by_volume", "new_cost", "gone_cost", "by_other")]
                assert sum(parts) == row["difference"] == row["cost_now"] - row["cost_before"]

    def test_as_much_of_the_month_before_is_compared(self, small: Path) -> None:
        """November until the 20th at noon, October until then: mail had one server of two by then, vault 20 days."""
        changes = {row["offer"]: row for row in rows("cost_change", small)}
        assert changes["mail"]["compared_until"] == datetime(2026, 10, 20, 12, tzinfo=UTC)
        assert told(changes["mail"], "cost_before cost_now by_volume by_price by_other") == "30 55 30 0 -5"
        assert told(changes["vault"], "cost_before cost_now by_volume by_price") == "20 19.5 -0.5 0"
        assert (changes["queue"]["new_cost"], changes["retired"]["gone_cost"]) == (11, -3)

    def test_price_and_volume(self, small: Path) -> None:
        """Of grid, 264 h cost 11 EUR, then 106 h 6; 158 h less at 11 / 264 an hour; nobody used what cost 15.50."""
        grid = {row["offer"]: row for row in rows("cost_change", small)}["grid"]
        assert told(grid, "difference by_volume by_price by_other") == "10.5 -6.583333333 1.583333333 15.5"

    def test_a_price_that_doubles(self, tmp_path: Path) -> None:
        """First 10 h at 0.10, then 20 h at 0.25: 1 EUR more for the volume, 3 for the price; others have no rows."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.image(con, "shield", owner="softco", published=True)
            small_world.insert(con, "offer", offer_id="o", name="shield", image_id="shield", publisher="softco",
                               pricing_model="hourly", published_at=small_world.on("2026-09-01"))  # fmt: skip
            small_world.price(con, "p1", "o", "0.10", "2026-09-01", valid_to=small_world.on("2026-11-01"))
            small_world.price(con, "p2", "o", "0.25", "2026-11-01")
            small_world.server(con, "one", "acme", "shield", ("2026-10-03", "2026-10-03T10:00"))
            small_world.server(con, "two", "acme", "shield", ("2026-11-03", "2026-11-03T20:00"))
            small_world.metered(con, AS_OF)
        (row,) = rows("cost_change", path)
        assert told(row, "cost_before cost_now by_volume by_price") == "1 5 1 3"
        assert rows("cost_change", path, tenant="umbrella") == rows("cost_change", path, region="mars") == []


class TestDays:
    """Day by day, what is unusual, and what is to come."""

    def test_an_unusual_day_says_why(self, small: Path) -> None:
        """On 1 November use cost 4.60; before, most days cost 2: the queue's first 24 hours made the difference."""
        days = {f"{row['day']:%m-%d}": row for row in rows("cost_by_day", small) if row["currency"] == "EUR"}
        first = days["11-01"]
        assert told(first, "use_cost image_cost median") == "4.6 64.6 2"
        assert told(first, "least_usual most_usual") == "1.9 2.1"  # 5 percent of the median
        assert told(first, "unusual moved_by moved") == "True queue 2.4"
        assert first["because"] == (
            "4.60 instead of 2.00, the median of the 28 days before; usual is 1.90 to 2.10;"
            " queue differs most, by 2.40 from its mean"
        )
        assert not days["10-30"]["unusual"]
        assert (days["11-20"]["whole"], days["11-20"]["unusual"]) == (False, False)

    def test_days_add_up_to_the_month(self, small: Path) -> None:
        """Every charge for an image is on one day of its month."""
        days = rows("cost_by_day", small)
        in_november = [row["image_cost"] for row in days if (row["day"].month, row["currency"]) == (11, "EUR")]
        assert sum(in_november) == Decimal("126.37")

    def test_the_forecast_is_the_mean_of_each_weekday(self, small: Path) -> None:
        """The last four Saturdays cost 2, 2.20, 3.92 and 2.96; December repeats the weekdays and two months of mail.

        Of what is in USD nothing was used any more: it is left out.
        """
        forecast = rows("cost_forecast", small)
        days = {f"{row['day']:%m-%d}": row for row in forecast if pd.notna(row["day"])}
        assert days["11-21"]["expected_use"] == Decimal("2.77")
        assert told(days["11-20"], "so_far expected_use") == "1 1.72"  # half of it is over
        assert told(days["12-01"], "expected_use expected_else") == "3.7675 60"
        months = [row for row in forecast if pd.isna(row["day"])]
        assert [told(row, "month so_far cost days_to_come") for row in months] == [
            "2026-11-01 126.37 159.4975 11",
            "2026-12-01 0 158.7275 31",
        ]
        assert {row["currency"] for row in forecast} == {"EUR"}
        assert {row["method"] for row in forecast} == {"mean of the last 28 whole days, by weekday"}

    def test_a_short_past_is_averaged_as_it_is(self, small: Path) -> None:
        """On 6 October there are five whole days, each of 1 EUR for vault, and mail was paid for in October."""
        (october, november) = [
            row for row in rows("cost_forecast", small, as_of="2026-10-06T01:00Z") if pd.isna(row["day"])
        ]
        assert october["method"] == "mean of the 5 whole days there are"
        assert (october["cost"], november["cost"]) == (31 + 30, 30 + 30)


class TestUnitCost:
    """What an hour of a vCPU costs, and what was saved."""

    def test_a_trial_saves(self, small: Path) -> None:
        """In November scan was used for 192 h on 2 vCPUs, 72 h of them in the trial, at 0.04."""
        scan = {row["offer"]: row for row in rows("unit_cost", small, month="2026-11")}["scan"]
        assert told(scan, "vcpu_hours list_cost effective_cost") == "384 15.36 9.6"
        assert told(scan, "saved saved_by_trials saved_percent") == "5.76 5.76 37.5"
        assert told(scan, "list_per_vcpu_hour cost_per_vcpu_hour") == "0.04 0.025"

    def test_a_contract_that_is_not_used_saves_nothing(self, small: Path) -> None:
        """In November 96 h of grid cost 1 EUR a day instead of 0.20 an hour, 10 h cost 0.20, and 15.50 were unused."""
        grid = {row["offer"]: row for row in rows("unit_cost", small, month="2026-11")}["grid"]
        assert told(grid, "saved_by_terms unused_cost saved") == "15.2 15.5 -0.3"

    def test_what_was_saved_is_the_sum_of_its_parts(self, small: Path) -> None:
        """Exactly, for every offer."""
        for row in rows("unit_cost", small):
            parts = row["saved_by_trials"] + row["saved_by_terms"] + row["credited"] - row["unused_cost"]
            assert row["saved"] == row["list_cost"] - row["effective_cost"] == parts


class TestTerms:
    """What is paid upfront, and what is paid for nothing."""

    def test_contracts(self, small: Path) -> None:
        """c-grid covers 4 of 19.5 days in November and ends in 20 days; vaulted's year is used through."""
        contract, year = rows("contracts", small, month="2026-11")
        assert told(contract, "term_id used_hours unused_hours used_percent") == "c-grid 96 372 20.5"
        assert told(contract, "used_cost unused_cost still_to_use") == "4 15.5 19.5"
        assert told(contract, "saved state") == "-0.3 ends within 30 days"  # 96 h at 0.20 instead of 19.50 EUR
        assert told(year, "server_id used_percent days_left state") == "vaulted 100 315 runs on"
        assert year["ends_at"] == datetime(2027, 10, 1, tzinfo=UTC)

    def test_terms_end(self, small: Path) -> None:
        """Two months before its end, and after it, the contract says so; before it was bought it is not there."""
        states = [
            [row["state"] for row in rows("contracts", small, as_of=moment) if row["term_id"] == "c-grid"]
            for moment in ("2026-10-09", "2026-10-11", "2026-11-01", "2026-12-10")
        ]
        assert states == [[], ["ends within 60 days"], ["ends within 60 days"], ["over"]]

    def test_paid_for_and_not_used(self, small: Path) -> None:
        """The server paused did not run in November, and the image of sleeper costs while it is stopped."""
        found = [told(row, "kind thing cost billed") for row in rows("paid_without_use", small, month="2026-11")]
        assert found == ["monthly paused 30 30", "stopped sleeper 4.8 4.8"]
        assert rows("paid_without_use", small, month="2026-10") == []

    def test_a_minimum_that_is_not_reached(self, tmp_path: Path) -> None:
        """In October 10 h at 0.50 came to 5 EUR instead of 20: the other 15 are paid for no use, at any price."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.sale(con, "watch", "Hours", model="hourly", amount="0.50", minimum="20")
            small_world.server(con, "watched", "acme", "watch", ("2026-10-05", "2026-10-05T10:00"))
            small_world.metered(con, AS_OF)
        (unused,) = rows("paid_without_use", path)
        assert told(unused, "kind thing tenant cost") == "minimum o-watch acme 15"
        (unit,) = rows("unit_cost", path)
        assert told(unit, "list_cost effective_cost saved unused_cost") == "5 20 -15 15"
        (gone,) = rows("cost_change", path)
        assert told(gone, "cost_before gone_cost by_other") == "20 -20 0"
        supposed = {
            row["scenario"]: row["image_cost_then"] for row in rows("what_if", path, month="2026-10", amount="1")
        }
        assert supposed == {"free": 0, "paid": 25, "dearer": Decimal("20.5"), "withdrawn": 15}
        months = [row for row in rows("cost_forecast", path) if pd.isna(row["day"])]
        assert [told(row, "expected_use expected_else cost") for row in months] == ["0 15 15", "0 15 15"]


class TestWhatIf:
    """What a month would have cost otherwise."""

    def supposed(self, small: Path, **params: Any) -> dict[str, Decimal]:
        """The cost in each scenario."""
        return {row["scenario"]: row["image_cost_then"] for row in rows("what_if", small, **params)}

    def test_the_dearest_offer_where_none_is_named(self, small: Path) -> None:
        """It is mail: 60 EUR, of which a credit takes 5 back, whatever it costs."""
        assert {row["offer"] for row in rows("what_if", small)} == {"mail"}
        assert self.supposed(small) == {"free": -5, "dearer": 61, "withdrawn": 55}

    def test_another_amount(self, small: Path) -> None:
        """At 0.10 scan has 240 vCPU-hours after the trial, and guard 24 h running and 120 h stopped at half of it."""
        assert self.supposed(small, offer="scan", amount="0.10")["paid"] == 24
        assert self.supposed(small, offer="o-guard", amount="0.10")["paid"] == Decimal("8.4")
        assert self.supposed(small, offer="nginx", amount=1)["paid"] == 12

    def test_dearer_or_cheaper(self, small: Path) -> None:
        """50 percent on top of 11 EUR, or off them."""
        assert self.supposed(small, offer="queue", percent=50)["dearer"] == Decimal("16.5")
        assert self.supposed(small, offer="queue", percent=-50)["dearer"] == Decimal("5.5")

    def test_withdrawn_when_the_month_began(self, small: Path) -> None:
        """The server worker was launched in November and would not have been; scanner was there before."""
        queue = {row["scenario"]: row for row in rows("what_if", small, offer="queue")}["withdrawn"]
        assert told(queue, "image_cost_now image_cost_then difference servers") == "11 0 -11 1"
        assert self.supposed(small, offer="scan")["withdrawn"] == Decimal("9.6")

    def test_what_was_paid_upfront_stays(self, small: Path) -> None:
        """Of grid, only the 10 h outside the contract would change."""
        assert self.supposed(small, offer="grid", amount="1", percent=100) == {
            "free": Decimal("19.5"),
            "paid": Decimal("29.5"),
            "dearer": Decimal("23.5"),
            "withdrawn": Decimal("19.5"),
        }

    def test_an_offer_that_is_not_there(self, small: Path) -> None:
        """There are no rows."""
        assert rows("what_if", small, offer="nothing") == []


@pytest.fixture(scope="session")
def closed(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world when all until October was closed, with 20 percent tax, and then 2 h of shield became 4."""
    path = tmp_path_factory.mktemp("closed") / "warehouse.duckdb"
    shutil.copy(small, path)
    with Warehouse(path).writing() as con:
        for month in ("2026-03-01", "2026-09-01", "2026-10-01"):
            invoicing.close(con, small_world.on(month), Decimal(20), small_world.on("2026-11-05"))
        con.execute("UPDATE server_span SET started_at = started_at - INTERVAL 2 HOUR WHERE server_id = 'boundary'")
        small_world.metered(con, AS_OF)
    return path


class TestBooks:
    """Invoices, and what is in them besides use."""

    def test_invoices_tie_out(self, closed: Path) -> None:
        """Those of closed months are what their charges add up to, tax and rounding too; others are provisional."""
        invoices = rows("invoices", closed)
        assert {f"{row['month']:%m}": row["state"] for row in invoices} == {
            "03": "closed",
            "09": "closed",
            "10": "closed",
            "11": "provisional",
        }
        assert {row["difference"] for row in invoices if row["state"] == "closed"} == {0}
        assert all(pd.isna(row["difference"]) for row in invoices if row["state"] == "provisional")
        october = {row["invoice_id"]: row for row in invoices}["INV-202610-umbrella-EUR"]
        # 61 upfront, 528 h and 2 h of servers, 2 h of shield: 74.45, and a fifth of that
        assert told(october, "purchases usage tax to_pay issued") == "61 13.45 14.89 89.34 89.34"
        (own,) = [row for row in invoices if row["tenant"] == "softco" and row["month"].month == 10]
        assert told(own, "usage tax rounding to_pay") == "0.025 0.01 0.005 0.04"  # a fifth of it, each to the cent

    def test_an_invoice_that_is_not_its_charges(self, closed: Path, tmp_path: Path) -> None:
        """The difference is told, and so is an invoice without charges."""
        path = tmp_path / "warehouse.duckdb"
        shutil.copy(closed, path)
        with Warehouse(path).writing() as con:
            con.execute("UPDATE invoice SET total = total + 1 WHERE invoice_id = 'INV-202610-umbrella-EUR'")
            con.execute("DELETE FROM charge WHERE InvoiceId = 'INV-202610-hooli-EUR'")
        wrong = {row["invoice_id"]: row["difference"] for row in rows("invoices", path) if row["difference"]}
        wrong = {invoice_id: difference for invoice_id, difference in wrong.items() if pd.notna(difference)}
        assert wrong == {"INV-202610-umbrella-EUR": 1, "INV-202610-hooli-EUR": Decimal("10.08")}

    def test_adjustments(self, closed: Path) -> None:
        """Two hours of October more are a correction in November: 2 h of shield at 0.10, 2 h of the server at 0.025."""
        found = {(row["kind"], row["what"]): row["billed"] for row in rows("adjustments", closed, month="2026-11")}
        assert found == {
            ("correction", "images in 2026-10"): Decimal("0.20"),
            ("correction", "servers in 2026-10"): Decimal("0.05"),
            ("credit", "Credit: a day without mail"): -5,
            ("credit", "Credit: good will"): -1,
        }
        kinds = {row["kind"] for row in rows("adjustments", closed, month="2026-10")}
        assert kinds == {"tax", "rounding"}

    def test_corrections_count_where_they_are_charged(self, closed: Path) -> None:
        """October stays as it was closed; in November they are no use, and no change of price or volume."""
        shield = {row["offer"]: row for row in rows("cost_change", closed)}["shield"]
        assert told(shield, "cost_before new_cost") == "0 3.25"
        days = {f"{row['day']:%m-%d}": row for row in rows("cost_by_day", closed) if row["currency"] == "EUR"}
        assert told(days["11-01"], "image_cost use_cost") == "64.8 4.6"
