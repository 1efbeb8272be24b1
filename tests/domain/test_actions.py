"""Input is read strictly: nothing unknown, nothing bent into shape, every time in UTC."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.actions import ACTION, MODELS, Batch
from domain.batch import problems

IMPORT = {"action": "import_image", "name": "web", "file": "d.raw", "image_type": "system_disk", "min_disk_gb": 1}
LAUNCH = {"action": "launch_server", "image": "web", "name": "s", "flavor": "s3.large.2"}
SHARE = {"action": "share_image", "image": "web", "tenants": ["umbrella"]}
PUBLISH = {"action": "publish_image", "image": "web", "offer": "deal", "price": {"model": "free"}}
HOURLY = {"model": "hourly", "amount": "0.12", "currency": "EUR"}
TIERED = {"model": "tiered", "currency": "EUR"}
LAST = {"amount": 1}
MONTHLY = {"model": "monthly", "amount": "30", "currency": "EUR"}
BUY = {"action": "buy_contract", "offer": "deal", "servers": 1}
CREDIT = {"action": "grant_credit", "tenants": ["umbrella"], "amount": "1", "currency": "EUR", "reason": "goodwill"}


def batch(*actions: dict[str, Any], **said: Any) -> Batch:
    """A batch of acme's."""
    return Batch.model_validate({"actor": "acme", "region": "eu-west-0", "actions": actions} | said)


def told(*actions: dict[str, Any], **said: Any) -> list[tuple[Any, str]]:
    """What is wrong with a batch of well-formed actions, and where."""
    made = batch(*actions, **said)
    return [(problem.where, problem.message) for problem in problems(made, made.actions)]


def test_there_are_29_actions_and_each_is_read_as_itself() -> None:
    """``action`` alone tells which model reads a request; every model says what it is for."""
    assert len(MODELS) == 29
    for name, model in MODELS.items():
        assert model.__doc__
        assert model.model_fields["action"].default == name
        assert name.title().replace("_", "") == model.__name__
        assert set(model.references) <= set(model.model_fields)


@pytest.mark.parametrize("name", MODELS)
def test_an_action_can_be_undone_or_a_person_approves_it(name: str) -> None:
    """Every model says what takes the action back, or what a person must approve; an action named there exists."""
    model = MODELS[name]
    assert (model.undone_by is None) == (model.irreversible is not None)
    assert model.undone_by is None or " " in model.undone_by or model.undone_by in MODELS


