"""Reports on shares: who uses them, what would be lost without them, who depends on whom, and who could use what."""

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from data import read
from data.warehouse.connection import Warehouse
from support.report_rows import rows, told
from support.worlds.small_world import image, insert, member, on, server

SAID = ("accepted", "2026-02-01")
ASKED: tuple[dict[str, Any], ...] = (
    {"as_of": "2026-04-15", "tenant": "acme"},
    {"as_of": "2026-09-10", "tenant": "umbrella", "region": "eu-west-0"},
    {"as_of": "2026-11-20T12:00Z", "tenant": "acme", "region": "eu-west-1"},
    {"as_of": "2026-11-20T12:00Z", "tenant": "initech"},
)
"""What reports are compared of: a tenant in all regions or in one, at several moments."""
OURS = ("exposure", "exposure_totals", "if_unshared", "if_unshared_totals", "sharing_growth", "unused_shares",
        "unused_shares_by_owner", "who_could_use")  # fmt: skip


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse about shares. For reading only: all tests share it."""
    path = tmp_path_factory.mktemp("shared") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        base_and_its_recipients(con)
        other_images(con)
    return path


def base_and_its_recipients(con: duckdb.DuckDBPyConnection) -> None:
    """An image of acme's, and one recipient for every way to use it, or not to."""
    image(con, "base")
    member(con, "base", "umbrella", *SAID, accepted_at=on("2026-02-02"))  # has two servers of it
    server(con, "u-web", "umbrella", "base", ("2026-03-01", None))
    server(con, "u-off", "umbrella", "base", ("2026-03-01", "2026-03-02"), ("2026-03-02", None))  # stopped, still there
    member(con, "base", "initech", *SAID, accepted_at=on("2026-02-02"))  # has had a server of it
    server(con, "i-old", "initech", "base", ("2026-03-01", "2026-03-10"))
    member(con, "base", "hooli", "pending", "2026-02-01")  # never did anything
    member(con, "base", "gamma", "rejected", "2026-03-01", rejected_at=on("2026-03-05"))  # rejected, and uses a disk
    volume(con, "g-disk", "gamma", "base", "2026-03-02")
    member(con, "base", "delta", "accepted", "2026-11-01", accepted_at=on("2026-11-02"))  # has had no time to use it
    member(con, "base", "epsilon", *SAID, accepted_at=on("2026-02-02"))  # copied it 50 days ago
    image(con, "e-copy", "2026-10-01", owner="epsilon", source_kind="image", source_id="base", origin_image_id="base")
    member(con, "base", "zeta", *SAID, accepted_at=on("2026-02-02"))  # exported it long ago
    logged(con, "export_image", "zeta", "base", "2026-04-01")
    member(con, "base", "eta", *SAID, accepted_at=on("2026-02-02"), removed_at=on("2026-05-01"))  # no longer shared
    server(con, "t-web", "eta", "base", ("2026-03-01", None))  # it runs on


def other_images(con: duckdb.DuckDBPyConnection) -> None:
    """What else umbrella and acme use of one another, and of others."""
    image(con, "tools", "2026-05-01", owner="umbrella", region="eu-west-1")  # another region, the other way
    member(con, "tools", "acme", "pending", "2026-06-01")
    member(con, "tools", "initech", "accepted", "2026-06-01", accepted_at=on("2026-07-01"))
    image(con, "sold", owner="softco", visibility="marketplace", published=True)  # on sale, and shared before it was
    insert(con, "offer", offer_id="o-sold", name="sold", image_id="sold", publisher="softco", pricing_model="free",
           published_at=on("2026-04-01"))  # fmt: skip
    member(con, "sold", "acme", *SAID, accepted_at=on("2026-02-02"))
    server(con, "a-sold", "acme", "sold", ("2026-05-01", None))
    server(con, "z-sold", "zeta", "sold", ("2026-05-01", None))  # bought, not shared
    image(con, "debian", owner="platform", visibility="public")
    server(con, "a-debian", "acme", "debian", ("2026-05-01", None))
    server(con, "a-own", "acme", "base", ("2026-05-01", None))
    image(con, "kept", owner="umbrella")  # acme has a server of it, and a copy in its region
    member(con, "kept", "acme", *SAID, accepted_at=on("2026-02-02"))
    server(con, "a-kept", "acme", "kept", ("2026-05-01", None))
    image(con, "a-copy", "2026-05-02", source_kind="image", source_id="kept", origin_image_id="kept")
    image(con, "gone", owner="umbrella", status="deleted", deleted_at=on("2026-09-15"))  # deleted: its share ended then
    member(con, "gone", "acme", *SAID, accepted_at=on("2026-02-02"), removed_at=on("2026-09-15"))
    server(con, "a-gone", "acme", "gone", ("2026-05-01", None))
    image(con, "locked", owner="umbrella", encrypted=True)  # deactivated for September
    member(con, "locked", "acme", *SAID, accepted_at=on("2026-02-02"))
    logged(con, "deactivate_image", "umbrella", "locked", "2026-09-01")
    logged(con, "reactivate_image", "umbrella", "locked", "2026-10-01")
    image(con, "closed", owner="umbrella", status="deactivated")  # of this, no action is recorded


