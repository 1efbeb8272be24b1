"""Reports on families of images: what stems from what, how it is drawn, and what of it is there in each region."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.warehouse.connection import Warehouse
from support.effort import either
from support.report_rows import asked, rows, told
from support.worlds.small_world import image, insert, member, on, server

Row = dict[str, Any]
OLD = "2026-01-20"


def captured(
    con: duckdb.DuckDBPyConnection, image_id: str, of: str, origin: str, created_at: str, **different: Any
) -> None:
    """An image of a server that ran another one for a day."""
    owner, region = different.get("owner", "acme"), different.get("region", "eu-west-0")
    begun = (on(created_at) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    server(con, f"server of {image_id}", owner, of, (begun, created_at))
    con.execute("UPDATE server SET region = $1 WHERE server_id = $2", [region, f"server of {image_id}"])
    image(
        con,
        image_id,
        created_at,
        source_kind="server",
        source_id=f"server of {image_id}",
        origin_image_id=origin,
        **different,
    )


def copied(
    con: duckdb.DuckDBPyConnection, image_id: str, of: str, origin: str, created_at: str, **different: Any
) -> None:
    """A copy of an image."""
    image(con, image_id, created_at, source_kind="image", source_id=of, origin_image_id=origin, **different)


def family(con: duckdb.DuckDBPyConnection) -> None:
    """From a public image over one on sale to copies; beside it smaller families, and one of a deeper line."""
    image(con, "debian", owner="platform", visibility="public")
    captured(con, "golden", "debian", "debian", "2026-02-01", deprecated_at=on("2026-08-01"))
    copied(con, "golden-west", "golden", "debian", "2026-02-02", region="eu-west-1")
    copied(con, "sealed", "golden-west", "debian", "2026-02-03", region="eu-west-1", encrypted=True)
    copied(con, "left", "golden", "debian", "2026-02-04", status="deleted", deleted_at=on("2026-03-01"))
    copied(con, "taken", "left", "debian", "2026-02-05", owner="beta")  # what it was copied of is gone
    copied(
        con, "lost", "golden", "debian", "2026-02-06", status="deleted", deleted_at=on("2026-03-01")
    )  # leads nowhere
    captured(con, "shield", "debian", "debian", "2026-02-07", owner="softco", visibility="marketplace", published=True)
    insert(con, "offer", offer_id="o", name="o", image_id="shield", publisher="softco", pricing_model="free",
           published_at=on("2026-02-08"))  # fmt: skip
    captured(con, "my-shield", "shield", "shield", "2026-03-01", owner="umbrella")  # of what is sold: its own origin
    member(con, "my-shield", "beta", "pending", "2026-03-02")
    server(con, "runs", "umbrella", "my-shield", ("2026-03-03", None))
    insert(con, "backup", backup_id="b", server_id="runs", owner="umbrella", region="eu-west-0", service="cbr",
           image_id="my-shield", created_at=on("2026-03-04"))  # fmt: skip
    image(con, "whole", "2026-03-05", owner="umbrella", image_type="full_ecs", source_kind="backup", source_id="b",
          origin_image_id="shield")  # fmt: skip
    image(con, "alone", owner="platform", visibility="public")
    image(con, "home")  # nothing public: not where the farthest is looked for
    for number in range(20):
        copied(con, f"home-{number}", "home" if number == 0 else f"home-{number - 1}", "home", "2026-03-01")
    image(con, "twin-1", name="twin", owner="beta")  # a name in two families
    image(con, "twin-2", name="twin", owner="gamma")
    image(con, "many")  # a name that is there twice, in one family
    copied(con, "many-west", "many", "many", "2026-03-01", name="many", region="eu-west-1")


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with families. For reading only."""
    path = tmp_path_factory.mktemp("families") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        family(con)
    return path


