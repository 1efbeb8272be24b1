"""Rules of FOCUS that its validator skips, because they are about what rows mean; here they are asked in SQL.

Each query finds rows of the ledger that break the rules it is named after.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data.warehouse.connection import Warehouse

QUERIES = {
    "BilledCost-C-007-M: an invoice is what its charges add up to": """
        SELECT i.invoice_id FROM invoice AS i
        LEFT JOIN charge AS c ON i.invoice_id = c.InvoiceId
        GROUP BY i.invoice_id, i.total HAVING sum(c.BilledCost) IS DISTINCT FROM i.total""",
    "BillingCurrency-C-005-M, InvoiceId-C-007-C: an invoice has one currency and one account": """
        SELECT InvoiceId FROM charge GROUP BY InvoiceId
        HAVING count(DISTINCT (BillingCurrency, BillingAccountId)) > 1""",
    "ChargeClass-C-003-C, -004-C: what corrects an invoiced month says so, and nothing else does": """
        SELECT c.ChargeDescription FROM charge AS c
        LEFT JOIN invoice AS i ON c.x_corrected_month = i.month_begins AND c.BillingAccountId = i.tenant
        WHERE (c.ChargeClass IS NULL) <> (c.x_corrected_month IS NULL)
            OR (c.ChargeClass IS NOT NULL AND (i.invoice_id IS NULL OR c.x_corrected_month >= c.BillingPeriodStart))""",
    "CommitmentDiscountId-C-007-M: a commitment is of one account": """
        SELECT CommitmentDiscountId FROM charge GROUP BY CommitmentDiscountId
        HAVING count(DISTINCT BillingAccountId) > 1 AND CommitmentDiscountId IS NOT NULL""",
    "CommitmentDiscountUnit-C-008-M: a commitment is measured in one unit": """
        SELECT CommitmentDiscountId FROM charge WHERE CommitmentDiscountId IS NOT NULL
        GROUP BY CommitmentDiscountId HAVING count(DISTINCT CommitmentDiscountUnit) > 1""",
    "CommitmentDiscountQuantity-C-011-C, -014-C, -015-C: what was bought is used or not": """
        SELECT CommitmentDiscountId FROM charge WHERE CommitmentDiscountId = 'c-0'
        GROUP BY CommitmentDiscountId
        HAVING sum(CommitmentDiscountQuantity) FILTER (ChargeCategory = 'Purchase')
            IS DISTINCT FROM sum(CommitmentDiscountQuantity) FILTER (ChargeCategory = 'Usage')""",
    "DiscountHandling-A-011-C, EffectiveCost-C-012-C: what was paid upfront takes effect in full": """
        SELECT CommitmentDiscountId FROM charge WHERE CommitmentDiscountId = 'c-0'
        GROUP BY CommitmentDiscountId HAVING sum(EffectiveCost) <> sum(BilledCost) OR sum(BilledCost) <> 73""",
    "DiscountHandling-A-009-C: what a commitment covers is not billed": """
        SELECT ChargeDescription FROM charge
        WHERE ChargeCategory = 'Usage' AND CommitmentDiscountId IS NOT NULL AND BilledCost <> 0""",
    "DiscountHandling-A-012-C, -013-C: a commitment's purchase is a purchase of that": """
        SELECT ChargeDescription FROM charge
        WHERE CommitmentDiscountId IS NOT NULL AND CommitmentDiscountStatus IS NULL
            AND (ChargeCategory <> 'Purchase' OR ResourceId <> CommitmentDiscountId)""",
    "DiscountHandling-A-014-C to -016-C: what a commitment covers is of a server": """
        SELECT ChargeDescription FROM charge
        WHERE CommitmentDiscountStatus = 'Used'
            AND (
                ChargeCategory <> 'Usage' OR CommitmentDiscountId IS NULL OR ResourceId IS DISTINCT FROM x_server_id
            )""",
    "DiscountHandling-A-018-C, -019-C: what nobody used is of the commitment": """
        SELECT ChargeDescription FROM charge
        WHERE CommitmentDiscountStatus = 'Unused'
            AND (ChargeCategory <> 'Usage' OR ResourceId IS DISTINCT FROM CommitmentDiscountId)""",
    "EffectiveCost-C-010-C, ListCost-C-008-C: a credit has its amount in each cost": """
        SELECT ChargeDescription FROM charge
        WHERE ChargeCategory IN ('Credit', 'Adjustment')
            AND (ListCost <> BilledCost OR ContractedCost <> BilledCost OR EffectiveCost <> BilledCost)""",
    "EffectiveCost-C-009-C, ContractedCost-C-007-C, ListCost-C-007-C: each cost is taxed": """
        WITH taxed AS (
            SELECT InvoiceId, sum(ListCost) AS list, sum(ContractedCost) AS contracted, sum(EffectiveCost) AS effective
            FROM charge WHERE ChargeCategory NOT IN ('Tax', 'Adjustment') GROUP BY InvoiceId
        )
        SELECT c.InvoiceId FROM charge AS c INNER JOIN taxed AS t ON c.InvoiceId = t.InvoiceId
        WHERE c.ChargeCategory = 'Tax' AND (
            c.ListCost <> round(t.list * 0.2, 2) OR c.ContractedCost <> round(t.contracted * 0.2, 2)
            OR c.EffectiveCost <> round(t.effective * 0.2, 2)
        )""",
    "NullHandling-A-002-M: what there is not is null": """
        SELECT ChargeDescription FROM charge WHERE list_contains([columns(* EXCLUDE (x_used_seconds))::VARCHAR], '')""",
    "PricingCategory-C-009-C: what a commitment covers is priced as that, and its purchase is not": """
        SELECT ChargeDescription FROM charge
        WHERE (PricingCategory IS NOT DISTINCT FROM 'Committed') <> (CommitmentDiscountStatus IS NOT NULL)""",
    "ResourceId-C-004-C: what is about the account is about no resource": """
        SELECT ChargeDescription FROM charge WHERE x_kind = 'account' AND ResourceId IS NOT NULL""",
    "SkuPriceDetails-C-007-M, -008-M: details are those of the price": """
        SELECT SkuPriceId FROM charge WHERE SkuPriceId IS NOT NULL
        GROUP BY SkuPriceId HAVING count(DISTINCT coalesce(SkuPriceDetails, '')) > 1""",
    "SkuPriceId-C-014-C: a price has one list price, but for what is missing to a minimum": """
        SELECT SkuPriceId FROM charge WHERE ChargeCategory = 'Usage' AND SkuPriceId NOT LIKE '%/minimum%'
        GROUP BY SkuPriceId HAVING count(DISTINCT ListUnitPrice) > 1""",
}


@pytest.fixture(scope="module")
def con(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The ledger of every kind of charge, to read."""
    with Warehouse(folder / "warehouse.duckdb").reading() as con:
        yield con


@pytest.mark.parametrize("rules", QUERIES)
def test_no_row_breaks_them(con: duckdb.DuckDBPyConnection, rules: str) -> None:
    """No row of the ledger breaks the rules."""
    assert con.execute(QUERIES[rules]).fetchall() == []


@pytest.mark.parametrize("form", ["focus-1.2", "focus-1.4"])
def test_columns_are_named_and_ordered(folder: Path, form: str) -> None:
    """FOCUS's columns come first, in Pascal case; ours after them, with x_ (ColumnHandling-A-001-M to -014-O)."""
    with (folder / f"{form}.csv").open() as file:
        names = file.readline().strip().split(",")
    ours = [name for name in names if name.startswith("x_")]
    assert names[len(names) - len(ours) :] == ours
    assert all(name[0].isupper() and name.isalnum() for name in names[: len(names) - len(ours)])
    assert all(len(name) <= 50 for name in names)
