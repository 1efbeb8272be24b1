"""Reports on images that could go: who uses them, what is there several times, and what deletion would free."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data import read
from data.warehouse.connection import Warehouse
from support.effort import either
from support.oracle.space import Space
from support.report_rows import AS_OF, asked, rows, told
from support.worlds.small_world import GIB, image, insert, member, on, server

Fill = Callable[[duckdb.DuckDBPyConnection], None]
BACKED = {"service": "cbr", "created_at": on("2026-03-01")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fill], Path]:
    """Makes a warehouse with what is filled in, once for all tests of the same. For reading only."""
    made: dict[Fill, Path] = {}

    def filled(fill: Fill) -> Path:
        if fill not in made:
            made[fill] = tmp_path_factory.mktemp(fill.__name__) / "warehouse.duckdb"
            with Warehouse(made[fill]).writing() as con:
                fill(con)
        return made[fill]

    return filled


def disk(
    con: duckdb.DuckDBPyConnection, name: str, owner: str, image_id: str, created_at: str, **different: Any
) -> None:
    """An EVS disk."""
    row = {"volume_id": name, "name": name, "owner": owner, "region": "eu-west-0", "image_id": image_id, "size_gb": 10,
           "created_at": on(created_at)}  # fmt: skip
    insert(con, "volume", **row | different)


def copy(con: duckdb.DuckDBPyConnection, name: str, source: str, created_at: str, **different: Any) -> None:
    """A copy of an image, of the same lineage."""
    image(con, name, created_at, **{"source_kind": "image", "source_id": source, "origin_image_id": source} | different)


def export(con: duckdb.DuckDBPyConnection, actor: str, image_id: str, at: str, outcome: str = "done") -> None:
    """An export, as the action log has it."""
    insert(con, "action_log", action_id=f"{image_id} {at}", batch_id="b", line=1, seq=1, action="export_image",
           actor=actor, region="eu-west-0", image_id=image_id, request="{}", verdict="allowed", denied_by=[],
           because=[], remedy=[], outcome=outcome, requested_at=on(at), finished_at=on(at))  # fmt: skip


def sold(con: duckdb.DuckDBPyConnection, image_id: str) -> None:
    """An image of softco's that is on sale."""
    image(con, image_id, owner="softco", visibility="marketplace", published=True)
    insert(con, "offer", offer_id=f"o-{image_id}", name=image_id, image_id=image_id, publisher="softco",
           pricing_model="free", published_at=on("2026-02-01"))  # fmt: skip


