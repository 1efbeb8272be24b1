"""A refund takes back what was charged, once: of a month, of a tenant, in its currency, for an offer or in all."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from flows.lifecycle.steps import ExecutionContext
from support.fakes import Clock
from support.worlds.neighbourhood import EUR, Step, acme, by, disk

Lines = list[dict[str, Any]]
MAY = datetime(2026, 5, 1, tzinfo=UTC)
NEVER_NULL = {"VARCHAR": "", "TIMESTAMP WITH TIME ZONE": MAY}
"""What stands in columns of a charge that must say something and of which nothing depends; 0 where they are numbers."""
SALE = (disk("sold"), acme("publish_image", image="sold", offer="deal", price=EUR))


def charged(context: ExecutionContext, cost: str, **said: Any) -> None:
    """Umbrella was charged for the offer in May, but for what is said."""
    with context.warehouse.writing() as con:
        columns = con.execute("DESCRIBE charge").fetchall()
        row = {name: NEVER_NULL.get(kind, 0) for name, kind, null, *_ in columns if null == "NO"}
        (offer,) = con.execute("SELECT offer_id FROM offer").fetchall()[0]
        row |= {"SubAccountId": "umbrella", "BillingCurrency": "EUR", "BilledCost": Decimal(cost), "x_kind": "image"}
        row |= {"x_source": "usage", "x_offer_id": offer} | said
        con.execute(
            f"INSERT INTO charge BY NAME SELECT {', '.join(f'${name} AS {name}' for name in row)}",
            row,
        )


def refund(amount: str, actor: str = "acme", **said: Any) -> Step:
    """Acme gives umbrella back what it was charged in May for the offer, but for what is said."""
    step = {"tenants": ["umbrella"], "amount": amount, "currency": "EUR", "reason": "It stood still"}
    return by(actor, "grant_credit", **step | {"offer": "deal", "refund_of": "2026-05"} | said)


def in_all(amount: str, **said: Any) -> Step:
    """The platform gives umbrella back of all that it was charged in May."""
    return refund(amount, "platform", offer=None, **said)


def fared(lines: Lines) -> list[list[str]]:
    """Which rules objected to each of the refunds."""
    return [line["denied_by"] for line in lines if line["action"] == "grant_credit"]


@pytest.fixture
def sold(quick_context: ExecutionContext, applied: Callable[..., Lines]) -> ExecutionContext:
    """An offer is on sale; umbrella was charged 10 for it in May, and 5 for the server that it ran on."""
    applied(SALE, batch_id="sale")
    charged(quick_context, "10")
    charged(quick_context, "5", x_kind="server")
    return quick_context


TOO_MUCH, FINE = ["credit.more-than-charged"], []


@pytest.mark.parametrize(
    ("step", "objections"),
    [
        pytest.param(refund("10"), FINE, id="all of it"),
        pytest.param(refund("10.000000001"), TOO_MUCH, id="the least bit more"),
        pytest.param(in_all("15"), FINE, id="the server too, by the platform"),
        pytest.param(in_all("15.01"), TOO_MUCH, id="more than all of it"),
        pytest.param(refund("1", refund_of="2026-04"), TOO_MUCH, id="of another month"),
        pytest.param(refund("1", currency="USD"), TOO_MUCH, id="in another currency"),
        pytest.param(refund("1", tenants=["initech"]), TOO_MUCH, id="to another tenant"),
        pytest.param(refund("11", refund_of=None), FINE, id="a credit is no refund"),
    ],
)
def test_no_more_is_refunded_than_was_charged(
    sold: ExecutionContext, applied: Callable[..., Lines], step: Step, objections: list[str]
) -> None:
    """For an offer the servers it ran on do not count; what is no refund has no such bound."""
    assert fared(applied([{key: said for key, said in step.items() if said is not None}])) == [objections]


def test_what_is_left_is_told(sold: ExecutionContext, applied: Callable[..., Lines]) -> None:
    """The reason says how much is left, as people write it."""
    line = applied([refund("7.25"), refund("5")])[-1]
    assert line["because"] == ["of the charges of umbrella in 2026-05, 2.75 EUR can still be refunded"]


def test_nothing_is_refunded_twice(sold: ExecutionContext, applied: Callable[..., Lines]) -> None:
    """What was refunded before, in this batch or an earlier one, is no longer there to be refunded."""
    assert fared(applied([refund("6"), refund("6"), refund("4"), refund("1")])) == [FINE, TOO_MUCH, FINE, TOO_MUCH]
    assert fared(applied([refund("1")], batch_id="again")) == [TOO_MUCH]
    assert fared(applied([in_all("5"), in_all("1")], batch_id="server")) == [FINE, TOO_MUCH]


def test_a_refund_of_all_leaves_less_for_an_offer(sold: ExecutionContext, applied: Callable[..., Lines]) -> None:
    """Of 15 in all, 12 are refunded: 3 are left, for the offer too, whose charges were 10."""
    assert fared(applied([in_all("12"), refund("4"), refund("3")])) == [FINE, TOO_MUCH, FINE]


def test_a_tenant_named_twice_is_refunded_once_it_is_gone(
    sold: ExecutionContext, applied: Callable[..., Lines]
) -> None:
    """Tenants of one action are judged one by one: the second time nothing is left."""
    assert fared(applied([refund("10", tenants=["umbrella", "umbrella", "initech"])])) == [FINE, TOO_MUCH, TOO_MUCH]


def test_corrections_count_for_the_month_that_they_correct(
    sold: ExecutionContext, applied: Callable[..., Lines]
) -> None:
    """A correction that was billed in June takes from what May came to."""
    june = {"ChargeClass": "Correction", "BillingPeriodStart": datetime(2026, 6, 1, tzinfo=UTC)}
    charged(sold, "-4", x_corrected_month=MAY, **june)
    assert fared(applied([refund("7"), refund("6")])) == [TOO_MUCH, FINE]


def test_a_credit_that_was_charged_is_not_taken_off_twice(
    sold: ExecutionContext, applied: Callable[..., Lines]
) -> None:
    """What was granted in May stands among its charges too, and is no refund of May."""
    charged(sold, "-4", x_source="credit")
    assert fared(applied([refund("10")])) == [FINE]


def test_only_a_month_that_is_over_is_refunded(
    sold: ExecutionContext, applied: Callable[..., Lines], clock: Clock
) -> None:
    """Until its last moment in UTC a month can still come to more."""
    clock.now = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)
    assert fared(applied([refund("1")])) == [["credit.future-month"]]
    clock.now = datetime(2026, 6, 1, tzinfo=UTC)
    assert fared(applied([refund("1")], batch_id="later")) == [FINE]
