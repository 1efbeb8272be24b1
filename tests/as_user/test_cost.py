"""Money, as people ask for it: what a launch will cost, what was charged, invoices, files for other tools."""

import csv
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from data.warehouse.connection import Warehouse
from flows.server.access import Connection
from support.user import User, at_a_desk, json_lines

SHOP = """
actor: softco
region: eu-west-0
actions:
  - action: import_image
    as: shield
    name: shield
    file: disk.raw
    image_type: system_disk
    min_disk_gb: 1
    when: 2026-09-01
  - action: publish_image
    image: $shield
    offer: shield
    price: {model: hourly, amount: "0.125", currency: EUR, rounding: up, granularity: hour}
    when: 2026-09-01
  - action: launch_server
    actor: acme
    image: $shield
    name: web
    flavor: s3.medium.2
    count: 2
    when: 2026-09-10
  - {action: terminate_server, actor: acme, server: web-1, when: 2026-09-10T10:30:00Z}
  - {action: terminate_server, actor: acme, server: web-2, when: 2026-10-02T00:00:00Z}
"""
SPRING = """
actor: acme
region: eu-west-0
actions:
  - action: import_image
    as: own
    name: own
    file: disk.raw
    image_type: system_disk
    min_disk_gb: 1
    when: 2026-03-01
  - {action: launch_server, as: old, image: $own, name: old, flavor: s3.medium.2, when: 2026-03-05}
  - {action: terminate_server, server: $old, when: 2026-03-05T12:00:00Z}
"""
LAUNCH = """
actor: acme
region: eu-west-0
actions:
  - {action: launch_server, image: shield, name: more, flavor: s3.medium.2, count: 3}
  - {action: launch_server, image: nothing, name: none, flavor: s3.medium.2}
"""


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory, prefect_server: Connection) -> User:
    """A user whose offer was used in September and a little in October; the charges are up to date."""
    user = at_a_desk(tmp_path_factory.mktemp("september"), prefect_server)
    told = user.says("apply", user.writes("shop.yaml", SHOP))
    assert told.returncode == 0, told.stdout + told.stderr
    told = user.says("meter", "--since", "2026-09")
    assert told.returncode == 0, told.stderr
    return user


@pytest.fixture
def shop(september: User, tmp_path: Path) -> User:
    """The same, in a home of one's own."""
    folder = Path(shutil.copytree(september.folder, tmp_path / "desk"))
    return User(Path(shutil.copytree(september.home, tmp_path / "home")), folder, september.prefect)


def test_from_use_to_invoice(shop: User) -> None:
    """Metered twice is metered once; September is 11 + 504 hours of the image; closed, it has tax, cents and a file."""
    again = json_lines(shop.says("meter", "--month", "2026-09", "--json").stdout)
    assert [(one["month"], one["added"], one["removed"]) for one in again] == [("2026-09", 0, 0)]
    lines = json_lines(shop.says("invoice", "--month", "2026-09", "--tenant", "acme", "--json").stdout)
    assert {line["service"]: (line["quantity"], line["amount"]) for line in lines} == {
        "shield": ("515", "64.375"),
        "Elastic Cloud Server": ("514.5", "13.8915"),
    }
    early = shop.says("close", "--month", "2026-10")
    assert (early.returncode, early.stderr.strip()) == (2, "a month before 2026-10 is open; close that first")
    closed = shop.says("close", "--month", "2026-09", "--tax", "20")
    assert closed.stdout.strip() == "2026-09 is closed; 1 invoices were issued."
    shown = shop.says("invoice", "--month", "2026-09", "--tenant", "acme").stdout
    assert "final since" in shown
    assert "93.92" in shown  # 78.2665 and 15.65 of tax
    file = shop.folder / "september.csv"
    assert shop.says("charges", "--month", "2026-09", "--format", "focus-1.2", "--out", file).returncode == 0
    with file.open(encoding="utf-8", newline="") as text:
        assert sum(Decimal(row["BilledCost"]) for row in csv.DictReader(text)) == Decimal("93.92")
    late = shop.says("close", "--month", "2026-09")
    assert (late.returncode, late.stderr.strip()) == (2, "2026-09 is closed already")