def attic(con: duckdb.DuckDBPyConnection) -> None:
    """One image for each way to have been used last, and for each thing in the way of deletion."""
    image(con, "untouched", protected=True)  # made on 10 January, and nothing since; protected
    image(con, "runs")
    server(con, "s-runs", "beta", "runs", ("2026-02-01", None))  # in use, for ten months
    image(con, "stands")
    server(con, "s-stands", "beta", "stands", ("2026-02-01", "2026-02-02"), ("2026-02-02", None))  # stopped: in use too
    image(con, "ran")
    server(con, "s-ran", "beta", "ran", ("2026-02-01", "2026-08-01"))  # gone since August
    server(con, "s-ran-2", "beta", "ran", ("2026-02-01", "2026-03-01"))  # gone before that
    image(con, "ran-lately")
    server(con, "s-late", "beta", "ran-lately", ("2026-02-01", "2026-11-01"))  # gone too lately
    image(con, "disks", image_type="data_disk")
    disk(con, "d-1", "gamma", "disks", "2026-02-01")  # in use
    image(con, "disked", image_type="data_disk")
    disk(con, "d-2", "gamma", "disked", "2026-02-01", deleted_at=on("2026-07-01"))
    image(con, "copied")
    copy(con, "the-copy", "copied", "2026-06-01", owner="delta", blob="file of copied")  # the same file: frees nothing
    image(con, "exported")
    export(con, "acme", "exported", "2026-05-05")
    export(con, "acme", "exported", "2026-11-05", outcome="failed")  # it was not exported after all
    image(con, "accepted")
    member(con, "accepted", "epsilon", "accepted", "2026-03-01", accepted_at=on("2026-04-01"))
    image(con, "offered")
    member(con, "offered", "epsilon", "rejected", "2026-04-20", rejected_at=on("2026-11-01"))  # to reject is no use
    member(con, "offered", "zeta", "pending", "2026-04-21", removed_at=on("2026-11-01"))  # nor is to stop sharing
    member(con, "offered", "eta", "pending", "2026-04-19")
    image(con, "accepted-later")
    member(con, "accepted-later", "zeta", "accepted", "2026-03-01", accepted_at=on("2026-11-21"))  # after AS_OF
    image(con, "old-public", owner="platform", visibility="public", created_at="2026-01-09")  # public ones count too
    sold(con, "for-sale")
    image(con, "backed-up", region="eu-west-1")
    insert(con, "server", server_id="s-backed", name="s", owner="acme", region="eu-west-1", target="ecs", flavor="f",
           image_id="gone", system_disk_gb=10, state="terminated", created_at=on("2026-02-01"),
           updated_at=on("2026-02-01"), deleted_at=on("2026-02-03"))  # fmt: skip
    insert(con, "backup", backup_id="b-1", server_id="s-backed", owner="acme", region="eu-west-1", image_id="gone",
           blob="file of backed-up", **BACKED)  # fmt: skip
    image(con, "gone", status="deleted", deleted_at=on("2026-02-02"), region="eu-west-1")  # no longer there
    image(con, "elsewhere", blob=None)  # its file is in another store: its own
    image(con, "just-stale", created_at="2026-08-22T12:00")  # unused for 90 days to the second
    image(con, "nearly-stale", created_at="2026-08-22T12:00:01")


class TestStale:
    """Images that nobody uses."""

    def test_the_last_use_of_each(self, world: Callable[[Fill], Path]) -> None:
        """What is used now or was lately is not there; of all others it says when they were used last, how, by whom."""
        found = {row["image_id"]: row for row in rows("stale", world(attic))}
        last = {name: told(row, "last_used_at last_use last_used_by") for name, row in found.items()}
        assert {name: text.replace(" 00:00:00+00:00", "") for name, text in last.items()} == {
            "old-public": "2026-01-09 made platform",
            "untouched": "2026-01-10 made acme",
            "backed-up": "2026-01-10 made acme",
            "elsewhere": "2026-01-10 made acme",
            "for-sale": "2026-01-10 made softco",
            "accepted-later": "2026-03-01 share acme",
            "accepted": "2026-04-01 share epsilon",
            "offered": "2026-04-21 share acme",
            "exported": "2026-05-05 export acme",
            "copied": "2026-06-01 copy delta",
            "the-copy": "2026-06-01 made delta",
            "disked": "2026-07-01 disk gamma",
            "ran": "2026-08-01 server beta",
            "just-stale": "2026-08-22 12:00:00+00:00 made acme",
        }
        assert next(iter(found)) == "old-public"
        assert found["ran"]["unused_days"] == 111
        assert found["just-stale"]["unused_days"] == 90

    def test_what_is_in_the_way(self, world: Callable[[Fill], Path]) -> None:
        """Protection, an offer and being public forbid deletion; that others have it does not, but is said."""
        found = {row["image_id"]: row for row in rows("stale", world(attic))}
        way = {name: (row["deletable"], row["in_the_way"]) for name, row in found.items() if row["in_the_way"]}
        assert way == {
            "untouched": (False, "protected"),
            "old-public": (False, "public"),
            "for-sale": (False, "on sale"),
            "accepted": (True, "shared with 1 tenant"),
            "offered": (True, "shared with 2 tenants"),
            "accepted-later": (True, "shared with 1 tenant"),
        }
        assert found["exported"]["deletable"]

    def test_what_would_be_freed(self, world: Callable[[Fill], Path]) -> None:
        """Nothing, where another image or a backup has the same file; each alone is asked about."""
        freed = {row["image_id"]: row["freed_bytes"] for row in rows("stale", world(attic))}
        assert {name for name, some in freed.items() if some == 0} == {"copied", "the-copy", "backed-up"}
        assert freed["elsewhere"] == freed["exported"] == GIB

    def test_how_long_and_where_can_be_asked(self, world: Callable[[Fill], Path]) -> None:
        """Unused for no day at all are all that are not in use; the first are the first of all."""
        every = [row["image_id"] for row in rows("stale", world(attic), unused_days=0)]
        assert {"ran-lately", "nearly-stale"} <= set(every)
        assert not {"runs", "stands", "disks", "gone"} & set(every)
        assert [row["image_id"] for row in rows("stale", world(attic), unused_days=0, top=2)] == every[:2]
        assert [row["image_id"] for row in rows("stale", world(attic), region="eu-west-1")] == ["backed-up"]
        assert [row["image_id"] for row in rows("stale", world(attic), tenant="delta")] == ["the-copy"]
        assert rows("stale", world(attic), unused_days=700_000) == []

    def test_the_past(self, world: Callable[[Fill], Path]) -> None:
        """Of 1 July: what happened later is not known, and what happened within 90 days before keeps images out."""
        past = {row["image_id"]: row["last_use"] for row in rows("stale", world(attic), as_of="2026-07-01T12:00Z")}
        assert past["accepted"] == "share"
        assert not {"ran", "disked", "copied", "exported"} & past.keys()