def volume(con: duckdb.DuckDBPyConnection, volume_id: str, owner: str, image_id: str, created_at: str) -> None:
    """A disk made of an image."""
    insert(con, "volume", volume_id=volume_id, name=volume_id, owner=owner, region="eu-west-0", image_id=image_id,
           size_gb=10, created_at=on(created_at))  # fmt: skip


def logged(con: duckdb.DuckDBPyConnection, action: str, actor: str, image_id: str, when: str) -> None:
    """An action that was done."""
    con.execute(
        "INSERT INTO action_log BY NAME SELECT $1 || $4 AS action_id, 'b' AS batch_id, 1 AS line, 1 AS seq,"
        " $1 AS action, $2 AS actor, 'eu-west-0' AS region, $3 AS image_id, '{}' AS request, 'allowed' AS verdict,"
        " [] AS denied_by, [] AS because, [] AS remedy, 'done' AS outcome, $4::TIMESTAMPTZ AS requested_at,"
        " $4::TIMESTAMPTZ AS finished_at",
        [action, actor, image_id, f"{when} 00:00Z"],
    )


def lines(name: str, warehouse: Path, columns: str, **asked: Any) -> list[str]:
    """Some columns of each row, as text."""
    return [told(row, columns) for row in rows(name, warehouse, **asked)]