class TestLineageGraph:
    """A family of images, to be drawn."""

    def test_who_stems_from_whom(self, families: Path) -> None:
        """All that exists and what it stems from, down to what was captured of an image on sale; dead ends are not."""
        found = rows("lineage_graph", families)
        assert {told(row, "image_id parent_image_id depth made_from kind") for row in found} == {
            "debian None 0 imported public",
            "golden debian 1 captured from a server private",
            "golden-west golden 2 copied to another region private",
            "sealed golden-west 3 copied in its region private",
            "left golden 2 copied in its region private",
            "taken left 3 copied by another tenant private",
            "shield debian 1 captured from a server marketplace",
            "my-shield shield 2 captured from a server shared",
            "whole my-shield 3 captured from a backup private",
        }

    def test_what_became_of_them(self, families: Path) -> None:
        """Deleted ones that others stem from are told as such; servers and tenants are counted."""
        found = {row["image_id"]: row for row in rows("lineage_graph", families)}
        assert {name: row["state"] for name, row in found.items() if row["state"] != "in use"} == {
            "golden": "deprecated",
            "left": "deleted",
        }
        assert told(found["my-shield"], "servers members left_out") == "1 1 0"

    def test_parents_are_those_of_the_view(self, families: Path) -> None:
        """As ``image_parent`` and the report ``lineage`` say."""
        parents = dict(asked(families, "SELECT image_id, parent_image_id FROM image_parent"))
        listed = {row["image_id"]: row["parent_image_id"] for row in rows("lineage", families)}
        assert listed == {name: parents[name] for name in listed}
        for said in ({}, {"image": "home"}, {"image": "many"}):
            drawn = {row["image_id"]: row["parent_image_id"] for row in rows("lineage_graph", families, **said)}
            assert drawn == {name: parents[name] for name in drawn}

    def test_an_image_can_be_asked_for(self, families: Path) -> None:
        """By its id, or by a name that means one family; what stems from it comes first where there is little room."""
        assert len(rows("lineage_graph", families, image="home-7")) == 21
        assert [row["image_id"] for row in rows("lineage_graph", families, image="many")] == ["many", "many-west"]
        assert rows("lineage_graph", families, image="twin") == []
        assert rows("lineage_graph", families, image="nothing") == []
        assert [row["image_id"] for row in rows("lineage_graph", families, image="twin", tenant="beta")] == ["twin-1"]
        few = [row["image_id"] for row in rows("lineage_graph", families, image="shield", top=4)]
        assert few == ["debian", "shield", "my-shield", "whole"]
        assert "lost" in {row["image_id"] for row in rows("lineage_graph", families, image="lost")}

    def test_the_family_that_reaches_farthest(self, families: Path) -> None:
        """Where none is asked for: of a public image, if there is one; of an owner or in a region, if that is asked."""
        assert rows("lineage_graph", families)[0]["image_id"] == "debian"
        assert rows("lineage_graph", families, tenant="umbrella", top=3)[2]["image_id"] == "my-shield"
        west = rows("lineage_graph", families, region="eu-west-1", top=4)
        assert [row["image_id"] for row in west] == ["debian", "golden", "golden-west", "sealed"]

    def test_the_past(self, families: Path) -> None:
        """In mid February nothing was deleted or captured of what is on sale."""
        past = {row["image_id"]: row["state"] for row in rows("lineage_graph", families, as_of="2026-02-15")}
        assert past["left"] == past["lost"] == past["golden"] == "in use"
        assert "my-shield" not in past

    @pytest.mark.parametrize("seed", range(either(short=3, full=50)))
    def test_any_family_can_be_drawn(self, seed: int, tmp_path: Path) -> None:
        """Whole or in part, no lines cross, and nothing that exists is forgotten."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            parents, existing = grown(con, random.Random(seed))
        kept = {above for one in existing for above in line(one, parents)}
        for top in (1, 7, 20, 1000):
            drawn = rows("lineage_graph", path, top=top)
            assert len(drawn) == min(top, len(kept))
            assert {row["image_id"] for row in drawn} <= kept
            assert len(drawn) + sum(row["left_out"] for row in drawn) == len(kept)
            well_placed(drawn)
        depth = max(len(line(one, parents)) for one in existing)
        assert len({row["depth"] for row in rows("lineage_graph", path, top=depth)}) == depth  # the longest line first


def grown(con: duckdb.DuckDBPyConnection, chance: random.Random) -> tuple[dict[str, str], set[str]]:
    """A family of sixty, each copied of an earlier one; their parents, and those that exist."""
    parents, existing = {}, {"i0"}
    image(con, "i0", owner="platform", visibility="public")
    for number in range(1, 60):
        name, parent = f"i{number}", f"i{max(0, chance.randint(-5, number - 1))}"
        parents[name] = parent
        gone = on("2026-04-01") if chance.random() < 0.4 else None
        copied(con, name, parent, "i0", f"2026-02-01T{number // 4:02}:00", deleted_at=gone,
               status="deleted" if gone else "active")  # fmt: skip
        existing |= set() if gone else {name}
    return parents, existing


def line(one: str, parents: dict[str, str]) -> list[str]:
    """The image and all that it stems from."""
    return [one] + (line(parents[one], parents) if one in parents else [])


def well_placed(drawn: list[Row]) -> None:
    """Leaves are side by side, parents amid their children, and at each depth the order is that of the parents."""
    places = {row["image_id"]: row["place"] for row in drawn}
    children: dict[str, list[Decimal]] = defaultdict(list)
    for row in drawn:
        if row["depth"]:
            children[row["parent_image_id"]].append(row["place"])
    leaves = sorted(place for name, place in places.items() if name not in children)
    assert leaves == [*range(1, len(leaves) + 1)]
    for name, beside in children.items():
        assert abs(places[name] - (min(beside) + max(beside)) / 2) < Decimal("1e-8")
    for depth in range(1, max(row["depth"] for row in drawn) + 1):
        level = sorted((row["place"], places[row["parent_image_id"]]) for row in drawn if row["depth"] == depth)
        assert [above for _, above in level] == sorted(above for _, above in level)
        assert len({place for place, _ in level}) == len(level)


def dispatched_to_dask(con: duckdb.DuckDBPyConnection) -> None:
    """Lineages in regions: there, missing, and not needed."""
    image(con, "web")
    copied(con, "web-2", "web", "web", OLD)
    copied(con, "web-west", "web", "web", OLD, region="eu-west-1", status="deactivated")  # cannot be used
    server(con, "w", "acme", "web-west", ("2026-02-01", None))
    con.execute("UPDATE server SET region = 'eu-west-1' WHERE server_id = 'w'")
    copied(con, "web-of-beta", "web", "web", OLD, owner="beta", region="eu-west-2")  # another lineage: beta's
    copied(con, "web-shared", "web", "web", OLD, owner="beta", region="eu-west-3")
    member(con, "web-shared", "acme", "pending", "2026-02-01")  # acme can use it there
    image(con, "ubuntu", owner="platform", visibility="public")
    captured(con, "mine", "ubuntu", "ubuntu", OLD)  # acme's of the public one, which acme can use too
    captured(con, "mine-2", "ubuntu", "ubuntu", OLD)
    image(con, "gone", status="deleted", deleted_at=on("2026-03-01"))  # nothing is left of it, and a server runs
    server(con, "g", "acme", "gone", ("2026-02-01", None))
    image(con, "single", owner="gamma")  # one image, no server: no lineage to speak of
    server(con, "x", "gamma", "web-2", ("2026-02-01", None))  # a server of another's image alone makes none


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Row]]:
    """The report ``region_coverage``, asked."""
    path = tmp_path_factory.mktemp("spread") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        dispatched_to_dask(con)
    return lambda **said: rows("region_coverage", path, **said)


class TestRegionCoverage:
    """Which lineages are available in which region."""

    def test_every_lineage_is_told_of_in_every_region(self, cells: Callable[..., list[Row]]) -> None:
        """The one with most usable images first; regions where there is nothing have a row too."""
        told_of = [told(row, "owner origin_name region images servers missing") for row in cells()]
        assert told_of == [
            "acme web eu-west-0 2 0 False",
            "acme web eu-west-1 0 1 True",
            "acme web eu-west-2 0 0 False",
            "acme web eu-west-3 1 0 False",
            "acme ubuntu eu-west-0 3 0 False",
            "acme ubuntu eu-west-1 0 0 False",
            "acme ubuntu eu-west-2 0 0 False",
            "acme ubuntu eu-west-3 0 0 False",
            "beta web eu-west-0 0 0 False",
            "beta web eu-west-1 0 0 False",
            "beta web eu-west-2 1 0 False",
            "beta web eu-west-3 1 0 False",
            "acme gone eu-west-0 0 1 True",
            "acme gone eu-west-1 0 0 False",
            "acme gone eu-west-2 0 0 False",
            "acme gone eu-west-3 0 0 False",
        ]

    def test_servers_of_the_owner(self, cells: Callable[..., list[Row]]) -> None:
        """Those of other lineages are counted apart."""
        row = cells(tenant="acme", region="eu-west-1", top=1)[0]
        assert told(row, "origin_name servers owner_servers newest_at") == "web 1 1 None"
        assert {row["owner_servers"] for row in cells() if row["owner"] == "acme" and row["region"] == "eu-west-0"} == {
            1
        }

    def test_only_the_first_lineages(self, cells: Callable[..., list[Row]]) -> None:
        """With top, as many lineages, each in all regions."""
        assert cells(top=2) == cells()[:8]