def made_for_others(con: duckdb.DuckDBPyConnection) -> None:
    """Images by who uses them."""
    image(con, "mine")
    server(con, "own", "acme", "mine", ("2026-03-01", "2026-03-02"))  # its owner did use it, once
    image(con, "copied-by-me")
    copy(con, "my-copy", "copied-by-me", "2026-03-01", region="eu-west-1")
    image(con, "exported-by-me")
    export(con, "acme", "exported-by-me", "2026-03-01")
    image(con, "given")
    for number, tenant in enumerate(["beta", "gamma", "delta", "epsilon", "zeta"]):
        member(con, "given", tenant, "accepted", "2026-02-01", accepted_at=on("2026-02-02"))
        for more in range(number):  # zeta has most servers, beta has none
            server(con, f"{tenant}-{more}", tenant, "given", ("2026-03-01", None))
    copy(con, "beta-copy", "given", "2026-04-01", owner="beta", status="deleted", deleted_at=on("2026-05-01"))
    sold(con, "ware")
    server(con, "bought", "gamma", "ware", ("2026-03-01", "2026-04-01"))  # no longer
    image(con, "nobodys", size_bytes=9 * GIB)
    image(con, "nobodys-either", size_bytes=None)
    image(con, "public", owner="platform", visibility="public")  # made for others


class TestNotUsedByOwner:
    """Images that their owner never used."""

    def test_who_uses_them_instead(self, world: Callable[[Fill], Path]) -> None:
        """The most used first; of many tenants three have names."""
        found = rows("not_used_by_owner", world(made_for_others))
        assert [told(row, "image_id kind used_by tenants servers copies") for row in found] == [
            "given shared zeta, epsilon, delta and 2 more 5 10 1",
            "ware marketplace gamma 1 0 0",
            "nobodys private nobody 0 0 0",
            "my-copy private nobody 0 0 0",
            "nobodys-either private nobody 0 0 0",
        ]
        assert found[1]["last_used_at"] == on("2026-04-01")

    def test_with_those_that_the_owner_uses_they_are_all(self, world: Callable[[Fill], Path]) -> None:
        """All images but the public ones, each on one side."""
        path = world(made_for_others)
        used = asked(
            path, "SELECT image_id FROM image_use_at($1) JOIN image USING (image_id) WHERE tenant = owner", AS_OF
        )
        unused = {row["image_id"] for row in rows("not_used_by_owner", path)}
        every = asked(path, "SELECT image_id FROM image_at($1) WHERE kind <> 'public'", AS_OF)
        assert unused | {one for (one,) in used} == {one for (one,) in every}
        assert not unused & {one for (one,) in used}