class TestUnusedShares:
    """Shares that nobody uses."""

    def test_who_does_not_use_base(self, shared: Path) -> None:
        """Who has a server or disk of it uses it, rejected or not; who copied it lately too."""
        found = [row for row in rows("unused_shares", shared) if row["image_id"] == "base"]
        assert [told(row, "tenant status used unused_days members") for row in found] == [
            "hooli pending never 292 7",
            "initech accepted no longer 255 7",
            "zeta accepted no longer 233 7",
        ]
        assert [row["last_used_at"] for row in found] == [None, on("2026-03-10"), on("2026-04-01")]

    def test_longest_first(self, shared: Path) -> None:
        """The longest unused first; together with the longest of the other images."""
        first = lines("unused_shares", shared, "image_id tenant unused_days", top=3)
        assert first == ["base hooli 292", "locked acme 292", "base initech 255"]

    def test_the_days_are_whole(self, shared: Path) -> None:
        """Delta's share was made on 1 November at midnight: nineteen and a half days ago, which is 19 and not 20."""
        for days, there in ((19, True), (20, False)):
            found = lines("unused_shares", shared, "tenant", unused_days=days)
            assert ("delta" in found) is there

    def test_a_share_anew_begins_anew(self, tmp_path: Path) -> None:
        """What a recipient did under an earlier share is told, but is not counted from."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            image(con, "base")
            member(con, "base", "hooli", *SAID, removed_at=on("2026-03-01"))
            server(con, "h", "hooli", "base", ("2026-02-02", "2026-02-03"))
            member(con, "base", "hooli", "pending", "2026-06-01")
        (row,) = rows("unused_shares", path)
        assert told(row, "used last_used_at unused_days") == "no longer 2026-02-03 00:00:00+00:00 172"

    def test_used_and_unused_are_all(self, shared: Path, small: Path) -> None:
        """All shares are used or unused, and the list has the unused, however long that is."""
        for warehouse, some, days in product((shared, small), (*ASKED, {}), (0, 90)):
            owners = pd.DataFrame(
                rows("unused_shares_by_owner", warehouse, unused_days=days, **some),
                columns=["shares", "used", "in_use", "unused", "never_used"],
            ).sum()
            assert owners.shares == owners.used + owners.unused
            assert owners.shares == rows("sharing_totals", warehouse, **some)[0]["shares"]
            listed = rows("unused_shares", warehouse, unused_days=days, **some)
            assert owners.unused == len(listed)
            assert owners.never_used == sum(row["used"] == "never" for row in listed)
            assert owners.in_use == rows("if_unshared_totals", warehouse, **some)[0]["shares"]

    def test_by_owner(self, shared: Path) -> None:
        """Acme shares with seven: two use it, two have lately begun or copied, and three do not."""
        found = lines("unused_shares_by_owner", shared, "owner shares used in_use unused never_used")
        assert found == ["acme 7 4 2 3 1", "umbrella 4 1 1 3 3", "softco 1 1 1 0 0"]
        others = lines("unused_shares_by_owner", shared, "owner shares used in_use unused never_used", top=1)
        assert others == ["acme 7 4 2 3 1", "all others 5 2 2 3 3"]


class TestIfUnshared:
    """What recipients would lose if a share stopped."""

    COLUMNS = "image_id tenant servers running disks server_names own_copy on_sale"

    def test_what_would_be_lost(self, shared: Path) -> None:
        """Most servers first. What acme has of kept it has a copy of; sold is on sale anyway; eta has no share left."""
        assert lines("if_unshared", shared, self.COLUMNS) == [
            "base umbrella 2 1 0 u-off, u-web False False",
            "kept acme 1 1 0 a-kept True False",
            "sold acme 1 1 0 a-sold False True",
            "base gamma 0 0 1 None False False",
        ]

    def test_totals(self, shared: Path) -> None:
        """They are the sums of the rows; what is kept is not lost."""
        (totals,) = rows("if_unshared_totals", shared)
        assert told(totals, "shares images owners recipients") == "4 3 3 3"
        assert told(totals, "servers running disks lost_shares lost_servers") == "4 3 1 2 2"

    def test_the_past(self, shared: Path) -> None:
        """In mid April eta still had its share, and initech's server was gone."""
        found = lines("if_unshared", shared, "tenant servers", as_of="2026-04-15")
        assert found == ["umbrella 2", "eta 1", "gamma 0"]

    def test_a_copy_must_be_usable_where_the_servers_are(self, tmp_path: Path) -> None:
        """Neither a copy in another region, nor one that is not active or is deleted, nor another tenant's is one."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            image(con, "base")
            member(con, "base", "hooli", *SAID)
            server(con, "h", "hooli", "base", ("2026-02-02", None))
            of_base = {"source_kind": "image", "source_id": "base", "owner": "hooli"}
            image(con, "elsewhere", **of_base | {"region": "eu-west-1"})
            image(con, "off", **of_base | {"status": "deactivated"})
            image(con, "gone", **of_base | {"status": "deleted", "deleted_at": on("2026-05-01")})
            image(con, "strange", **of_base | {"owner": "initech"})
        assert lines("if_unshared", path, "own_copy") == ["False"]
        assert lines("if_unshared_totals", path, "lost_shares lost_servers") == ["1 1"]

    def test_names_of_five(self, tmp_path: Path) -> None:
        """Of six servers five are named, in order."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            image(con, "base")
            member(con, "base", "hooli", *SAID)
            for name in "fbdace":
                server(con, name, "hooli", "base", ("2026-02-02", None))
        assert lines("if_unshared", path, "servers server_names") == ["6 a, b, c, d, e"]


