"""The demo world: it does not contradict itself, and it is the same each time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from data import demo, read
from data.demo import Filled
from data.warehouse.connection import Warehouse, WarehouseError
from data.warehouse.sql_files import MissingSqlError, statements
from domain.actions import ACTION
from domain.pricing import PRICE
from support.worlds.invariants import NEVER, WORDS

pytestmark = pytest.mark.slow

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
TABLES = ("image", "image_member", "offer", "price", "contract", "credit", "server", "server_span", "volume", "backup")
ALL = (*TABLES, "batch", "action_log", "charge", "metering")


def made(folder: Path, images: int, tenants: int, months: int, until: datetime = UNTIL) -> tuple[Path, Filled]:
    """A demo world of a size, and what it came to."""
    path = folder / "warehouse.duckdb"
    return path, demo.fill(Warehouse(path), images=images, tenants=tenants, months=months, until=until)


def content(path: Path) -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a hash of all of them."""
    with Warehouse(path).reading() as con:
        return {
            table: con.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t").fetchall()[0] for table in ALL
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filled]:
    """A world of 2,000 images, with tenants enough for images that are shared with as many as may be."""
    return made(tmp_path_factory.mktemp("demo"), 2_000, 200, 3)


@pytest.fixture(scope="module")
def con(world: tuple[Path, Filled]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The world, for reading."""
    with Warehouse(world[0]).reading() as con:
        yield con


def asked(con: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    """The one row that answers a query."""
    row: tuple[object, ...] = con.execute(query).fetchall()[0]
    return row


def test_no_report_finds_what_must_not_be(world: tuple[Path, Filled]) -> None:
    """The checks of all the reports, the ledger's among them, find nothing."""
    assert {name: len(rows) for name, rows in read.checks(world[0]).items() if len(rows)} == {}


@pytest.mark.parametrize("never", NEVER, ids=str)
def test_what_is_held_does_not_contradict_itself(con: duckdb.DuckDBPyConnection, never: str) -> None:
    """What must never be of real holdings is not in the world either."""
    assert con.execute(NEVER[never]).fetchall() == []


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_rows(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """The demo world has some of everything."""
    assert con.execute(f"SELECT count(*) > 0 FROM {table}").fetchall() == [(True,)]


@pytest.mark.parametrize(("table", "column"), WORDS)
def test_a_column_has_words_of_its_vocabulary(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Each value is one that the domain defines."""
    values = {value for (value,) in con.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()} - {None}
    assert values <= set(WORDS[table, column])


def test_there_is_as_much_as_was_asked(con: duckdb.DuckDBPyConnection, world: tuple[Path, Filled]) -> None:
    """The images asked for, about ten standing shares an image, and the tenants asked for own them."""
    filled = world[1]
    assert filled.images == 2_000
    assert 7 * 2_000 < filled.shares < 13 * 2_000
    assert filled.servers == 500
    assert filled.offers == 12
    assert 150 < filled.actions <= 200
    assert filled.charges > 1_000
    assert asked(con, "SELECT count(DISTINCT owner) FROM image WHERE owner <> 'platform'")[0] in range(180, 201)
    assert asked(con, "SELECT min(created_at) >= '2026-06-20', max(created_at) <= '2026-11-20 12:00' FROM image") == (
        True,
        True,
    )


def test_shares_are_few_or_many(con: duckdb.DuckDBPyConnection) -> None:
    """Most shared images have few recipients, some have a hundred and more, some as many as may be, and none more."""
    few, many, full, most = asked(
        con,
        "SELECT count(*) FILTER (WHERE n <= 40), count(*) FILTER (WHERE n BETWEEN 100 AND 127),"
        " count(*) FILTER (WHERE n = 128), max(n)"
        " FROM (SELECT count(*) AS n FROM current_member GROUP BY image_id)",
    )
    assert few > many > full > 0
    assert most == 128


def test_lineages_are_deep_and_cross_tenants(con: duckdb.DuckDBPyConnection) -> None:
    """Copies and captures go four steps down; recipients copy what is shared, and captures of paid images stay paid."""
    con.execute("CREATE OR REPLACE TEMP TABLE step AS FROM image_parent WHERE parent_image_id IS NOT NULL")
    ways = "".join(f" JOIN step AS s{n} ON s{n}.image_id = s{n - 1}.parent_image_id" for n in range(1, 4))
    assert asked(con, f"SELECT count(*) FROM step AS s0 {ways}")[0] > 0
    assert asked(
        con, "SELECT count(*) FROM image AS i JOIN image AS p ON i.source_id = p.image_id WHERE i.owner <> p.owner"
    )[0] in range(30, 41)
    assert asked(con, "SELECT count(*) FROM image_offer ANTI JOIN offer USING (image_id)")[0] > 0


def test_what_is_copied_was_there_to_copy(con: duckdb.DuckDBPyConnection) -> None:
    """A source is older than its copy and not deleted before; who copies another's image had accepted its share."""
    assert (
        con.execute(
            "SELECT i.image_id FROM image AS i JOIN image AS p ON i.source_id = p.image_id"
            " LEFT JOIN image_member AS m ON m.image_id = p.image_id AND m.tenant = i.owner"
            " AND m.accepted_at <= i.created_at AND (m.removed_at IS NULL OR m.removed_at > i.created_at)"
            " WHERE p.created_at >= i.created_at OR p.deleted_at < i.created_at"
            " OR (p.owner <> i.owner AND (m.tenant IS NULL OR i.region <> p.region))"
            " OR (p.encrypted AND i.region <> p.region)"
        ).fetchall()
        == []
    )


def test_servers_run_what_they_may(con: duckdb.DuckDBPyConnection) -> None:
    """A server runs an image of its region that its owner could use when it began, on a flavor for it."""
    assert (
        con.execute(
            "SELECT s.server_id FROM server AS s JOIN image AS i USING (image_id) JOIN flavor AS f USING (flavor)"
            " LEFT JOIN image_member AS m ON m.image_id = i.image_id AND m.tenant = s.owner"
            " AND m.shared_at <= s.created_at AND (m.removed_at IS NULL OR m.removed_at >= s.created_at)"
            " LEFT JOIN offer AS o ON o.image_id = i.image_id AND s.created_at BETWEEN o.published_at"
            " AND coalesce(o.withdrawn_at, 'infinity')"
            " WHERE s.region <> i.region OR s.created_at < i.created_at OR i.deleted_at < s.created_at"
            " OR f.target <> i.target OR f.ram_mb < i.min_ram_mb OR i.image_type = 'data_disk'"
            " OR (i.owner <> s.owner AND i.visibility <> 'public' AND m.tenant IS NULL AND o.offer_id IS NULL)"
        ).fetchall()
        == []
    )
    assert asked(con, "SELECT count(*) = (SELECT count(*) FROM server JOIN flavor USING (flavor)) FROM server")[0]


def test_prices_are_as_publishing_writes_them(con: duckdb.DuckDBPyConnection) -> None:
    """Terms are what a price that was read would be written as; models of every kind are there."""
    terms = [said for (said,) in con.execute("SELECT terms FROM price").fetchall()]
    assert [PRICE.validate_json(said).model_dump_json(exclude_none=True) for said in terms] == terms
    assert len({PRICE.validate_json(said).model for said in terms}) >= 9


def test_requests_in_the_log_are_actions(con: duckdb.DuckDBPyConnection) -> None:
    """What the log says was asked can be read as the action it is; denials name rules there are, in whole sentences."""
    for action, tenant, request in con.execute("SELECT action, tenant, request FROM action_log").fetchall():
        with_tenants = f'{request[:-1]},"action":"{action}"' + (f',"tenants":["{tenant}"]}}' if tenant else "}")
        ACTION.validate_json(with_tenants)
    denials = con.execute(
        "SELECT l.action, unnest(l.denied_by), unnest(l.because), unnest(l.remedy) FROM action_log AS l"
    ).fetchall()
    assert len({rule for _, rule, _, _ in denials}) > 3
    known = set(con.execute("SELECT action, rule_id FROM rule").fetchall())
    assert {(action, rule) for action, rule, _, _ in denials} <= known
    assert not [text for _, _, *texts in denials for text in texts if "{" in text or not text]


def test_the_same_numbers_make_the_same_world(tmp_path: Path) -> None:
    """Filled twice, all tables have the same rows."""
    first, _ = made(tmp_path / "first", 150, 12, 1)
    again, _ = made(tmp_path / "again", 150, 12, 1)
    assert content(first) == content(again)


def test_the_smallest_world_is_one_too(tmp_path: Path) -> None:
    """A hundred images of three tenants contradict themselves no more than many; nor as a month begins elsewhere."""
    path, filled = made(tmp_path, 100, 3, 1, datetime(2026, 10, 31, 20, tzinfo=UTC))
    assert (filled.images, filled.offers, filled.servers) == (100, 12, 60)
    assert {name: len(rows) for name, rows in read.checks(path).items() if len(rows)} == {}
    with Warehouse(path).reading() as con:
        assert {never: rows for never, query in NEVER.items() if (rows := con.execute(query).fetchall())} == {}


def test_tenants_have_names_of_their_own(tmp_path: Path) -> None:
    """As many tenants as may be have as many names, and names that a tenant may have."""
    with Warehouse(tmp_path / "warehouse.duckdb").writing() as con:
        con.execute(f"SET VARIABLE tenants = {demo.BOUNDS['tenants'][1]}::BIGINT")
        for macro in statements("demo", "macros"):
            con.execute(macro)
        demo._run(con, ("tenants",))  # noqa: SLF001 - a whole world of them would take a minute
        names, odd = asked(
            con,
            "SELECT count(DISTINCT name), count(*) FILTER (WHERE NOT regexp_matches(name, '^[a-z-]+$')) FROM tenant",
        )
    assert (names, odd) == (demo.BOUNDS["tenants"][1], 0)


def test_a_warehouse_that_holds_something_is_left_alone(world: tuple[Path, Filled]) -> None:
    """It is refused with a sentence that says where and what to do, and nothing changes."""
    path, _ = world
    before = content(path)
    with pytest.raises(
        WarehouseError, match=r"warehouse\.duckdb contains 2,000 images .* set IMAGEKEEPER_HOME to another"
    ):
        demo.fill(Warehouse(path), images=100, tenants=3, months=1, until=UNTIL)
    assert content(path) == before


@pytest.mark.parametrize(
    ("images", "tenants", "months", "sentence"),
    [
        (99, 3, 1, "100 to 20,000,000 images, not 99"),
        (100, 2, 1, "3 to 100,000 tenants, not 2"),
        (100, 3, 0, "1 to 120 months, not 0"),
        (100, 3, 100, "would begin on 2018-07-20, but flavors have prices only from 2020-01-01 on"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    tmp_path: Path, images: int, tenants: int, months: int, sentence: str
) -> None:
    """Too few, too many or too early is told with what would do, and the warehouse stays empty."""
    with pytest.raises(WarehouseError, match=sentence):
        made(tmp_path, images, tenants, months)
    with Warehouse(tmp_path / "warehouse.duckdb").reading() as con:
        assert con.execute("SELECT count(*) FROM image").fetchall() == [(0,)]


def test_half_a_world_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the end leaves nothing behind."""
    monkeypatch.setattr(demo, "AFTER", (*demo.AFTER, "sharing/of_nothing"))
    with pytest.raises(MissingSqlError, match=r"demo/sharing/of_nothing\.sql"):
        made(tmp_path, 100, 3, 1)
    with Warehouse(tmp_path / "warehouse.duckdb").reading() as con:
        assert con.execute("SELECT (SELECT count(*) FROM image), (SELECT count(*) FROM price)").fetchall() == [(0, 0)]
