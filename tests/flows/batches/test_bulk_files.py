"""A bulk file says what a batch says: the same requests come to the same verdicts, however they are written down."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from domain.actions import ACTION, MODELS, Batch
from domain.batch import BatchError
from domain.ids import MADE_ID_SQL
from flows.batches.bulk_files import read_bulk
from flows.lifecycle.planning import plan
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import apply
from support.fakes import BEGINNING, FILES
from support.worlds.random_scripts import SEEDS, Script, Step, script_of
from support.worlds.stories import Seeded, Story, seed

SAID = ("seq", "action", "image", "tenant", "verdict", "denied_by", "because", "remedy")


@pytest.fixture(scope="module")
def seeded() -> Iterator[Seeded]:
    """A world to plan in."""
    yield from seed()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An import folder in which the files of the random steps lie."""
    for name in FILES:
        (tmp_path / name).touch()
    return tmp_path


def flat(step: Step) -> dict[str, Any]:
    """A step as a row: lists and nested things as JSON."""
    return {
        name: json.dumps(said, default=str) if isinstance(said, list | dict) else said
        for name, said in step.items()
        if name != "action"
    }


def written(path: Path, steps: list[Step]) -> None:
    """Write steps as rows, as CSV or Parquet."""
    table = pd.DataFrame([flat(step) for step in steps]).convert_dtypes()
    with duckdb.connect() as con:
        con.register("steps", table)
        con.execute(f"COPY steps TO '{path}'")


@pytest.mark.parametrize("action", MODELS)
def test_the_same_requests_come_to_the_same(seeded: Seeded, folder: Path, action: str) -> None:
    """CSV, Parquet and YAML of random steps of one kind are planned alike, line by line and word by word."""
    steps = [step for step in script_of(action, 5) if step.get("file") not in ("gone.raw", "out.raw")]
    story = Story(seeded, Script([SEEDS, steps], [0, 1]))
    _, rows = story.script.rendered()
    batch = Batch.model_validate({"batch_id": "bulk", "actions": rows})
    expected = plan(ActionBatch(batch, "test", folder), story.context)
    assert len(expected) >= len(rows)
    for name in ("steps.csv", "steps.parquet"):
        written(folder / name, rows)
        work = read_bulk(folder / name, action, batch_id="bulk")
        said = plan(work, story.context)
        assert [{key: line[key] for key in SAID} for line in said] == [
            {key: line[key] for key in SAID} for line in expected
        ]


@pytest.mark.parametrize(
    "tenants", ["umbrella;my tenant", "umbrella, my tenant", '["umbrella", "my tenant"]', " umbrella ;my tenant;"]
)
def test_tenants_are_told_apart(seeded: Seeded, folder: Path, tenants: str) -> None:
    """Several tenants of one row are a line each, by their names to the letter, however they are listed."""
    (folder / "shares.csv").write_text(
        f'image,tenants\nkept,"{tenants.replace(chr(34), chr(34) * 2)}"\nkept,one alone\n'
    )
    work = read_bulk(folder / "shares.csv", "share_image", actor="acme", region="eu-west-0")
    lines = plan(work, Story(seeded, Script([SEEDS], [0])).context)
    assert [(line["seq"], line["tenant"], line["verdict"]) for line in lines] == [
        (1, "umbrella", "allowed"),
        (1, "my tenant", "allowed"),
        (2, "one alone", "allowed"),
    ]


def test_what_a_row_leaves_out_is_as_in_a_batch(seeded: Seeded, folder: Path) -> None:
    """A copy is encrypted as its source where nothing is said: another action's default is not its own."""
    (folder / "copies.csv").write_text("image,name\nsecret,copy\n")
    work = read_bulk(folder / "copies.csv", "copy_image", actor="acme", region="eu-west-0")
    (line,) = plan(work, Story(seeded, Script([SEEDS], [0])).context)
    assert line["denied_by"] == ["copy.same-key"]


def planned(seeded: Seeded, file: Path, action: str) -> list[dict[str, Any]]:
    """The lines of the plan of a bulk file of acme's, here."""
    work = read_bulk(file, action, actor="acme", region="eu-west-0")
    return plan(work, Story(seeded, Script([SEEDS], [0])).context)


PARQUET_PRICES = """COPY (
    SELECT 'kept' AS image, 'a' AS offer, {'model': 'hourly', 'amount': 0.25::DECIMAL(9, 2), 'currency': 'EUR',
        'tiers': NULL::STRUCT(up_to INTEGER, amount DOUBLE)[],
        'trial': NULL::STRUCT(days INTEGER, servers INTEGER)} AS price
    UNION ALL SELECT 'idle', 'b', {'model': 'tiered', 'amount': NULL, 'currency': 'EUR',
        'tiers': [{'up_to': 10, 'amount': 0.5}, {'up_to': NULL, 'amount': 0.1}], 'trial': {'days': 7, 'servers': NULL}}
) TO '%s'"""