class TestExposure:
    """Whom a tenant is exposed to."""

    COLUMNS = "direction other images accepted pending rejected servers disks"

    def test_of_acme(self, shared: Path) -> None:
        """What it shares first, most images first; then what it is given."""
        assert lines("exposure", shared, self.COLUMNS, tenant="acme") == [
            "out delta 1 1 0 0 0 0",
            "out epsilon 1 1 0 0 0 0",
            "out gamma 1 0 0 1 0 1",
            "out hooli 1 0 1 0 0 0",
            "out initech 1 1 0 0 0 0",
            "out umbrella 1 1 0 0 2 0",
            "out zeta 1 1 0 0 0 0",
            "in umbrella 3 2 1 0 1 0",
            "in softco 1 1 0 0 1 0",
        ]

    def test_last_use(self, shared: Path) -> None:
        """This time where use goes on, the moment it ended, or empty."""
        used = {row["other"]: row["last_used_at"] for row in rows("exposure", shared, tenant="acme")[:7]}
        assert used["umbrella"] == on("2026-11-20T12:00")
        assert used["initech"] == on("2026-03-10")
        assert used["epsilon"] == on("2026-10-01")
        assert used["delta"] is None

    def test_who_shares_most_is_meant(self, shared: Path, empty: Path) -> None:
        """In a region it may be another; where nobody shares there is nothing to tell."""
        assert {row["tenant"] for row in rows("exposure", shared)} == {"acme"}
        assert {row["tenant"] for row in rows("exposure", shared, region="eu-west-1")} == {"umbrella"}
        assert rows("exposure", shared) == rows("exposure", shared, tenant="acme")
        assert rows("exposure_totals", shared) == rows("exposure_totals", shared, tenant="acme")
        assert rows("exposure", empty) == rows("exposure_totals", empty) == []

    def test_at_most_so_many_a_direction(self, shared: Path) -> None:
        """Top counts rows of each direction by itself."""
        assert lines("exposure", shared, "direction other", tenant="acme", top=1) == ["out delta", "in umbrella"]

    def test_totals_of_acme(self, shared: Path) -> None:
        """Five of its servers: one on its own image, four of others' images, one a way."""
        (totals,) = rows("exposure_totals", shared, tenant="acme")
        assert told(totals, "images private_images shared_images open_images encrypted_images") == "2 1 1 1 0"
        assert told(totals, "shares_out recipients longest_pending_out_days") == "7 7 292"
        assert told(totals, "shares_in sharers longest_pending_in_days") == "4 2 172"
        on_images = "servers servers_on_shared servers_on_marketplace servers_on_public servers_on_lost relied_on"
        assert told(totals, on_images) == "5 1 1 1 1 3"
        assert told(totals, "others_servers others_servers_shared") == "3 2"  # eta's has no share left

    def test_totals_of_others(self, shared: Path, small: Path) -> None:
        """Who sells has servers of buyers on its images; images near their limit are counted as the profile has it."""
        (softco,) = rows("exposure_totals", shared, tenant="softco")
        assert told(softco, "marketplace_images others_servers others_servers_shared shares_in") == "1 2 1 0"
        (umbrella,) = rows("exposure_totals", shared, tenant="umbrella")
        assert told(umbrella, "images shared_images private_images encrypted_images") == "4 3 1 1"
        (nobody,) = rows("exposure_totals", shared, tenant="nobody")
        assert told(nobody, "tenant images shares_out servers longest_pending_in_days") == "nobody 0 0 0 None"
        for percent, near in ((80, 2), (81, 1)):
            (acme,) = rows("exposure_totals", small, tenant="acme", from_percent=percent)
            assert acme["near_limit"] == near == len(rows("near_limit", small, tenant="acme", from_percent=percent))

    def test_it_ties_with_the_other_reports(self, shared: Path, small: Path) -> None:
        """The numbers are those of the reports on sharing and inventory."""
        for warehouse, asked in product((shared, small), ASKED):
            (totals,) = rows("exposure_totals", warehouse, **asked)
            (sharing,) = rows("sharing_totals", warehouse, **asked)
            (inventory,) = rows("inventory_totals", warehouse, **asked)
            assert totals["shares_out"] + totals["shares_in"] == sharing["shares"]
            assert totals["images"] == inventory["images"]
            assert totals["encrypted_images"] == inventory["encrypted"]
            some = rows("exposure", warehouse, **asked)
            for direction, shares, others in (("out", "shares_out", "recipients"), ("in", "shares_in", "sharers")):
                there = [row for row in some if row["direction"] == direction]
                assert sum(row["images"] for row in there) == totals[shares]
                assert len(there) == totals[others]
            servers = sum(row["servers"] for row in some if row["direction"] == "out")
            assert servers == totals["others_servers_shared"]
            used = rows("if_unshared", warehouse, **asked)
            assert sum(row["servers"] for row in some) == sum(row["servers"] for row in used)
            assert sum(row["disks"] for row in some) == sum(row["disks"] for row in used)