def twins(con: duckdb.DuckDBPyConnection) -> None:
    """Equal content, kept in one file or in several."""
    for name, created in (("a1", "2026-02-01"), ("a2", "2026-02-02"), ("a3", "2026-02-03"), ("a4", "2026-02-04")):
        image(con, name, created, checksum="aa", blob="aa", size_bytes=4 * GIB)  # one file of four images
    image(con, "a-west", "2026-02-05", checksum="aa", blob="aa", size_bytes=4 * GIB, region="eu-west-1", owner="beta")
    for name in ("e1", "e2", "e3"):  # encrypted anew each time: three files, under one key
        image(con, name, checksum="aa", blob=f"sealed-{name}", size_bytes=4 * GIB, encrypted=True, kms_key_id="k-1")
    image(con, "e-other", checksum="aa", blob="sealed-other", size_bytes=4 * GIB, encrypted=True, kms_key_id="k-2")
    insert(con, "volume", volume_id="d-e1", name="d", owner="acme", region="eu-west-0", image_id="e1", size_gb=10,
           created_at=on("2026-03-01"), blob="sealed-e1")  # fmt: skip
    image(con, "b1", checksum="bb", blob="bb")  # in two regions, once in each: as it should be
    image(con, "b2", checksum="bb", blob="bb", region="eu-west-1")
    image(con, "c1", name="c", checksum="cc", blob=None)  # kept in another store, each by itself; of one name
    image(con, "c2", name="c", checksum="cc", blob=None)
    image(con, "c3", checksum="cc", status="deleted", deleted_at=on("2026-03-01"))  # no longer there
    image(con, "n1", blob="nn")  # whose checksum is not known
    image(con, "n2", blob="nn")