def test_a_price_is_json_or_a_struct(seeded: Seeded, folder: Path) -> None:
    """In a CSV a price is JSON; in Parquet it may be a struct, of which each row leaves null what it does not say."""
    (folder / "p.csv").write_text(
        'offer,valid_from,price\nterm,2027-01-01,"{""model"": ""free"", ""currency"": null}"\n'
        'deal,2027-01-01,"{""model"": ""vcpu_hourly"", ""amount"": 0.5, ""currency"": ""EUR""}"\n'
    )
    assert [line["verdict"] for line in planned(seeded, folder / "p.csv", "change_price")] == ["allowed"] * 2
    with duckdb.connect() as con:
        con.execute(PARQUET_PRICES % (folder / "p.parquet"))
        assert len(planned(seeded, folder / "p.parquet", "publish_image")) == 2
        bulk = read_bulk(folder / "p.parquet", "publish_image", actor="acme", region="eu-west-0")
        con.execute(MADE_ID_SQL)
        (group,) = bulk.groups(BEGINNING, BEGINNING, set())
        group.load(con, 0)
        said = [json.loads(price) for (price,) in con.execute("SELECT price FROM request ORDER BY row").fetchall()]
    assert said == [
        as_in_a_batch({"model": "hourly", "amount": 0.25, "currency": "EUR"}),
        as_in_a_batch(
            {
                "model": "tiered",
                "currency": "EUR",
                "tiers": [{"up_to": 10, "amount": 0.5}, {"amount": 0.1}],
                "trial": {"days": 7},
            }
        ),
    ]


def as_in_a_batch(price: dict[str, Any]) -> dict[str, Any]:
    """A price as a batch in YAML hands it on: as its model says it, with what the model fills in."""
    action = ACTION.validate_python({"action": "publish_image", "image": "web", "offer": "deal", "price": price})
    said: dict[str, Any] = action.price.model_dump(mode="json", exclude_none=True)
    return said


CREDIT = {"tenants": "umbrella", "amount": "1", "currency": "EUR", "reason": "goodwill"}
ASCEND = "price: tiered: tiers ascend by up_to, and only the last one has none"
WRONG = [
    ("grant_credit", {"amount": "0"}, "amount: must be more than 0"),
    ("grant_credit", {"amount": "-1"}, "amount: must be more than 0"),
    ("grant_credit", {"amount": "much"}, "amount: input should be a valid decimal (it is 'much')"),
    ("grant_credit", {"amount": "0.0000000001"}, "amount: decimal input should have no more than 9 decimal places"),
    ("grant_credit", {"amount": "1e9"}, "amount: decimal input should have no more than 9 digits before"),
    ("grant_credit", {"refund_of": "2026-13"}, "refund_of: must look like"),
    ("grant_credit", {"reason": ""}, "reason: is missing"),
    ("grant_credit", {"currency": "euro"}, "currency: must look like"),
    ("change_price", {"price": "free"}, "price: is not JSON"),
    ("change_price", {"price": '{"amount": 1}'}, "price: say which model it is"),
    ("change_price", {"price": '{"model": "hourly", "amount": 1}'}, "price: hourly.currency: is missing"),
    ("change_price", {"price": '{"model": "free", "model": "byol"}'}, "price: says a key twice"),
    ("buy_contract", {"servers": "0"}, "servers: must be at least 1"),
    ("change_price", {"price": '{"model": "tiered", "tiers": [{"up_to": 1, "amount": 1}], "currency": "EUR"}'}, ASCEND),
    ("buy_contract", {"starts_at": "soon"}, "starts_at: input should be a valid datetime"),
    ("buy_contract", {"starts_at": "20000-01-01"}, "starts_at: input should be a valid datetime"),
]
RIGHT = {
    "grant_credit": CREDIT,
    "change_price": {"offer": "deal", "valid_from": "2027-01-01", "price": '{"model": "free"}'},
    "buy_contract": {"offer": "term", "servers": "2"},
}


@pytest.mark.parametrize(("action", "wrong", "message"), WRONG, ids=str)
def test_what_is_wrong_is_told_with_its_row(folder: Path, action: str, wrong: dict[str, str], message: str) -> None:
    """The second row of the file is wrong, and the message says so, as that of a batch would."""
    rows = pd.DataFrame([RIGHT[action], RIGHT[action] | wrong])
    rows.to_csv(folder / "rows.csv", index=False)
    with pytest.raises(BatchError, match=re.escape(f"rows.csv:3: {message}")):
        read_bulk(folder / "rows.csv", action, actor="platform", region="eu-west-0")


def test_an_amount_that_is_a_number_is_as_it_was_written(folder: Path) -> None:
    """A binary fraction is taken for the decimal that is written that way, not for its last bit."""
    pd.DataFrame([CREDIT | {"amount": 0.1}]).to_parquet(folder / "credits.parquet")
    assert read_bulk(folder / "credits.parquet", "grant_credit", actor="platform", region="eu-west-0").lines == 1


def test_what_a_price_leaves_out_is_as_its_model_says(seeded: Seeded, folder: Path) -> None:
    """A file says a price in its own words; a contract that is then bought runs the twelve months that are usual."""
    story = Story(seeded, Script([SEEDS], [0]))
    price = {"model": "contract", "upfront": 50, "amount": "0.1", "currency": "EUR"}
    pd.DataFrame([{"image": "kept", "offer": "lease", "price": json.dumps(price)}]).to_csv(
        folder / "p.csv", index=False
    )
    buy = {"action": "buy_contract", "actor": "umbrella", "region": "eu-west-1", "offer": "lease", "servers": 2}
    batch = Batch.model_validate({"actions": [buy | {"starts_at": "2028-02-29T12:00:00Z"}]})
    for work in (
        read_bulk(folder / "p.csv", "publish_image", actor="acme", region="eu-west-0"),
        ActionBatch(batch, "test", folder),
    ):
        assert apply(work, story.context).exit_code == 0
    with story.context.warehouse.reading() as con:
        bought = con.execute("SELECT tenant, region, servers, upfront, ends_at FROM contract").fetchall()
    assert bought == [("umbrella", "eu-west-0", 2, 50, datetime(2029, 2, 28, 12, tzinfo=UTC))]