class TestWhoCouldUse:
    """Who could use an image on a day."""

    COLUMNS = "tenant way member_status could_use servers"

    def test_of_the_day(self, shared: Path) -> None:
        """In mid April eta's share stood and gamma had rejected its own; delta's was not made."""
        assert lines("who_could_use", shared, self.COLUMNS, image="base", as_of="2026-04-15") == [
            "acme owner None True 0",
            "epsilon shared accepted True 0",
            "eta shared accepted True 1",
            "hooli shared pending True 0",
            "initech shared accepted True 0",
            "umbrella shared accepted True 2",
            "zeta shared accepted True 0",
            "gamma shared rejected True 0",
        ]

    def test_until_when(self, shared: Path) -> None:
        """What ended later is told; what has not ended is open."""
        until = {row["tenant"]: row["until"] for row in rows("who_could_use", shared, image="base", as_of="2026-04-15")}
        assert until["eta"] == on("2026-05-01")
        assert until["umbrella"] is until["acme"] is None
        gone = rows("who_could_use", shared, image="gone", as_of="2026-09-10")
        assert [told(row, "tenant could_use until") for row in gone] == [
            "umbrella True 2026-09-15 00:00:00+00:00",
            "acme True 2026-09-15 00:00:00+00:00",
        ]

    def test_all_tenants(self, shared: Path) -> None:
        """What is public or on sale anybody can use; who has no row of his own is counted there."""
        assert lines("who_could_use", shared, self.COLUMNS, image="debian") == [
            "platform owner None True 0",
            "all tenants public None True 1",
        ]
        assert lines("who_could_use", shared, f"{self.COLUMNS} since", image="sold") == [
            "softco owner None True 0 2026-01-10 00:00:00+00:00",
            "all tenants on sale None True 1 2026-04-01 00:00:00+00:00",
            "acme shared accepted True 1 2026-02-01 00:00:00+00:00",
        ]
        assert "all tenants" not in lines("who_could_use", shared, "tenant", image="sold", as_of="2026-03-31")

    @pytest.mark.parametrize(
        ("as_of", "why_not"),
        [("2026-08-31", None), ("2026-09-01", "the image was deactivated"), ("2026-10-01", None)],
    )
    def test_the_status_is_told_by_the_log(self, shared: Path, as_of: str, why_not: str | None) -> None:
        """Locked was deactivated for September."""
        for row in rows("who_could_use", shared, image="locked", as_of=as_of):
            assert row["could_use"] == (why_not is None)
            assert row["why_not"] == why_not

    def test_what_no_action_tells_of(self, shared: Path) -> None:
        """Then today's status counts."""
        assert lines("who_could_use", shared, "tenant why_not", image="closed", as_of="2026-05-01") == [
            "umbrella the image was deactivated"
        ]

    def test_only_the_first_turn_is_known(self, tmp_path: Path) -> None:
        """What was reactivated had been deactivated before."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            image(con, "base")
            logged(con, "reactivate_image", "acme", "base", "2026-05-01")
        assert lines("who_could_use", path, "could_use", image="base", as_of="2026-04-01") == ["False"]
        assert lines("who_could_use", path, "could_use", image="base", as_of="2026-05-01") == ["True"]

    def test_several_of_one_name(self, tmp_path: Path) -> None:
        """All images of a name are told, and one by its id."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            image(con, "1", name="web")
            image(con, "2", name="web", owner="hooli")
        assert lines("who_could_use", path, "image_id tenant", image="web") == ["1 acme", "2 hooli"]
        assert lines("who_could_use", path, "image_id tenant", image="2") == ["2 hooli"]

    def test_nothing_to_tell(self, shared: Path, empty: Path) -> None:
        """An image that never was, was not yet made, or was deleted before has no rows; nor has an empty warehouse."""
        assert rows("who_could_use", shared, image="nothing") == []
        assert rows("who_could_use", shared, image="base", as_of="2026-01-09") == []
        assert rows("who_could_use", shared, image="gone", as_of="2026-09-15") == []
        assert rows("who_could_use", empty) == []

    def test_the_most_shared_is_meant(self, shared: Path) -> None:
        """Of those that there were at the time."""
        assert {row["image_id"] for row in rows("who_could_use", shared)} == {"base"}
        assert lines("who_could_use", shared, "image_id way", top=1) == ["base owner"]

    def test_it_ties_with_the_shares(self, shared: Path, small: Path) -> None:
        """For every image: as many shares as the report on shares has, of the same status."""
        for warehouse, as_of in product((shared, small), ("2026-04-15", "2026-11-20T12:00Z")):
            every = rows("sharing", warehouse, as_of=as_of)
            for image_id in {row["image_id"] for row in every}:
                asked = rows("who_could_use", warehouse, as_of=as_of, image=image_id)
                found = {(row["tenant"], row["member_status"]) for row in asked if row["way"] == "shared"}
                assert found == {(row["tenant"], row["status"]) for row in every if row["image_id"] == image_id}