@pytest.mark.parametrize("name", MODELS)
def test_an_action_on_an_existing_image_says_what_it_changes_there(name: str) -> None:
    """One that only changes an image or share is one call to a cloud, and explains what a sync finds."""
    model = MODELS[name]
    only_changes = model.references == ("image",) and model.creates is None and model.file_field is None
    assert (model.changes is not None) == only_changes
    assert len(list(model.explains())) >= (only_changes or model.creates == "image")


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (IMPORT | {"colour": "red"}, "colour"),
        (IMPORT | {"os": {"type": "linux", "colour": "red"}}, "colour"),
        (IMPORT | {"action": "paint_image"}, "paint_image"),
        ({"name": "web"}, "action"),
        ({key: value for key, value in IMPORT.items() if key != "file"}, "file"),
        (IMPORT | {"image_type": "disk"}, "image_type"),
        (IMPORT | {"min_disk_gb": 0}, "min_disk_gb"),
        (IMPORT | {"min_disk_gb": 1.5}, "min_disk_gb"),
        (IMPORT | {"min_disk_gb": 2**31}, "min_disk_gb"),
        (IMPORT | {"min_ram_mb": -1}, "min_ram_mb"),
        (IMPORT | {"name": ""}, "name"),
        (IMPORT | {"name": " web"}, "name"),
        (IMPORT | {"name": "web\n"}, "name"),
        (IMPORT | {"name": "w/eb"}, "name"),
        (IMPORT | {"name": "w" * 129}, "name"),
        (IMPORT | {"description": "<b>"}, "description"),
        (IMPORT | {"description": "a\nb"}, "description"),
        (IMPORT | {"region": "../etc"}, "region"),
        (IMPORT | {"region": "EU West"}, "region"),
        (IMPORT | {"actor": "  "}, "actor"),
        (IMPORT | {"actor": "a" * 129}, "actor"),
        (IMPORT | {"as": "9lives"}, "as"),
        (IMPORT | {"as": "$web"}, "as"),
        (IMPORT | {"file": ""}, "file"),
        (IMPORT | {"file": "d\0.raw"}, "file"),
        (IMPORT | {"when": "yesterday"}, "when"),
        (IMPORT | {"when": "1969-12-31T23:00:00Z"}, "when"),
        (BUY | {"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
        (IMPORT | {"tags": ["x" * 256]}, "tags"),
        (LAUNCH | {"count": 0}, "count"),
        (LAUNCH | {"count": 1001}, "count"),
        (LAUNCH | {"image": ""}, "image"),
        (LAUNCH | {"image": "w\0eb"}, "image"),
        (SHARE | {"tenants": []}, "tenants"),
        (SHARE | {"tenants": "umbrella"}, "tenants"),
        (SHARE | {"tenants": ["umbrella", "init\0ech"]}, "tenants"),
        (PUBLISH | {"price": {"model": "daily"}}, "price"),
        (PUBLISH | {"price": {"model": "yearly", "amount": "1"}}, "currency"),
        (PUBLISH | {"price": HOURLY | {"months": 12}}, "months"),
        (PUBLISH | {"price": HOURLY | {"rounding": "down"}}, "rounding"),
        (PUBLISH | {"price": HOURLY | {"time_zone": "Europe/Atlantis"}}, "there is no time zone"),
        (PUBLISH | {"price": HOURLY | {"trial": {"days": 7, "servers": 1, "credit": "5"}}}, "not both"),
        (PUBLISH | {"price": HOURLY | {"amount": "0.000000001", "billable_states": {"stopped": "0.5"}}}, "9 decimals"),
        (PUBLISH | {"price": TIERED | {"tiers": []}}, "tiers"),
        (
            PUBLISH | {"price": TIERED | {"tiers": [{"up_to": 9, "amount": 1}, {"up_to": 8, "amount": 1}, LAST]}},
            "ascend",
        ),
        (PUBLISH | {"price": TIERED | {"tiers": [{"up_to": 9, "amount": 1}]}}, "ascend"),
        (PUBLISH | {"price": MONTHLY | {"trial": {"days": 7, "credit": "5"}}}, "not of credit"),
        (BUY | {"servers": 0}, "servers"),
        (BUY | {"servers": 100_001}, "servers"),
        (CREDIT | {"amount": "0"}, "amount"),
        (CREDIT | {"reason": ""}, "reason"),
        (CREDIT | {"refund_of": "2026-13"}, "refund_of"),
        (CREDIT | {"refund_of": "2026-1"}, "refund_of"),
        (CREDIT | {"tenants": []}, "tenants"),
        (PUBLISH | {"price": {"model": "free", "amount": "1"}}, "price"),
        (PUBLISH | {"price": HOURLY | {"amount": "-0.01"}}, "price"),
        (PUBLISH | {"price": HOURLY | {"amount": "NaN"}}, "price"),
        (PUBLISH | {"price": HOURLY | {"amount": "1e30"}}, "price"),
        (PUBLISH | {"price": HOURLY | {"amount": "0.0000000001"}}, "price"),
        (PUBLISH | {"price": HOURLY | {"currency": "euro"}}, "price"),
        ({"action": "capture_server", "server": "s", "name": "n", "image_type": "iso"}, "image_type"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(said: dict[str, Any], where: str) -> None:
    """The error tells of the field that is wrong, not of others."""
    with pytest.raises(ValidationError) as error:
        ACTION.validate_python(said)
    assert where in str(error.value)
    assert error.value.error_count() == 1


def test_a_value_once_read_does_not_change() -> None:
    """What was judged cannot be another request by the time it is done."""
    action = ACTION.validate_python(IMPORT)
    with pytest.raises(ValidationError, match="frozen"):
        action.name = "other"


@pytest.mark.parametrize(
    "written",
    ["2026-06-01T10:00:00+02:00", "2026-06-01T08:00:00Z", "2026-06-01T08:00:00", "2026-06-01 08:00", 1780300800],
)
def test_times_are_in_utc(written: str | int) -> None:
    """A time with a zone is the same moment in UTC; without one it is UTC already."""
    when = ACTION.validate_python(IMPORT | {"when": written}).when
    assert when == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert when.tzinfo == UTC


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_a_moment_stays_the_same_moment(naive: datetime, minutes: int) -> None:
    """Whatever zone a time is given in, the moment is kept."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    when = ACTION.validate_python(IMPORT | {"when": moment.isoformat()}).when
    assert when == moment
    assert when.utcoffset() == timedelta(0)


def test_money_is_exact() -> None:
    """An amount is the decimal that was written, also when it was written as a number."""
    for amount in ("0.1", 0.1, 1, "0.000000001"):
        price = ACTION.validate_python(PUBLISH | {"price": HOURLY | {"amount": amount}}).price
        assert price.amount == Decimal(str(amount))


def test_a_batch_has_at_least_one_action() -> None:
    """An empty list is a mistake; unknown keys at the top are too."""
    for wrong in (
        {"actions": []},
        {},
        {"actions": [IMPORT], "colour": "red"},
        {"actions": [IMPORT], "profile": "../x"},
    ):
        with pytest.raises(ValidationError):
            Batch.model_validate(wrong)


def test_every_action_needs_somebody_somewhere() -> None:
    """Actor and region are said with the action, or once for all."""
    assert told(IMPORT) == []
    assert told(IMPORT, actor=None) == [(("actions", 0, "actor"), "say 'actor' here, or once at the top of the batch")]
    assert told(IMPORT | {"actor": "acme", "region": "eu-west-1"}, actor=None, region=None) == []


def test_a_handle_stands_for_one_thing_made_before() -> None:
    """A handle is defined by an earlier action, once, and by one that makes something."""
    web = IMPORT | {"as": "web"}
    assert told(web, SHARE | {"image": "$web"}) == []
    ((where, message),) = told(SHARE | {"image": "$web"}, web)
    assert where == ("actions", 0, "image")
    assert "no earlier action is called 'web'" in message
    assert told(web, IMPORT | {"as": "web", "name": "other"})[0][0] == ("actions", 1, "as")
    ((where, message),) = told(web, SHARE | {"as": "shared"})
    assert where == ("actions", 1, "as")
    assert "makes nothing" in message


def test_an_action_cannot_point_at_what_it_makes_itself() -> None:
    """A handle is there after its action, not in it."""
    copy = {"action": "copy_image", "image": "$web", "as": "web"}
    assert told(copy)[0][0] == ("actions", 0, "image")


def test_two_images_of_a_batch_are_not_called_the_same_there() -> None:
    """Of one owner, in one region: so that a name of the batch means one image."""
    ((where, message),) = told(IMPORT, IMPORT)
    assert where == ("actions", 1, "name")
    assert message == "action 1 makes an image called 'web' there already"
    assert told(IMPORT, IMPORT | {"region": "eu-west-1"}, IMPORT | {"actor": "umbrella"}) == []
    assert told(IMPORT, {"action": "copy_image", "image": "web", "to_region": "eu-west-1", "name": "web"}) == []