def test_what_a_launch_would_cost(shop: User) -> None:
    """An hour, and 730 hours; server and image apart; nothing is launched. plan says it too."""
    file = shop.writes("launch.yaml", LAUNCH)
    told = shop.says("price", file)
    assert told.returncode == 3
    assert (
        "an hour: server 0.0810 EUR + image 0.3750 EUR; 730 hours: server 59.13 EUR + image 273.75 EUR" in told.stdout
    )
    assert "image.unknown" in told.stdout
    assert "Together: 0.4560 EUR an hour · 332.88 EUR for 730 hours" in told.stdout
    (priced,) = json_lines(shop.says("price", file, "--json").stdout)
    (planned, denied) = json_lines(shop.says("plan", file, "--json").stdout)
    assert planned["cost"] == {name: said for name, said in priced.items() if name not in ("seq", "image")}
    assert priced["image_730_hours"] == "273.75"
    assert "cost" not in denied
    assert shop.asks("SELECT count(*) AS servers FROM server WHERE name LIKE 'more%'") == [{"servers": 0}]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ["charges", "--month", "2026-13", "--out", "a.csv"],
            "write a month as year and month, such as 2026-10, not '2026-13'",
        ),
        (
            ["charges", "--month", "2026-10", "--out", "a.csv"],
            "2026-10 was never metered; run: imagekeeper meter --month 2026-10",
        ),
        (["invoice", "--month", "2026-10", "--tenant", "acme"], "2026-10 was never metered"),
        (["meter", "--month", "October"], "write a month as year and month, such as 2026-10, not 'October'"),
        (["meter", "--month", "2026-10", "--to", "2026-11"], "use either --month, or --since and --to"),
        (["close", "--month", "2026-10", "--tax", "a lot"], "a tax is a percentage from 0 to 100"),
        (["price", "nowhere.yaml"], "there is no such file"),
    ],
)
def test_what_is_wrong_is_said(user: User, words: list[str], why: str) -> None:
    """In one sentence, with exit code 2 and no traceback."""
    told = user.says(*words)
    assert told.returncode == 2
    assert why in told.stderr
    assert "Traceback" not in told.stderr


METER = """
import asyncio, json
from prefect.client.orchestration import get_client
from flows.meter_usage import meter_usage

async def main():
    state = await meter_usage(since="2026-09", return_state=True)
    async with get_client() as client:
        pages = await client.read_artifacts()
    print(json.dumps([state.name, max((p for p in pages if p.key == "metering"), key=lambda p: p.created).data]))

asyncio.run(main())
"""


def test_use_is_metered_by_a_run(shop: User) -> None:
    """A run of ``meter-usage``, as the schedule starts it, leaves charges and a page."""
    shop.says("apply", shop.writes("more.yaml", SHOP.replace("shield", "sword").replace("web", "app")))
    told = subprocess.run(
        [sys.executable, "-c", METER], env=shop.environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    state, page = json.loads(told.stdout.splitlines()[-1])
    assert state == "Completed"
    assert "| 2026-09 |" in page
    query = (
        "SELECT x_offer_name AS offer, sum(BilledCost)::VARCHAR AS billed FROM charge"
        " WHERE x_kind = 'image' AND BillingPeriodStart = '2026-09-01' GROUP BY ALL ORDER BY ALL"
    )
    billed = shop.asks(query)
    assert [(row["offer"], Decimal(row["billed"])) for row in billed] == [
        ("shield", Decimal("64.375")),
        ("sword", Decimal("64.375")),
    ]


def test_a_home_of_its_own(tmp_path: Path) -> None:
    """Quotes need no Prefect: ``price`` works where no server can be had."""
    user = User(tmp_path / "home", tmp_path, Connection("http://127.0.0.1:9/api"))
    told = user.says("price", user.writes("launch.yaml", LAUNCH))
    assert told.returncode == 3
    assert "image.unknown" in told.stdout


def test_a_page_is_written_though_charges_contradict_themselves(shop: User) -> None:
    """The page shows what is well; then the rows that are not are named, and the run has failed."""
    with Warehouse(shop.home / "warehouse.duckdb").writing() as con:
        con.execute("INSERT INTO server_span SELECT * FROM server_span WHERE ended_at > '2026-10-01'")
        con.execute("DELETE FROM metering")  # so that the report meters that month again, on whatever day this runs
    told = shop.says("report", "marketplace_cost", "--month", "2026-09")
    assert told.returncode == 1
    assert "marketplace_cost.html" in told.stdout
    assert "rows that must not exist; nothing was written" in told.stderr
    assert "charged twice" in told.stderr


def test_what_was_used_long_ago_is_charged_too(shop: User) -> None:
    """A batch that records use of March, when all is metered until today, is metered from March on."""
    told = shop.says("apply", shop.writes("spring.yaml", SPRING))
    assert told.returncode == 0, told.stdout + told.stderr
    metered = [one["month"] for one in json_lines(shop.says("meter", "--json").stdout)]
    assert metered[0] == "2026-03"
    assert json_lines(shop.says("invoice", "--month", "2026-03", "--json").stdout)[0]["quantity"] == "12"