class TestDuplicates:
    """The same content, several times."""

    def test_groups(self, world: Callable[[Fill], Path]) -> None:
        """One a content and key; what several of a region have, the most bytes to save first."""
        found = rows("duplicates", world(twins))
        assert [told(row, "names images owners regions") for row in found] == [
            "a1, a2, a3 and 2 more 5 2 2",
            "e1, e2, e3 3 1 1",
            "c 2 1 1",
        ]
        assert found[1]["kms_key_id"] == "k-1"
        assert [row["image_ids"] for row in found[1:]] == ["e1, e2, e3", "c1, c2"]

    def test_bytes(self, world: Callable[[Fill], Path]) -> None:
        """Files that are one already free nothing; the file that the disk has is the one to keep."""
        sizes = "all_bytes stored_bytes saved_bytes freed_bytes"
        found = [[row[name] // GIB for name in sizes.split()] for row in rows("duplicates", world(twins))]
        assert found == [[20, 8, 12, 0], [12, 12, 8, 8], [2, 2, 1, 1]]

    def test_of_one_tenant_and_region(self, world: Callable[[Fill], Path]) -> None:
        """Only its own images count."""
        assert [told(row, "names images") for row in rows("duplicates", world(twins), tenant="acme", top=1)] == [
            "a1, a2, a3 and 1 more 4"
        ]
        assert rows("duplicates", world(twins), region="eu-west-1") == []


def cellar(con: duckdb.DuckDBPyConnection) -> None:
    """What could be deleted, and what keeps its files in store."""
    image(con, "stale", size_bytes=2 * GIB)
    image(con, "stale-public", owner="platform", visibility="public")
    image(con, "stale-and-superseded", protected=True, deprecated_at=on("2026-03-01"))  # counts once, as stale
    lately = "2026-11-01"
    image(con, "superseded", lately, deprecated_at=on("2026-11-10"), blob="file of stale", size_bytes=2 * GIB)
    image(con, "superseded-in-use", lately, deprecated_at=on("2026-11-10"))
    server(con, "runs", "beta", "superseded-in-use", ("2026-11-02", None))
    image(con, "off", lately, status="deactivated", blob="file of a server")
    insert(con, "server", server_id="holds", name="holds", owner="acme", region="eu-west-0", target="ecs", flavor="f",
           image_id="superseded-in-use", system_disk_gb=10, state="running", created_at=on(lately),
           updated_at=on(lately), blob="file of a server")  # fmt: skip
    image(con, "one", lately, checksum="cc", blob="cc")  # the eldest of three stays
    image(con, "two", "2026-11-02", checksum="cc", blob="cc")  # kept in the same file: frees nothing
    image(con, "three", "2026-11-03", checksum="cc", blob="cc-again", size_bytes=3 * GIB)  # frees its own
    image(con, "three-elsewhere", lately, checksum="cc", blob="cc", region="eu-west-1")
    image(con, "threes-of-another", lately, checksum="cc", blob="cc", owner="beta")
    image(con, "three-sealed", lately, checksum="cc", encrypted=True, kms_key_id="k")


class TestSpace:
    """What deletion would free."""

    def test_reasons(self, world: Callable[[Fill], Path]) -> None:
        """Each image counts once; what is protected, public, on sale or in use cannot go."""
        found = rows("space", world(cellar))
        counts = "reason images deletable blocked protected public_images on_sale in_use"
        assert [told(row, counts) for row in found] == [
            "stale 3 1 2 1 1 0 0",
            "superseded 2 1 1 0 0 0 1",
            "not usable 1 1 0 0 0 0 0",
            "duplicate 2 2 0 0 0 0 0",
        ]

    def test_bytes(self, world: Callable[[Fill], Path]) -> None:
        """A file goes with the last image that has it, and only where nothing that stays has it."""
        found = {row["reason"]: row for row in rows("space", world(cellar))}
        assert [row["size_bytes"] // GIB for row in found.values()] == [4, 3, 1, 4]
        assert [row["deletable_bytes"] // GIB for row in found.values()] == [2, 2, 1, 4]
        assert [row["freed_bytes"] // GIB for row in found.values()] == [0, 2, 0, 3]

    def test_of_one_tenant(self, world: Callable[[Fill], Path]) -> None:
        """The images of others stay, and so do the files that they have."""
        found = rows("space", world(cellar), tenant="platform")
        assert [row["images"] for row in found] == [1, 0, 0, 0]

    @pytest.mark.parametrize("seed", range(either(short=2, full=40)))
    def test_as_a_plain_reading_says(self, seed: int, tmp_path: Path) -> None:
        """Of any world, also of a tenant or a region; and stale are those that the report stale lists."""
        path = tmp_path / "warehouse.duckdb"
        with Warehouse(path).writing() as con:
            anything(con, random.Random(seed))
        questions: list[dict[str, Any]] = [
            {}, {"tenant": "acme"}, {"region": "eu-west-1"}, {"unused_days": 10}, {"as_of": on("2026-06-15")},
        ]  # fmt: skip
        for said in questions:
            space = Space(path, said.get("as_of", AS_OF), said.get("unused_days", 90))
            expected = space.told(said.get("tenant"), said.get("region"))
            found = {
                row["reason"]: (row["images"], row["deletable"], row["freed_bytes"])
                for row in rows("space", path, **said)
            }
            assert found == expected, said
            assert len(rows("stale", path, **said)) == expected["stale"][0], said


def anything(con: duckdb.DuckDBPyConnection, chance: random.Random) -> None:
    """Forty images and what becomes of them, as chance has it."""

    def day(first: int = 0, last: int = 330) -> str:
        return (date(2026, 1, 1) + timedelta(days=chance.randint(first, last))).isoformat()

    regions, tenants = ["eu-west-0", "eu-west-1"], ["acme", "beta", "gamma"]
    for number in range(40):
        file, key = chance.choice("vw"), chance.choice([None, None, None, "k-1", "k-2"])
        created = day(0, 300)
        image(con, f"i{number}", created, owner=chance.choice(tenants), region=chance.choice(regions),
              checksum=chance.choice([file, file, file, None]), encrypted=key is not None, kms_key_id=key,
              blob=chance.choice([None, f"{file} {key}", f"{file} {key} {chance.randint(0, 2)}"]),
              size_bytes=chance.choice([None, 1, 2, 5]) and ord(file) * 1000, protected=chance.random() < 0.1,
              visibility=chance.choice(["private"] * 9 + ["public"]),
              status=chance.choice(["active"] * 5 + ["deactivated"]),
              deprecated_at=on(day()) if chance.random() < 0.2 else None,
              source_kind=chance.choice(["file", "image"]), source_id=f"i{chance.randint(0, 39)}")  # fmt: skip
        if chance.random() < 0.1:
            con.execute(
                "UPDATE image SET deleted_at = created_at + INTERVAL 60 DAY WHERE image_id = $1", [f"i{number}"]
            )
        if chance.random() < 0.1:
            insert(con, "offer", offer_id=f"o{number}", name="o", image_id=f"i{number}", publisher="p",
                   pricing_model="free", published_at=on(created))  # fmt: skip
        for _ in range(chance.choice([0, 0, 1, 2])):
            shared = day()
            member(con, f"i{number}", chance.choice(tenants), "accepted", shared,
                   accepted_at=on(shared) + timedelta(days=chance.randint(0, 90)))  # fmt: skip
    for number in range(25):
        begun, used = day(0, 200), f"i{chance.randint(0, 39)}"
        ended = chance.choice([None, day(210, 330), day(210, 330)])
        server(con, f"s{number}", chance.choice(tenants), used, (begun, ended))
        disk(con, f"d{number}", chance.choice(tenants), used, begun, blob=chance.choice([None, "v None"]),
             deleted_at=chance.choice([on(day(210, 330)), on(day(210, 330)), None]))  # fmt: skip
        export(con, chance.choice(tenants), used, day())
    insert(con, "backup", backup_id="b", server_id="s0", owner="acme", region="eu-west-0", image_id="i0",
           blob="w None", **BACKED)  # fmt: skip
    con.execute(
        "UPDATE server SET blob = image.blob, region = image.region FROM image WHERE server.image_id = image.image_id"
    )


def test_checks_find_what_is_wrong(tmp_path: Path) -> None:
    """Each thing that is broken here is found, by the report it belongs to."""
    path = tmp_path / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        image(con, "web", checksum="aa", blob="one file")
        image(con, "other", checksum="bb", blob="one file")
        image(con, "lost", status="deleted", deleted_at=on("2026-03-01"), protected=True)
        image(con, "copy", source_kind="image", source_id="nothing", origin_image_id="web")
        image(con, "own-origin", source_kind="server", source_id="nothing")
        disk(con, "of-nothing", "acme", "nothing", "2026-03-01", deleted_at=on("2026-02-01"))
        disk(con, "abroad", "acme", "web", "2026-03-01", region="eu-west-1")
        insert(
            con,
            "backup",
            backup_id="b",
            server_id="nothing",
            owner="acme",
            region="eu-west-0",
            image_id="web",
            **BACKED,
        )
        con.execute("INSERT INTO os_end_of_life FROM os_end_of_life WHERE distribution = 'debian' AND version = '12'")
        con.execute("UPDATE os_end_of_life SET paid_support_ends_on = '2020-01-01' WHERE distribution = 'sles'")
    found = {(name, row.problem) for name, frame in read.checks(path).items() for row in frame.itertuples()}
    assert found >= {
        ("duplicates", "one file has several checksums"),
        ("end_of_life", "a version of a system is listed twice"),
        ("end_of_life", "support that is paid for ends before that for all"),
        ("lineage_graph", "an image was made of another and stems from itself"),
        ("not_used_by_owner", "an image is a copy of one that never was"),
        ("region_coverage", "a disk is in another region than its image"),
        ("space", "a backup is of a server that never was"),
        ("space", "a protected image was deleted"),
        ("stale", "a disk is deleted before it is made"),
        ("stale", "a disk is made of an image that never was"),
    }
