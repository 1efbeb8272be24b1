"""Reports: what they say of the small world, and of a warehouse in which nothing has happened."""

import re
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from data import read
from data.inventory import what_if
from data.warehouse.connection import Warehouse
from domain.policy.profiles import limits
from domain.policy.rules.share_image import RULES
from support.report_rows import AS_OF, frame, rows, told
from support.worlds import small_world


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
        assert list(frame(name, request.getfixturevalue(world)).columns) == list(about.columns)
        assert all(column.means and column.unit for column in about.columns.values())
        assert about.title
        assert about.rows

    def test_parameters_are_described(self, name: str) -> None:
        """about.yaml describes the parameters of the query, and gives the default of each."""
        about = read.about(name)
        asked = set(re.findall(r"\$(\w+)", sql_of(name, "query.sql")))
        judged = set() if about.judges is None else what_if.PARAMETERS
        assert asked <= set(about.parameters) <= asked | judged
        assert all("Default: " in text for text in about.parameters.values())

    def test_nothing_is_a_float_and_every_time_is_utc(self, name: str, small: Path) -> None:
        """Money and hours stay decimals, times know their zone."""
        for kind in frame(name, small).dtypes:
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
            ("what_if", {"amount": "dear"}),
            ("what_if", {"amount": 0.5}),
            ("what_if", {"amount": "0.0000000001"}),
            ("what_if", {"amount": "Infinity"}),
            ("what_if", {"percent": -101}),
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
        assert (state.images, state.offers, state.regions) == (23, 8, ("eu-west-0", "eu-west-1"))
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
            assert part.images.sum() == totals["images"] == 23
            assert part.size_bytes.sum() == totals["size_bytes"]
            assert part.encrypted.sum() == totals["encrypted"] == 2
        assert rows("inventory_growth", small)[-2]["images"] + rows("inventory_growth", small)[-1]["images"] == 23

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


