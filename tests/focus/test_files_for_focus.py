"""The files of charges are what FOCUS says, by its own validator; and where that is wrong or blind, we know of it."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import focus_tools
import pytest
from focus_tools import Verdict
from repaired_rules import REPAIRS

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "focus.md"
Verdicts = dict[str, Verdict]
Validate = Callable[[Path, str], Verdicts]

COMPOSITE = "Composite"
"""Rules that are made of others, and fail with them."""
WRONGLY_FAILING = {
    "CapacityReservationStatus-C-004-C",
    "CommitmentDiscountQuantity-C-007-C",
    "CommitmentDiscountStatus-C-004-C",
    "EffectiveCost-C-005-C",
    "InvoiceId-C-004-C",
}
"""Rules that fail though the charges are right; ``repaired_rules`` says why."""

USAGE = "ChargeCategory = 'Usage' AND ChargeClass IS NULL AND CommitmentDiscountId IS NULL"
COVERED = "ChargeCategory = 'Usage' AND ChargeClass IS NULL AND CommitmentDiscountStatus = 'Used'"
CORRUPTIONS = (
    ("ListCost-C-009-C", f"{USAGE} AND ListCost::DECIMAL(36, 18) > 0", "ListCost = ListCost::DECIMAL(36, 18) * 1.1"),
    ("ListUnitPrice-C-010-C", f"{USAGE} AND ListCost::DECIMAL(36, 18) > 0", "ListUnitPrice = '12345'"),
    ("ContractedUnitPrice-C-011-C", USAGE, "ContractedCost = '12345'"),
    ("ListUnitPrice-C-005-C", USAGE, "ListUnitPrice = NULL"),
    ("ContractedUnitPrice-C-006-C", USAGE, "ContractedUnitPrice = NULL"),
    ("PricingCurrencyListUnitPrice-C-005-C", USAGE, "PricingCurrencyListUnitPrice = NULL"),
    ("PricingCategory-C-004-C", USAGE, "PricingCategory = NULL"),
    ("PricingQuantity-C-005-C", USAGE, "PricingQuantity = NULL, PricingUnit = NULL"),
    ("SkuId-C-005-C", USAGE, "SkuId = NULL, SkuMeter = NULL"),
    ("SkuPriceId-C-005-C", USAGE, "SkuPriceId = NULL, SkuPriceDetails = NULL"),
    ("ConsumedQuantity-C-006-C", USAGE, "ConsumedQuantity = NULL, ConsumedUnit = NULL"),
    (
        "CommitmentDiscountQuantity-C-005-C",
        COVERED,
        "CommitmentDiscountQuantity = NULL, CommitmentDiscountUnit = NULL",
    ),
    (
        "CommitmentDiscountQuantity-C-007-C",
        USAGE,
        "CommitmentDiscountQuantity = '1', CommitmentDiscountUnit = 'Hours'",
    ),
    ("CommitmentDiscountStatus-C-004-C", COVERED, "CommitmentDiscountStatus = NULL"),
    ("CommitmentDiscountStatus-C-005-M", COVERED, "CommitmentDiscountStatus = 'Active'"),
    ("CommitmentDiscountCategory-C-005-M", COVERED, "CommitmentDiscountCategory = 'Time'"),
    (
        "EffectiveCost-C-005-C",
        "ChargeCategory = 'Purchase' AND CommitmentDiscountId IS NOT NULL",
        "EffectiveCost = '5'",
    ),
    ("InvoiceId-C-005-C", USAGE, "InvoiceId = NULL"),
    ("CapacityReservationStatus-C-003-C", USAGE, "CapacityReservationStatus = 'Used'"),
    ("CapacityReservationStatus-C-004-C", USAGE, "CapacityReservationId = 'r-1'"),
    (
        "CapacityReservationStatus-C-006-M",
        USAGE,
        "CapacityReservationId = 'r-1', CapacityReservationStatus = 'Active'",
    ),
    ("ChargeCategory-C-003-M", USAGE, "ChargeCategory = 'Fee'"),
    ("ChargeFrequency-C-003-M", USAGE, "ChargeFrequency = 'Sometimes'"),
    ("PricingCategory-C-007-M", USAGE, "PricingCategory = 'Cheap'"),
    ("ServiceCategory-C-003-M", USAGE, "ServiceCategory = 'Images'"),
    ("ServiceSubcategory-C-003-M", USAGE, "ServiceSubcategory = 'Images'"),
    ("ServiceSubcategory-C-004-M", USAGE, "ServiceCategory = 'Storage', ServiceSubcategory = 'Virtual Machines'"),
)
"""What breaks which rule: a row that is as the second says becomes as the third says."""


def that(said: str, verdicts: Verdicts) -> set[str]:
    """Rules of which that is said, but for those that are made of others."""
    return {rule for rule, verdict in verdicts.items() if verdict.said == said and verdict.kind != COMPOSITE}


def corrupt(file: Path, corrupted: Path) -> None:
    """Copy a file, each corruption in a row of its own."""
    con = duckdb.connect()
    con.execute("CREATE TABLE charge AS SELECT *, FALSE AS broken FROM read_csv(?, all_varchar = true)", [str(file)])
    for rule, where, change in CORRUPTIONS:
        row = f"(SELECT min(rowid) FROM charge WHERE NOT broken AND {where})"
        found = con.execute(f"UPDATE charge SET {change}, broken = TRUE WHERE rowid = {row} RETURNING 1").fetchall()
        assert found, f"no row left to break {rule}"
    con.execute(f"COPY (SELECT * EXCLUDE (broken) FROM charge) TO '{corrupted}' (FORMAT csv, HEADER)")
    con.close()


def test_every_kind_of_charge_is_there(folder: Path) -> None:
    """The file has each category, class, frequency and status, so that no rule passes for want of rows."""
    rows = duckdb.read_csv(str(folder / "focus-1.2.csv"))
    kinds = set(rows.project("ChargeCategory, ChargeFrequency, ChargeClass, CommitmentDiscountStatus").fetchall())
    assert {
        ("Usage", "Usage-Based", None, None),
        ("Usage", "Usage-Based", None, "Used"),
        ("Usage", "Usage-Based", None, "Unused"),
        ("Usage", "Usage-Based", "Correction", None),
        ("Usage", "Usage-Based", "Correction", "Used"),
        ("Usage", "Recurring", None, None),
        ("Purchase", "One-Time", None, None),
        ("Credit", "One-Time", None, None),
        ("Credit", "One-Time", "Correction", None),
        ("Tax", "One-Time", None, None),
        ("Adjustment", "One-Time", None, None),
    } <= kinds
    assert {row[0] for row in rows.project("x_pricing_model").fetchall()} - {None} == {
        *("hourly", "vcpu_hourly", "flavor_hourly", "tiered", "monthly"),
        *("one_time", "yearly", "contract", "free", "byol"),
    }


def test_no_rule_is_broken(verdicts: Verdicts) -> None:
    """By rules that say what they mean, nothing is wrong with a month of every kind of charge."""
    said = Counter(verdict.said for verdict in verdicts.values())
    assert {rule for rule, verdict in verdicts.items() if verdict.said in ("failed", "errored")} == set()
    assert said["passed"] >= 360
    assert said["skipped"] <= 215


def test_rules_as_they_come_fail_only_where_they_are_wrong(tools: None, folder: Path) -> None:
    """What the validator says without our repairs is known; a rule more or less is worth a look."""
    as_they_come = focus_tools.validate(folder / "focus-1.2.csv", folder / "as-they-come")
    assert that("failed", as_they_come) | that("errored", as_they_come) == WRONGLY_FAILING
    assert {rule for one in REPAIRS for rule in one.rules} >= WRONGLY_FAILING


def test_what_is_wrong_is_found(validate: Validate, folder: Path) -> None:
    """Each rule that was repaired objects to a row that breaks it: in a file of good rows, one bad one is enough."""
    corrupt(folder / "focus-1.2.csv", folder / "corrupted.csv")
    broken = {rule for rule, _, _ in CORRUPTIONS}
    assert broken - that("failed", validate(folder / "corrupted.csv", "corrupted")) == set()
    # these two are about which rows others ask, and about rows of which we have none
    assert {rule for one in REPAIRS for rule in one.rules} - broken == {"ConsumedQuantity-C-005-C", "InvoiceId-C-004-C"}


def test_the_page_says_what_cannot_be_checked(verdicts: Verdicts) -> None:
    """docs/explanation/focus.md has the numbers, and which columns the rules are about that no tool can check."""
    text = re.sub(r"\s+", " ", PAGE.read_text())
    said = Counter(verdict.said for verdict in verdicts.values())
    about = Counter(rule.split("-")[0] for rule in verdicts if verdicts[rule].said == "skipped")
    listed = ", ".join(f"{name} {number}" for name, number in sorted(about.items(), key=lambda one: (-one[1], one[0])))
    print(listed)  # noqa: T201 - shown where the page has to be brought up to date
    assert f"{len(verdicts)} rules: {said['passed']} hold, none is broken, {said['skipped']} it cannot check" in text
    assert listed in text


def test_the_file_has_the_shape_of_1_4(tools: None, folder: Path) -> None:
    """The linter has nothing to object to in the file of FOCUS 1.4."""
    said = focus_tools.lint(folder / "focus-1.4.csv")
    assert (said.returncode, said.stderr) == (0, "")
    assert "SEMANTIC_VALID" in said.stdout


@pytest.mark.parametrize(
    "change", ["* EXCLUDE (ServiceProviderName)", "* REPLACE ('Storage' AS ServiceCategory)", "*, 1 AS Colour"]
)
def test_another_shape_is_none(tools: None, folder: Path, tmp_path: Path, change: str) -> None:
    """The linter objects where a column is missing, misplaced or made up."""
    rows = duckdb.read_csv(str(folder / "focus-1.4.csv"), all_varchar=True)
    rows.project(change).write_csv(str(tmp_path / "changed.csv"))
    assert focus_tools.lint(tmp_path / "changed.csv").returncode
