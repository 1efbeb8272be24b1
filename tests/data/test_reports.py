"""Reports: what they say of the small world, and of a warehouse in which nothing has happened."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import small_world

from data import read
from data.warehouse import Warehouse
from domain.profiles import limits
from domain.rules.share_image import RULES

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)


def rows(name: str, warehouse: Path, **params: Any) -> list[dict[str, Any]]:
    """The rows of a report as plain values."""
    asked = {"as_of": AS_OF} | params
    return read.report(name, warehouse=warehouse, **asked).to_dict("records")


def sql_of(name: str, file: str) -> str:
    """The text of one of a report's files."""
    return (resources.files("data") / "reports" / name / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", read.names())
class TestEveryReport:
    """What holds of all of them."""

    @pytest.mark.parametrize("world", ["empty", "small"])
    def test_columns_are_described(self, name: str, world: str, request: pytest.FixtureRequest) -> None:
        """about.yaml names the columns of the query, all of them, in their order, with meaning and unit."""
        about = read.about(name)
        frame = read.report(name, warehouse=request.getfixturevalue(world), as_of=AS_OF)
        assert list(frame.columns) == list(about.columns)
        assert all(column.means and column.unit for column in about.columns.values())
        assert about.title
        assert about.rows

    def test_parameters_are_described(self, name: str) -> None:
        """about.yaml describes the parameters of the query, and says what each is when left out."""
        about = read.about(name)
        assert set(about.parameters) == set(re.findall(r"\$(\w+)", sql_of(name, "query.sql")))
        assert all("where left out" in text or "where it is left out" in text for text in about.parameters.values())

    def test_nothing_is_a_float_and_every_time_is_utc(self, name: str, small: Path) -> None:
        """Money and hours stay decimals, times know their zone."""
        for kind in read.report(name, warehouse=small, as_of=AS_OF).dtypes:
            assert "float" not in str(kind)
            assert "double" not in str(kind)
            if "timestamp" in str(kind):
                assert "tz=UTC" in str(kind)


class TestAsking:
    """What is wrong in a question is said in a sentence."""

    def test_unknown_report(self, empty: Path) -> None:
        """The message lists the reports there are."""
        with pytest.raises(ValueError, match=r"no report 'sales'; there are .*inventory.*sharing"):
            read.report("sales", warehouse=empty)

    def test_unknown_parameter(self, empty: Path) -> None:
        """The message lists the parameters there are."""
        with pytest.raises(ValueError, match=r"no parameter 'colour'; it has as_of, region, tenant"):
            read.report("sharing_totals", warehouse=empty, colour="red")

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("inventory", {"as_of": "yesterday"}),
            ("inventory", {"top": 0}),
            ("inventory", {"top": True}),
            ("inventory", {"region": 7}),
            ("inventory", {"tenant": ""}),
            ("offers", {"month": "November"}),
            ("near_limit", {"profile": "mars"}),
        ],
    )
    def test_wrong_value(self, name: str, wrong: dict[str, Any], empty: Path) -> None:
        """The message names the parameter, or what there is to choose from."""
        with pytest.raises(ValueError, match="profile|".join(wrong)):
            read.report(name, warehouse=empty, **wrong)

    def test_moments_and_months_may_be_written_in_several_ways(self, small: Path) -> None:
        """A date alone is its first moment, UTC; a time without a zone is UTC."""
        for moment in (AS_OF, "2026-11-20T12:00Z", "2026-11-20T13:00+01:00", "2026-11-20 12:00", pd.Timestamp(AS_OF)):
            assert rows("cost_by_month", small, as_of=moment) == rows("cost_by_month", small)
        assert rows("inventory_totals", small, as_of=date(2026, 1, 1))[0]["images"] == 0
        assert rows("offers", small, month="2026-11") == rows("offers", small, month=date(2026, 11, 30))

    def test_state(self, small: Path, empty: Path) -> None:
        """How much there is, where, and when something was last recorded."""
        state = read.warehouse_state(small)
        assert state.last_action == datetime(2026, 11, 19, 17, 30, tzinfo=UTC)
        assert (state.images, state.offers, state.regions) == (17, 2, ("eu-west-0", "eu-west-1"))
        assert read.warehouse_state(empty).last_action is None


