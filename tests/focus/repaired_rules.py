"""A copy of the validator's rules of FOCUS 1.2 in which the rules that do not check what they say are repaired.

Each repair says which rules it changes, why, and where that is known. A rule is a JSON object: it has a text
(``MustSatisfy``), the condition that chooses rows, and the requirement that those rows have to meet.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Node = dict[str, Any]
Rules = dict[str, Node]
VERSION = "1.2.0.99"
"""Higher than that of the rules which come with the validator."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What is done to some rules, why, and the upstream issue that tells of it, if one does."""

    why: str
    known_as: str
    rules: tuple[str, ...]
    change: Callable[[Node], None]


def write(bundled: Path, folder: Path) -> None:
    """Write a repaired copy of the rules into a folder, under the name by which the validator finds it."""
    model = json.loads(bundled.read_text())
    repair(model["ModelRules"])
    model["Details"]["ModelVersion"] = VERSION
    (folder / f"model-{VERSION}.json").write_text(json.dumps(model))


def repair(rules: Rules) -> None:
    """Repair rules in place."""
    for one in REPAIRS:
        for rule_id in one.rules:
            one.change(rules[rule_id]["ValidationCriteria"])


def value(column: str, wanted: str | None) -> Node:
    """Rows whose column is that."""
    return {"CheckFunction": "CheckValue", "ColumnName": column, "Value": wanted}


def other(column: str, unwanted: str | None) -> Node:
    """Rows whose column is not that. As in SQL, those without a value are not among them."""
    return {"CheckFunction": "CheckNotValue", "ColumnName": column, "Value": unwanted}


def every(*items: Node) -> Node:
    """Rows that meet each."""
    return {"CheckFunction": "AND", "Items": list(items)}


def either(*items: Node) -> Node:
    """Rows that meet one of them."""
    return {"CheckFunction": "OR", "Items": list(items)}


def other_or_none(column: str, unwanted: str) -> Node:
    """Rows whose column is not that, or has no value."""
    return either(value(column, None), other(column, unwanted))


def count_absence(criteria: Node) -> None:
    """In a condition, what has no value is not "Correction" either."""
    criteria["Condition"] = _with_absence(criteria["Condition"])


def _with_absence(node: Node) -> Node:
    if "Items" in node:
        return node | {"Items": [_with_absence(item) for item in node["Items"]]}
    if node["CheckFunction"] == "CheckNotValue" and node["Value"] is not None:
        return other_or_none(node["ColumnName"], node["Value"])
    return node


def spell_out_and(criteria: Node) -> None:
    """``{"AND": …}`` is written as the validator reads it."""
    inside = criteria["Condition"]["AND"]
    criteria["Condition"] = every(*(inside if isinstance(inside, list) else [inside]))


def judge_each_row(criteria: Node) -> None:
    """Allowed values: instead of asking the file for one row that has one, look for rows that have none of them."""
    allowed = criteria["Requirement"]["Items"]
    column = next(_columns(allowed[0]))
    criteria["Condition"] = every(other(column, None), *(_denied(item) for item in allowed))
    criteria["Requirement"] = value(column, None)


def _columns(node: Node) -> Iterator[str]:
    if "Items" in node:
        for item in node["Items"]:
            yield from _columns(item)
    else:
        yield node["ColumnName"]


def _denied(node: Node) -> Node:
    if "Items" in node:
        return either(*(_denied(item) for item in node["Items"]))
    return other(node["ColumnName"], node["Value"])


def conditioned(condition: Node) -> Callable[[Node], None]:
    """Another condition."""
    return lambda criteria: criteria.update(Condition=copy.deepcopy(condition))


def required(requirement: Node) -> Callable[[Node], None]:
    """Another requirement."""
    return lambda criteria: criteria.update(Requirement=copy.deepcopy(requirement))


USAGE = value("ChargeCategory", "Usage")
COMMITTED = other("CommitmentDiscountId", None)

REPAIRS = (
    Repair(
        'their condition ChargeClass <> "Correction" is unknown where there is no ChargeClass, so they never check',
        "FOCUS_Spec #2681",
        (
            "CommitmentDiscountQuantity-C-005-C",
            "ContractedUnitPrice-C-006-C",
            "ContractedUnitPrice-C-011-C",
            "ListCost-C-009-C",
            "ListUnitPrice-C-005-C",
            "ListUnitPrice-C-010-C",
            "PricingCategory-C-004-C",
            "PricingCurrencyListUnitPrice-C-005-C",
            "PricingQuantity-C-005-C",
            "SkuId-C-005-C",
            "SkuPriceId-C-005-C",
        ),
        count_absence,
    ),
    Repair(
        'the same with CommitmentDiscountStatus <> "Unused"',
        "FOCUS_Spec #2681",
        ("ConsumedQuantity-C-005-C",),
        count_absence,
    ),
    Repair(
        "its condition holds for corrections, and its text for all others",
        "",
        ("ConsumedQuantity-C-006-C",),
        conditioned(
            every(
                USAGE,
                other_or_none("CommitmentDiscountStatus", "Unused"),
                other_or_none("ChargeClass", "Correction"),
            )
        ),
    ),
    Repair(
        "the validator drops a condition that is written as {AND: …}, and the second one then fails on every row",
        "focus_validator #142",
        ("CapacityReservationStatus-C-003-C", "CapacityReservationStatus-C-004-C"),
        spell_out_and,
    ),
    Repair(
        "its condition is turned round: it asks for a status where there is no commitment",
        "FOCUS_Spec #2369, #2394",
        ("CommitmentDiscountStatus-C-004-C",),
        conditioned(every(COMMITTED, USAGE)),
    ),
    Repair(
        'its values Active, Expired and Pending are not those of the specification, which are "Used" and "Unused"',
        "FOCUS_Spec #2418",
        ("CommitmentDiscountStatus-C-005-M",),
        required(either(value("CommitmentDiscountStatus", "Used"), value("CommitmentDiscountStatus", "Unused"))),
    ),
    Repair(
        "it forbids a quantity on all corrections, where the rule before it says that it may be missing",
        "",
        ("CommitmentDiscountQuantity-C-007-C",),
        conditioned(
            either(
                every(other("ChargeCategory", "Usage"), other("ChargeCategory", "Purchase")),
                value("CommitmentDiscountId", None),
            )
        ),
    ),
    Repair(
        "it asks for 0 on each purchase, and its text only on those that pay for later charges",
        "",
        ("EffectiveCost-C-005-C",),
        conditioned(every(value("ChargeCategory", "Purchase"), COMMITTED)),
    ),
    Repair(
        "one says that InvoiceId is always empty, the next that it never is; our charges all have one",
        "",
        ("InvoiceId-C-004-C",),
        conditioned(value("InvoiceId", None)),
    ),
    Repair(
        "allowed values are looked for in the file as a whole: one good row is enough for all",
        "",
        (
            "CapacityReservationStatus-C-006-M",
            "ChargeCategory-C-003-M",
            "ChargeFrequency-C-003-M",
            "CommitmentDiscountCategory-C-005-M",
            "CommitmentDiscountStatus-C-005-M",
            "PricingCategory-C-007-M",
            "ServiceCategory-C-003-M",
            "ServiceSubcategory-C-003-M",
            "ServiceSubcategory-C-004-M",
        ),
        judge_each_row,
    ),
)
"""In this order: one rule is repaired twice."""
