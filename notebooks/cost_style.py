"""Amounts, tables and headings of the page on cost. Amounts of different currencies are never added."""

from collections.abc import Iterator, Mapping

import altair as alt
import charts
import page_style
import pandas as pd
from great_tables import GT

COLOURS = {
    "image": page_style.GREEN,
    "server": page_style.BLUE,
    "other servers": page_style.GREY,
    "used": page_style.GREEN,
    "unused": page_style.ORANGE,
}
CENTS = ",.2f"
HEADINGS = {
    "cost_now": "now", "by_price": "price", "by_volume": "volume", "new_cost": "new", "gone_cost": "ended",
    "by_other": "other", "value": "tenant", "name": "server", "because": "reason", "what": "reason",
    "more": "difference", "total_cost": "total", "image_billed": "billed for the image",
    "image_percent": "image, %", "list_cost": "list", "effective_cost": "cost", "saved_by_trials": "by trials",
    "saved_by_terms": "by terms", "credited": "credits", "unused_cost": "unused", "saved_percent": "saved, %",
    "use_cost": "usage", "median": "median before", "least_usual": "usual from", "most_usual": "to",
    "moved_by": "offer with the largest difference", "moved": "difference", "expected_use": "expected usage",
    "expected_else": "monthly charges", "marketplace_server_cost": "their servers",
    "other_server_cost": "other servers", "account_cost": "tax and credits", "total_billed": "billed",
    "used_percent": "used, %", "used_cost": "used", "invoice_id": "invoice", "usage": "usage",
    "purchases": "purchases", "to_pay": "total", "thing": "id", "image_cost_now": "now", "image_cost_then": "then",
}  # fmt: skip
"""The headings of tables, where they differ from the column names of the reports."""


def money(value: object, sign: str = "") -> str:
    """Format an amount with two decimals; never "-0.00"."""
    return f"{round(value, 2) + 0:{sign},.2f}"


def short(value: object, sign: str = "") -> str:
    """Format an amount for a narrow place: from 1,000 on without cents, from 1,000,000 on in millions."""
    if abs(value) < page_style.THOUSAND:
        return money(value, sign)
    return f"{value:{sign},.0f}" if abs(value) < page_style.MILLION else f"{value / page_style.MILLION:{sign},.2f} M"


def in_currency(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the rows in a currency."""
    return rows[rows.currency == currency]


def sums_text(amounts: pd.Series, currencies: pd.Series) -> str:
    """Return the sum of amounts per currency, as Markdown."""
    sums = amounts.groupby(currencies).sum()
    return " and ".join(f"**{money(value)} {currency}**" for currency, value in sums.items())


def bars(rows: pd.DataFrame, parts: Mapping[str, str], title: str, by: str = "value") -> Iterator[alt.Chart]:
    """Yield a bar chart per currency, with the bars in the order of the rows.

    ``parts`` has the columns with amounts and their labels. The amounts become floats only here, for drawing.
    """
    for currency in rows.currency.unique():
        own = in_currency(rows, currency)
        drawn = own.rename(columns=parts).melt(by, list(parts.values()), "part", "amount")
        yield charts.bars(
            drawn, by, {part: COLOURS[part] for part in parts.values()}, unit=currency,
            title=f"{title}, in {currency}", number=CENTS, order=list(dict.fromkeys(own[by])),
        )  # fmt: skip


def heading(name: str) -> str:
    """Return the heading of a column."""
    return HEADINGS.get(name, name.replace("_", " "))


def show_table(rows: pd.DataFrame, *names: str, **headings: str) -> None:
    """Show a searchable table of columns; nothing if there are no rows. ``headings`` replaces default headings."""
    texts = {name: rows[name].fillna("") for name in names if "string" in str(rows[name].dtype)}
    if len(rows):
        labels = {name: headings.get(name, heading(name)) for name in names}
        page_style.table(rows.assign(**texts)[list(names)].rename(columns=labels))


def summary(rows: pd.DataFrame, *names: str) -> GT | None:
    """Return a table to read of columns; None if there are no rows."""
    return page_style.summary(rows, {name: heading(name).capitalize() for name in names}) if len(rows) else None