class TestGrowth:
    """How sharing grew."""

    def test_month_by_month(self, shared: Path) -> None:
        """In eu-west-0: made in February and later, one stopped by its owner, one with its image."""
        found = rows("sharing_growth", shared, region="eu-west-0")
        assert [row["month"] for row in found] == [date(2026, month, 1) for month in range(2, 12)]
        assert [told(row, "made stopped accepted rejected shares") for row in found] == [
            "10 0 9 0 10",
            "1 0 0 1 11",
            "0 0 0 0 11",
            "0 1 0 0 10",
            "0 0 0 0 10",
            "0 0 0 0 10",
            "0 0 0 0 10",
            "0 1 0 0 9",
            "0 0 0 0 9",
            "1 0 1 0 10",
        ]

    def test_every_region_has_every_month(self, shared: Path) -> None:
        """Also those in which nothing was shared there."""
        found = lines("sharing_growth", shared, "region shares", as_of="2026-06-30")
        assert found[0] == "eu-west-0 10"
        assert found[-2:] == ["eu-west-0 10", "eu-west-1 2"]
        assert len(found) == 10

    def test_the_last_month_stands_as_the_totals_do(self, shared: Path, small: Path) -> None:
        """Whenever, and of whomever, that is asked."""
        for warehouse, some in product((shared, small), (*ASKED, {})):
            grown = rows("sharing_growth", warehouse, **some)
            last = [row["shares"] for row in grown if row["month"] == grown[-1]["month"]]
            assert sum(last) == rows("sharing_totals", warehouse, **some)[0]["shares"]

    def test_months_are_utc(self, tmp_path: Path) -> None:
        """Midnight UTC of the first belongs to the new month, the moment before to the old one."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            image(con, "base")
            member(con, "base", "hooli", "pending", "2026-09-30T23:59:59.999999")
            member(con, "base", "gamma", "pending", "2026-10-01")
        assert lines("sharing_growth", path, "month made", as_of="2026-10-01") == ["2026-09-01 1", "2026-10-01 1"]


class TestChecks:
    """Queries for rows that must not exist."""

    def test_all_is_well(self, shared: Path) -> None:
        """They find nothing where nothing is wrong."""
        assert {name for name, frame in read.checks(shared).items() if len(frame)} == set()

    def test_they_find_what_is_wrong(self, tmp_path: Path) -> None:
        """Each thing that is broken here is found, once, by the report it belongs to."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            base_and_its_recipients(con)
            other_images(con)
            con.execute("UPDATE image_member SET rejected_at = '2026-02-28 00:00Z' WHERE tenant = 'gamma'")
            member(con, "e-copy", "eta", "pending", "2026-09-30")  # before the copy was made
            member(con, "base", "eta", *SAID, removed_at=on("2026-03-01"))
            con.execute(
                "UPDATE image_member SET shared_at = '2026-02-03 00:00Z' WHERE removed_at = '2026-05-01 00:00Z'"
            )
            member(con, "debian", "acme", *SAID)
            volume(con, "early", "acme", "base", "2026-02-02")
            con.execute("UPDATE volume SET deleted_at = '2026-02-01 00:00Z' WHERE volume_id = 'early'")
            volume(con, "of-nothing", "acme", "nothing", "2026-02-02")
            logged(con, "export_image", "acme", "nothing", "2026-02-02")
            con.execute("UPDATE server SET region = 'eu-west-1' WHERE server_id = 'a-own'")
            con.execute("INSERT INTO server_span SELECT * FROM server_span WHERE server_id = 'a-sold'")
            con.execute("UPDATE image_member SET rejected_at = shared_at WHERE tenant = 'hooli'")
            con.execute("UPDATE server_span SET started_at = '2026-01-01 00:00Z' WHERE server_id = 'i-old'")
        found = [(name, *row[1:3]) for name in OURS for row in read.checks(path)[name].itertuples()]
        assert sorted(found) == [
            ("exposure", "the time of an answer does not go with a share's status", "base"),
            ("exposure_totals", "a server is used before it is made", "i-old"),
            ("if_unshared", "a server is of an image in another region", "a-own"),
            ("if_unshared_totals", "a server has two images at once", "a-sold"),
            ("sharing_growth", "a share is rejected before it begins", "base"),
            ("sharing_growth", "an image is shared before it is made", "e-copy"),
            ("unused_shares", "a disk is gone before it is made", "early"),
            ("unused_shares", "a disk is of an image that never was", "of-nothing"),
            ("unused_shares_by_owner", "an export is of an image that never was", "export_image2026-02-02 00:00Z"),
            ("who_could_use", "a public image is shared", "debian"),
            ("who_could_use", "a share begins before the one before it has ended", "base"),
        ]
