"""Reports where not all use is known: what nobody is known to use there is of unknown use, not unused."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from data import read
from data.warehouse.connection import Warehouse
from data.warehouse.snapshot import publish
from support.report_rows import rows
from support.worlds.small_world import GIB, image, insert, member, on, server

Row = dict[str, Any]


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Each thing twice, of the same age: once on the embedded cloud and once on a real one, in regions of their own."""
    for cloud, region in (("local", "here"), ("openstack", "there")):
        of_cloud = {"cloud": cloud, "region": region, "os_distribution": f"debian of {cloud}"}
        image(con, f"idle {cloud}", **of_cloud)
        image(con, f"busy {cloud}", **of_cloud)
        image(con, f"old {cloud}", deprecated_at=on("2026-02-01"), created_at="2026-11-01", **of_cloud)
        for twin in ("a", "b"):
            image(con, f"twin {twin} {cloud}", "2026-11-02", checksum=cloud, owner="hooli", **of_cloud)
        for name in ("idle", "busy"):
            member(con, f"{name} {cloud}", "umbrella", "accepted", "2026-02-01", accepted_at=on("2026-02-02"))
            member(con, f"{name} {cloud}", "initech", "pending", "2026-02-01")
        server(con, f"server {cloud}", "umbrella", f"busy {cloud}", ("2026-03-01", None))
        con.execute("UPDATE server SET region = ?, cloud = ? WHERE server_id = ?", [region, cloud, f"server {cloud}"])
    for cloud, region in (("local", "here"), ("openstack", "there")):
        image(con, f"child {cloud}", "2026-11-03", cloud=cloud, region=region, owner="hooli", source_kind="image",
              source_id=f"twin a {cloud}", origin_image_id=f"twin a {cloud}")  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with that in it. For reading only."""
    path = tmp_path_factory.mktemp("unknown") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        fill(con)
    return path


def by(name: str, world: Path, key: str = "image_id", **asked: Any) -> dict[str, Row]:
    """The rows of a report by one of its columns, with None for what is not known."""
    found = {row[key]: row for row in rows(name, world, **asked)}
    return {
        one: {column: None if pd.isna(value) else value for column, value in row.items()} for one, row in found.items()
    }


def test_a_list_of_what_is_unused_leaves_out_what_is_of_unknown_use(world: Path) -> None:
    """Of two equal images or shares without a user, the one on the embedded cloud is listed."""
    assert list(by("stale", world)) == ["idle local"]
    never_used = by("not_used_by_owner", world)
    assert {image_id.split()[-1] for image_id in never_used} == {"local"}
    assert {"idle local", "busy local"} <= set(never_used)
    unused = {(row["image_id"], row["tenant"]) for row in rows("unused_shares", world)}
    assert unused == {("idle local", "umbrella"), ("idle local", "initech"), ("busy local", "initech")}


def test_nothing_else_is_left_out_on_the_embedded_cloud(world: Path) -> None:
    """Asked for its region alone, nothing is unknown."""
    for name in ("inventory_totals", "if_unshared_totals", "sharing_totals"):
        (row,) = rows(name, world, region="here")
        assert row["use_unknown"] == 0
    assert {row["use_unknown"] for row in rows("space", world, region="here")} == {0}
    assert {row["use_unknown"] for row in rows("duplicates", world, region="here")} == {0}
    assert {row["use_unknown"] for row in rows("unused_shares_by_owner", world, region="here")} == {0}


def test_shares_of_an_owner_are_used_unused_or_of_unknown_use(world: Path) -> None:
    """They add up; a number of users that is 0 is unknown, one above 0 stays."""
    both, there = (by("unused_shares_by_owner", world, "owner", region=region)["acme"] for region in (None, "there"))
    columns = ("shares", "used", "in_use", "unused", "never_used", "use_unknown")
    assert [both[column] for column in columns] == [8, 2, 2, 3, 3, 3]
    assert [there[column] for column in columns] == [4, 1, 1, 0, 0, 3]
    initechs = by("unused_shares_by_owner", world, "owner", region="there", tenant="initech")["acme"]
    assert [initechs[column] for column in columns] == [2, None, None, 0, 0, 2]


def test_what_deletion_would_free_excludes_what_is_of_unknown_use(world: Path) -> None:
    """It is neither stale nor deletable for another reason; each row says of how many images that is so."""
    columns = ("images", "deletable", "freed_bytes", "blocked", "in_use", "use_unknown")
    here, there = (by("space", world, "reason", region=region) for region in ("here", "there"))
    assert [here["stale"][column] for column in columns] == [1, 1, GIB, 0, 0, 0]
    assert [there["stale"][column] for column in columns] == [0, 0, 0, 0, 0, 1]
    assert [here["superseded"][column] for column in columns] == [1, 1, GIB, 0, 0, 0]
    assert [there["superseded"][column] for column in columns] == [1, 0, 0, 1, 0, 1]
    assert [here["duplicate"][column] for column in columns] == [1, 1, GIB, 0, 0, 0]
    assert [there["duplicate"][column] for column in columns] == [1, 0, 0, 1, 0, 1]
    assert by("space", world, "reason", region="there", tenant="hooli")["stale"]["use_unknown"] == 0


def test_equal_files_of_unknown_use_free_nothing(world: Path) -> None:
    """As if a server might have them."""
    found = by("duplicates", world, "checksum")
    assert [(found[cloud]["freed_bytes"], found[cloud]["use_unknown"]) for cloud in ("local", "openstack")] == [
        (GIB, 0),
        (0, 2),
    ]


@pytest.mark.parametrize("name", ["inventory", "lineage_graph"])
def test_a_number_of_servers_is_unknown_instead_of_0(world: Path, name: str) -> None:
    """One above 0 stays: there are at least so many."""
    found = by(name, world)
    for there, servers in (("busy local", 1), ("busy openstack", 1), ("idle local", 0), ("idle openstack", None)):
        if name == "lineage_graph":
            found = by(name, world, image=there)
        assert found[there]["servers"] == servers


def test_totals_say_of_how_many_images_not_all_use_is_known(world: Path) -> None:
    """And on which clouds; nothing is said where there are none."""
    for name, images in (("inventory_totals", 6), ("sharing_totals", 2)):
        (both,) = rows(name, world)
        assert (both["use_unknown"], both["use_unknown_on"]) == (images, "openstack")
        (here,) = rows(name, world, region="here")
        assert here["use_unknown"] == 0
        assert pd.isna(here["use_unknown_on"])


def test_servers_of_a_system(world: Path) -> None:
    """They are unknown instead of 0 where any image of the system is of unknown use."""
    columns = ("images", "servers", "running", "use_unknown")
    both, here = (by("end_of_life", world, "distribution", region=region) for region in (None, "here"))
    assert [both["debian"][column] for column in columns] == [2, None, None, 1]
    assert [here["debian"][column] for column in columns] == [1, 0, 0, 0]
    assert [both["debian of openstack"][column] for column in columns] == [5, 1, 1, 5]


def test_regions(world: Path) -> None:
    """Where not all servers are known, it is unknown whether there are any, and whether they lack an image."""
    columns = ("images", "servers", "owner_servers", "missing")
    found = {(row["owner"], row["origin_image_id"], row["region"]): row for row in rows("region_coverage", world)}
    told = {
        key: tuple(None if pd.isna(row[column]) else row[column] for column in columns) for key, row in found.items()
    }
    assert told["hooli", "twin a local", "here"] == (2, 0, 0, False)
    assert told["hooli", "twin a openstack", "there"] == (2, None, None, False)
    assert told["hooli", "twin a local", "there"] == (0, None, None, None)
    assert told["hooli", "twin a openstack", "here"] == (0, 0, 0, False)


def test_who_could_use_an_image(world: Path) -> None:
    """Servers of each tenant are unknown instead of 0."""
    for image_id, servers in (
        ("busy local", {"acme": 0, "umbrella": 1, "initech": 0}),
        ("busy openstack", {"acme": None, "umbrella": 1, "initech": None}),
    ):
        found = by("who_could_use", world, "tenant", image=image_id)
        assert {tenant: row["servers"] for tenant, row in found.items()} == servers


def test_what_recipients_would_lose(world: Path) -> None:
    """What is known is listed; the totals say of how many shares more it is unknown, and are unknown instead of 0."""
    listed = by("if_unshared", world)
    assert [
        (listed[f"busy {cloud}"]["servers"], listed[f"busy {cloud}"]["disks"]) for cloud in ("local", "openstack")
    ] == [
        (1, 0),
        (1, None),
    ]
    columns = ("shares", "servers", "disks", "lost_servers", "use_unknown")
    told = {}
    for region, tenant in ((None, None), ("here", "initech"), ("there", "initech")):
        (row,) = by("if_unshared_totals", world, "shares", region=region, tenant=tenant).values()
        told[region, tenant] = [row[column] for column in columns]
    assert told == {
        (None, None): [2, 2, None, 2, 3],
        ("here", "initech"): [0, 0, 0, 0, 0],
        ("there", "initech"): [None, None, None, None, 2],
    }


def test_exposure(world: Path) -> None:
    """Per recipient and in one row: servers are unknown instead of 0, and above 0 stay."""
    columns = ("servers", "disks", "last_used_at")
    for region, initech in (("here", [0, 0, None]), ("there", [None, None, None])):
        found = by("exposure", world, "other", tenant="acme", region=region)
        assert [found["initech"][column] for column in columns] == initech
        assert found["umbrella"]["servers"] == 1
    columns = ("servers", "servers_on_shared", "servers_on_public", "others_servers", "use_unknown")
    told = {}
    for region in ("here", "there"):
        for tenant in ("acme", "hooli", "umbrella"):
            (row,) = by("exposure_totals", world, "tenant", tenant=tenant, region=region).values()
            told[region, tenant] = [row[column] for column in columns]
    assert told == {
        ("here", "acme"): [0, 0, 0, 1, 0],
        ("here", "hooli"): [0, 0, 0, 0, 0],
        ("here", "umbrella"): [1, 1, 0, 0, 0],
        ("there", "acme"): [None, 0, None, 1, 3],
        ("there", "hooli"): [None, 0, None, None, 3],
        ("there", "umbrella"): [1, 1, None, 0, 2],
    }


def test_the_checks_hold(world: Path) -> None:
    """No report finds a row that must not exist."""
    assert {name: found.to_dict("records") for name, found in read.checks(world).items() if len(found)} == {}


def test_a_view_asks_whatever_the_macro_asks(world: Path, tmp_path: Path) -> None:
    """A snapshot has the macro of its warehouse: under any name of the file, beside other files."""
    warehouse = Warehouse(world)
    with warehouse.reading() as con:
        complete = con.execute("SELECT DISTINCT cloud, usage_is_complete(cloud) FROM image ORDER BY ALL").fetchall()
    publish(warehouse, tmp_path / "copy of it.duckdb")
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{tmp_path / 'copy of it.duckdb'}' AS other (READ_ONLY)")
        there = "SELECT DISTINCT cloud, other.main.usage_is_complete(cloud) FROM other.main.image ORDER BY ALL"
        assert con.execute(there).fetchall() == complete
        used = con.execute("SELECT count(*) FROM other.report.inventory WHERE servers IS NULL").fetchall()[0][0]
    assert used == sum(row["servers"] is None for row in rows("inventory", world))


def test_where_the_cloud_is_not_known_neither_is_the_use(tmp_path: Path) -> None:
    """An image of no known cloud is of unknown use too."""
    path = tmp_path / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        image(con, "lost", cloud=None)
        insert(con, "image_member", image_id="lost", tenant="umbrella", status="pending", shared_at=on("2026-02-01"))
    assert rows("stale", path) == rows("unused_shares", path) == rows("not_used_by_owner", path) == []
    assert by("inventory", path)["lost"]["servers"] is None
    assert by("space", path, "reason")["stale"]["use_unknown"] == 1