class TestChecks:
    """Queries for rows that must not exist."""

    def test_all_is_well(self, small: Path, empty: Path) -> None:
        """They find nothing where nothing is wrong."""
        for warehouse in (small, empty):
            found = read.checks(warehouse)
            assert found
            assert all(frame.empty for frame in found.values())

    def test_they_find_what_is_wrong(self, tmp_path: Path) -> None:
        """Each thing that is broken here is found, by the report it belongs to; what the ledger finds is its own."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.build(con)
            small_world.metered(con, AS_OF)
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
            break_what_costs(con)
        found = {(name, row.problem) for name, frame in read.checks(path).items() for row in frame.itertuples()}
        assert {(name, problem) for name, problem in found if name != "ledger"} == {
            ("adjustments", "a correction does not say of which month, or what corrects nothing does"),
            ("adjustments", "a credit takes money"),
            ("contracts", "a contract has no price of its offer"),
            ("contracts", "a contract is for an offer that never was"),
            ("cost_by", "a charge is for a server that never was"),
            ("cost_by_day", "a month between others was never metered"),
            ("cost_by_month", "a flavor has two prices at one time"),
            ("cost_by_month", "a flavor is listed twice"),
            ("cost_change", "a month was metered until before it began"),
            ("cost_forecast", "a contract ends before it begins"),
            ("dearer_than_server", "a charge is for a server of another tenant"),
            ("inventory", "several images have one id"),
            ("inventory_growth", "an image is deleted by its status or by its time, but not by both"),
            ("invoices", "an invoice is for a month that is open"),
            ("invoices", "an invoice was issued twice"),
            ("invoices", "the parts of an invoice are not its total"),
            ("servers_without_image", "a server runs an image that never was"),
            ("servers_without_image", "a server that is gone is still used"),
            ("lineage", "an image stems from one that never was"),
            ("marketplace_cost", "a charge is for an offer that never was"),
            ("near_limit", "an image is shared with more tenants than any profile allows"),
            ("offers", "an offer has two prices at one time"),
            ("offers", "a published image is not on sale"),
            ("paid_without_use", "a month is charged twice"),
            ("sharing", "an image is shared twice with one tenant"),
            ("sharing", "a deleted image is still shared"),
            ("unattributed", "a credit is for an offer that never was"),
            ("unit_cost", "a flavor has no vCPUs"),
            ("unpriced_use", "a server runs twice at once"),
            ("what_if", "an offer was withdrawn before it was published"),
        }

    def test_use_without_a_price_is_told(self, tmp_path: Path) -> None:
        """A flavor that no list has, an offer without a price for half an hour, and one without for a flavor are told.

        What is paid for by the month, is in a trial, or is not metered yet is not.
        """
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.build(con)
            small_world.server(con, "odd", "acme", "web", ("2026-11-05", "2026-11-05T02:00"), flavor="z9.huge")
            con.execute("UPDATE price SET valid_to = '2026-11-09 23:30Z' WHERE price_id = 'p-shield-1'")
            small_world.sale(con, "sieve", "Hours", model="flavor_hourly", amount="0", amounts={"s2.large.1": "0.20"})
            con.execute("UPDATE price SET terms = replace(terms, '\"amount\": \"0\", ', '') WHERE price_id = 'p-sieve'")
            small_world.server(con, "sieved", "acme", "sieve", ("2026-11-06", "2026-11-06T03:00"))
            small_world.metered(con, AS_OF)
        found = {row["server_id"]: row for row in rows("unpriced_use", path, as_of="2027-01-01")}
        assert told(found["odd"], "server_hours because") == "2 there is no price for the flavor"
        assert told(found["dearer"], "server_hours image_hours") == "0 0.5"
        assert found["dearer"]["because"] == "the offer had no price at that time"
        assert told(found["sieved"], "image_hours because") == "3 the offer has no price for the flavor"
        assert found.keys() == {"odd", "dearer", "sieved"}

    def test_a_real_cloud_has_prices_of_its_own(self, tmp_path: Path) -> None:
        """Its servers are not charged by the embedded cloud's list, though a flavor has the same name; that is told."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.build(con)
            small_world.server(con, "real", "acme", "web", ("2026-11-05", "2026-11-05T02:00"))
            con.execute("UPDATE server SET cloud = 'openstack' WHERE server_id = 'real'")
            con.execute("INSERT INTO flavor VALUES ('s2.medium.1', 'ecs', 1, 1024, 'openstack', 10)")
            small_world.metered(con, AS_OF)
            assert con.execute("SELECT * FROM charge WHERE x_server_id = 'real'").fetchall() == []
        assert all(frame.empty for frame in read.checks(path).values())
        found = {row["server_id"]: row for row in rows("unpriced_use", path, as_of="2027-01-01")}
        assert told(found["real"], "server_hours because") == "2 there is no price for the flavor"

    def test_what_cannot_be_attributed(self, tmp_path: Path) -> None:
        """A strange flavor, a credit for no offer, and the two days since the last metering, tenant by tenant."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            small_world.build(con)
            small_world.server(con, "odd", "acme", "web", ("2026-11-05", "2026-11-05T02:00"), flavor="z9.huge")
            small_world.metered(con, AS_OF)
        found = rows("unattributed", path, as_of="2026-11-22T12:00Z", month="2026-11")
        assert [told(row, "problem thing hours") for row in found] == [
            "a credit for no offer INV-202611-acme-EUR 0",
            "a flavor that is not known z9.huge 2",
            "use that is not metered yet acme 96",  # free and vaulted
            "use that is not metered yet initech 48",  # mailer; paused is stopped
        ]


def break_what_costs(con: duckdb.DuckDBPyConnection) -> None:
    """One thing wrong for each check of the reports on cost."""
    con.execute("UPDATE charge SET x_offer_id = 'nothing' WHERE ResourceId = 'worker'")
    con.execute("UPDATE charge SET x_server_id = 'nothing' WHERE ResourceId = 'extra'")
    con.execute("UPDATE charge SET SubAccountId = 'hooli' WHERE ResourceId = 'sleeper'")
    con.execute("UPDATE charge SET x_corrected_month = BillingPeriodStart WHERE ResourceId = 'plain'")
    con.execute("INSERT INTO charge SELECT * FROM charge WHERE ResourceId = 'mailer' AND x_kind = 'image'")
    con.execute("INSERT INTO flavor SELECT * REPLACE (0 AS vcpus) FROM flavor WHERE flavor = 's2.large.1'")
    con.execute("INSERT INTO flavor_price SELECT * FROM flavor_price WHERE flavor = 's2.large.1'")
    con.execute("DELETE FROM metering WHERE month_begins = '2026-10-01 00:00Z'")
    con.execute("UPDATE metering SET metered_until = '2026-01-01 00:00Z' WHERE month_begins = '2026-03-01 00:00Z'")
    con.execute("INSERT INTO contract SELECT * REPLACE ('c2' AS contract_id, 'nothing' AS offer_id) FROM contract")
    con.execute("UPDATE contract SET ends_at = starts_at WHERE contract_id = 'c-grid'")
    con.execute("UPDATE credit SET amount = -amount WHERE credit_id = 'g-acme'")
    con.execute("UPDATE credit SET offer_id = 'nothing' WHERE credit_id = 'g-mail'")
    con.execute("UPDATE offer SET withdrawn_at = published_at - INTERVAL 1 DAY WHERE offer_id = 'o-nginx'")
    con.execute("UPDATE image SET published = FALSE WHERE image_id = 'nginx'")
    for _ in range(2):
        small_world.insert(con, "invoice", invoice_id="INV-1", month_begins=AS_OF, tenant="acme", currency="EUR",
                           subtotal=1, tax=0, rounding=0, total=2, issued_at=AS_OF)  # fmt: skip


def test_the_views_work_for_other_tools(small: Path) -> None:
    """The file opened as it is, under its own name: no alias of ours is baked in."""
    with duckdb.connect(str(small), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM charge").fetchall()[0][0] > 0
        assert con.execute("SELECT count(*) FROM current_image").fetchall()[0][0] == 23
        assert con.execute("SELECT count(*) FROM current_member").fetchall()[0][0] == 236