class TestInventory:
    """What there was at a moment."""

    def test_kinds(self, small: Path) -> None:
        """An image is public, on sale, shared or private; never two of them."""
        kinds = {row["image_id"]: row["kind"] for row in rows("inventory", small)}
        assert kinds["debian"] == "public"
        assert kinds["shield"] == "marketplace"
        assert kinds["web"] == "shared"
        assert kinds["retired"] == "private"

    def test_the_past(self, small: Path) -> None:
        """A deleted image is there until it is deleted; an offer counts while it is on sale."""
        before = {row["image_id"]: row for row in rows("inventory", small, as_of="2026-09-14")}
        assert "gone" in before
        assert before["retired"]["kind"] == "marketplace"
        assert "my-shield" not in before
        assert "gone" not in {row["image_id"] for row in rows("inventory", small)}

    def test_totals_are_the_sums_of_the_parts(self, small: Path) -> None:
        """Whatever the images are counted by, they add up to all."""
        totals = rows("inventory_totals", small)[0]
        parts = pd.DataFrame(rows("inventory_by", small))
        for _, part in parts.groupby("dimension"):
            assert part.images.sum() == totals["images"] == 17
            assert part.size_bytes.sum() == totals["size_bytes"]
            assert part.encrypted.sum() == totals["encrypted"] == 2
        assert rows("inventory_growth", small)[-2]["images"] + rows("inventory_growth", small)[-1]["images"] == 17

    def test_rare_values_are_added_up(self, small: Path) -> None:
        """Beyond top, values of a dimension are one."""
        owners = {row["value"] for row in rows("inventory_by", small, top=1) if row["dimension"] == "owner"}
        assert owners == {"acme", "all others"}

    def test_equal_files_are_stored_once_in_a_region(self, small: Path) -> None:
        """The images web and web-copy have the same file in eu-west-0; web-west has it in another region."""
        west0, west1 = rows("storage_by_region", small)
        gib = 2**30
        assert (west0["saved_bytes"], west1["saved_bytes"], west1["stored_bytes"]) == (gib, 0, gib)
        assert rows("inventory_totals", small)[0]["stored_bytes"] == west0["stored_bytes"] + west1["stored_bytes"]

    def test_parents(self, small: Path) -> None:
        """The parent is the source itself, or the image that the captured server ran."""
        parents = {row["image_id"]: row["parent_image_id"] for row in rows("lineage", small)}
        assert parents == {
            "web-copy": "web",
            "web-west": "web",
            "shield": "debian",
            "my-shield": "shield",
            "my-shield-2": "my-shield",
        }

    def test_servers_that_could_not_be_made_again(self, small: Path) -> None:
        """The image of orphan was deleted."""
        (orphan,) = rows("servers_without_image", small)
        assert (orphan["server_id"], orphan["image_state"]) == ("orphan", "deleted")


class TestSharing:
    """Who shares what with whom."""

    def test_pending_shares_wait(self, small: Path) -> None:
        """Oldest first, in days; what was rejected does not wait."""
        waiting = [(row["name"], row["tenant"], row["waiting_days"]) for row in rows("pending_shares", small)]
        assert waiting == [("web", "initech", 40), ("web-west", "initech", 1)]

    def test_totals(self, small: Path) -> None:
        """Stopped shares do not count; pending ones are told apart by how long they wait."""
        totals = rows("sharing_totals", small)[0]
        assert (totals["images"], totals["shares"], totals["pending"], totals["rejected"]) == (4, 236, 2, 2)
        assert (totals["pending_up_to_7_days"], totals["pending_30_to_90_days"]) == (1, 1)
        assert totals["longest_pending_days"] == 40

    def test_the_past(self, small: Path) -> None:
        """In mid April web was shared with gamma; on 1 October umbrella had not answered yet."""
        assert [row["tenant"] for row in rows("sharing", small, as_of="2026-04-15")] == ["gamma"]
        asked = {"as_of": "2026-10-01T12:00Z", "tenant": "umbrella"}
        assert [row["status"] for row in rows("sharing", small, **asked)] == ["pending"]

    def test_matrix_adds_up(self, small: Path) -> None:
        """With names folded or not, every share is in one cell."""
        for top in (None, 3):
            cells = rows("sharing_matrix", small, top=top)
            assert sum(cell["shares"] for cell in cells) == 236
            assert all(cell["shares"] == cell["accepted"] + cell["pending"] + cell["rejected"] for cell in cells)

    def test_near_limit(self, small: Path) -> None:
        """The limit is the profile's; 103 of 128 is 80 percent."""
        near = [(row["name"], row["members"], row["most"], row["left_over"]) for row in rows("near_limit", small)]
        assert near == [("full", 128, 128, 0), ("nearly", 103, 128, 25)]
        assert [row["name"] for row in rows("near_limit", small, from_percent=81)] == ["full"]

    def test_what_cannot_be_shared_is_what_the_policy_says(self, small: Path) -> None:
        """For every image and rule, the report objects where the policy's own predicate does."""
        reported = {(row["rule_id"], row["image_id"]) for row in rows("cannot_be_shared", small)}
        numbers = limits("seed")
        said = set()
        with Warehouse(small).reading() as con:
            for rule in (rule for rule in RULES if rule.id in {found for found, _ in reported}):
                when = re.sub(r"\$(\w+)", lambda name: str(numbers[name.group(1)].value), rule.when)
                facts = "SELECT *, members AS member_count, FALSE AS already_member FROM image_at($1)"
                query = f"SELECT image_id FROM ({facts}) WHERE ({when}) IS NOT FALSE"
                con.complete()
                said |= {(rule.id, image_id) for (image_id,) in con.execute(query, [AS_OF]).fetchall()}
        assert reported == said
        assert len({rule for rule, _ in reported}) == 6

    def test_a_rule_that_objects_to_nothing_is_listed(self, empty: Path) -> None:
        """With 0 images, and its remedy."""
        listed = rows("cannot_be_shared", empty)
        assert len(listed) == 6
        assert all(row["images"] == 0 and row["remedy"] for row in listed)

    def test_reasons_have_the_facts_in_them(self, small: Path) -> None:
        """No placeholder is left open."""
        because = {row["image_id"]: row["because"] for row in rows("cannot_be_shared", small)}
        assert because["whole-csbs"] == "image 'whole-csbs' is a full-ECS image created using csbs"
        assert not any("{" in text for text in because.values())


class TestCost:
    """What use costs. s2.medium.1 costs 0.025 EUR an hour."""

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
        with Warehouse(small).reading() as con:
            con.complete()
            charged = con.execute(
                "SELECT x_offer_id, x_offered_image_id, x_image_id, ListUnitPrice, PricingQuantity, PublisherName"
                " FROM charge_until($1) WHERE ResourceId = 'captured' AND x_kind = 'image'",
                [AS_OF],
            ).fetchall()
        assert charged == [("o-shield", "shield", "my-shield-2", Decimal("0.25"), Decimal(10), "softco")]

    def test_what_was_made_of_an_image_before_it_was_on_sale_is_not_charged(self, small: Path) -> None:
        """The image shield was made from debian: use of debian stays use of debian."""
        assert not [row for row in rows("marketplace_cost", small) if row["tenant"] == "softco"]

    def test_a_free_image_is_there_with_nothing_to_pay(self, small: Path) -> None:
        """12 hours until the report's moment, the server alone costs."""
        assert self.lines(small)["acme", "nginx", "EUR"] == (Decimal(0), Decimal("0.300"))

    def test_currencies_are_not_added(self, small: Path) -> None:
        """early: 3 h of an image in USD on a server in EUR."""
        lines = self.lines(small)
        assert lines["initech", "retired", "USD"] == (Decimal(3), Decimal(0))
        assert lines["initech", "retired", "EUR"] == (Decimal(0), Decimal("0.075"))

    def test_open_use_counts_until_the_moment_asked_for(self, small: Path) -> None:
        """The server free started on 20 November at midnight."""
        assert self.lines(small, as_of="2026-11-20T06:00Z")["acme", "nginx", "EUR"][1] == Decimal("0.150")
        assert ("acme", "nginx", "EUR") not in self.lines(small, as_of="2026-11-20")

    def test_months_add_up_to_the_charges(self, small: Path) -> None:
        """Nothing is lost or counted twice between the view and the reports: exactly, not about."""
        with Warehouse(small).reading() as con:
            con.complete()
            total, images = con.execute(
                "SELECT sum(BilledCost), sum(BilledCost) FILTER (WHERE x_kind = 'image') FROM charge_until($1)", [AS_OF]
            ).fetchall()[0]
        months = rows("cost_by_month", small)
        assert sum(row["total_cost"] for row in months) == total
        assert sum(row["image_cost"] for row in rows("marketplace_cost", small)) == images
        assert sum(row["other_server_cost"] for row in months) == (
            Decimal("11.4") + Decimal("0.05") + Decimal("0.025") * 3 + Decimal("0.025") * Decimal("0.000277778")
        )  # workshop 456 h, orphan 2 h, own, plain and idle 1 h each, second 1 s; blink and what is stopped: nothing

    def test_the_time_zone_of_the_session_changes_nothing(self, small: Path) -> None:
        """Months are UTC's, also for who sits in Paris in the night the clocks go back."""
        seen = []
        for zone in ("UTC", "Europe/Paris", "Pacific/Kiritimati"):
            with Warehouse(small).reading() as con:
                con.complete()
                con.execute(f"SET TimeZone = '{zone}'")
                query = "SELECT ResourceId, x_kind, epoch_us(ChargePeriodStart), epoch_us(BillingPeriodEnd), PricingQuantity, BilledCost FROM charge_until($1) ORDER BY ALL"  # noqa: E501
                seen.append(con.execute(query, [AS_OF]).fetchall())
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
        with Warehouse(path).reading() as con:
            con.complete()
            query = "SELECT sum(PricingQuantity), sum(BilledCost) FROM charge_until($1) WHERE ResourceId = $2"
            whole, cut = (con.execute(query, [AS_OF, name]).fetchall() for name in ("whole", "cut"))
        assert whole == cut

    def test_charge_has_the_columns_of_focus(self, empty: Path) -> None:
        """57 columns of FOCUS 1.2, the others begin with x_; 1.4 has two other names and one column more."""
        with Warehouse(empty).reading() as con:
            con.complete()
            columns = {row[0] for row in con.execute("DESCRIBE charge").fetchall()}
            later = {row[0] for row in con.execute("DESCRIBE charge_focus_1_4").fetchall()}
        assert len([column for column in columns if not column.startswith("x_")]) == 57
        assert columns - later == {"ProviderName", "PublisherName"}
        assert later - columns == {"ServiceProviderName", "HostProviderName", "InvoiceDetailId"}

    def test_offers_have_their_price_and_use(self, small: Path) -> None:
        """The price is the one at the moment; an announced one is said."""
        now = {row["offer"]: row for row in rows("offers", small)}
        assert now["shield"]["hourly_price"] == Decimal("0.25")
        before = {row["offer"]: row for row in rows("offers", small, as_of="2026-11-05", month="2026-11")}
        assert (before["shield"]["hourly_price"], before["shield"]["next_price"]) == (Decimal("0.10"), Decimal("0.25"))
        assert "retired" not in before


class TestChecks:
    """Queries for rows that must not exist."""

    def test_all_is_well(self, small: Path, empty: Path) -> None:
        """They find nothing where nothing is wrong."""
        for warehouse in (small, empty):
            found = read.checks(warehouse)
            assert found
            assert all(frame.empty for frame in found.values())

    def test_they_find_what_is_wrong(self, tmp_path: Path) -> None:
        """Each thing that is broken here is found, by the report it belongs to."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.build(con)
            con.execute("INSERT INTO image SELECT * FROM image WHERE image_id = 'old'")
            con.execute("UPDATE image SET origin_image_id = 'nothing' WHERE image_id = 'data'")
            con.execute("UPDATE image SET published = TRUE WHERE image_id = 'retired'")
            con.execute("UPDATE price SET valid_to = NULL WHERE price_id = 'p-shield-1'")
            small_world.member(con, "web", "umbrella", "pending", "2026-11-01")
            small_world.member(con, "full", "t128", "pending", "2026-11-01")
            small_world.member(con, "gone", "initech", "pending", "2026-09-01")
            con.execute("UPDATE image SET status = 'deleted' WHERE image_id = 'off'")
            con.execute("UPDATE server SET deleted_at = now() WHERE server_id = 'idle'")
            con.execute("UPDATE server SET image_id = 'nothing' WHERE server_id = 'second'")
            con.execute("DELETE FROM rule_limit WHERE profile <> 'seed'")  # others allow more
            con.execute("INSERT INTO server_span SELECT * FROM server_span WHERE server_id = 'plain'")
        found = {(name, row.problem) for name, frame in read.checks(path).items() for row in frame.itertuples()}
        assert found == {
            ("inventory", "several images have one id"),
            ("inventory_growth", "an image is deleted by its status or by its time, but not by both"),
            ("servers_without_image", "a server runs an image that never was"),
            ("servers_without_image", "a server that is gone is still used"),
            ("lineage", "an image stems from one that never was"),
            ("marketplace_cost", "the same use is charged twice"),
            ("marketplace_cost", "an image is charged while its server is not"),
            ("near_limit", "an image is shared with more tenants than any profile allows"),
            ("offers", "an offer has two prices at one time"),
            ("offers", "a published image is not on sale"),
            ("sharing", "an image is shared twice with one tenant"),
            ("sharing", "a deleted image is still shared"),
            ("unpriced_use", "a server runs twice at once"),
        }

    def test_use_without_a_price_is_told(self, tmp_path: Path) -> None:
        """A flavor that no list has, and an offer whose price begins an hour late, are not lost in silence."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.build(con)
            small_world.server(con, "odd", "acme", "web", ("2026-11-05", "2026-11-05T02:00"), flavor="z9.huge")
            con.execute("UPDATE price SET valid_to = '2026-11-09 23:30Z' WHERE price_id = 'p-shield-1'")
        told = {row["server_id"]: row for row in rows("unpriced_use", path)}
        assert (told["odd"]["server_hours"], told["odd"]["because"]) == (2, "there is no price for the flavor")
        assert (told["dearer"]["server_hours"], told["dearer"]["image_hours"]) == (0, Decimal("0.5"))
        assert set(told) == {"odd", "dearer"}


def test_the_views_work_for_other_tools(small: Path) -> None:
    """The file opened as it is, under its own name: no alias of ours is baked in."""
    with duckdb.connect(str(small), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM charge").fetchall()[0][0] > 0
        assert con.execute("SELECT count(*) FROM current_image").fetchall()[0][0] == 17
        assert con.execute("SELECT count(*) FROM current_member").fetchall()[0][0] == 236
