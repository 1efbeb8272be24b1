"""Charts of the page on cost. They take rows of reports and do not query the warehouse."""

from itertools import accumulate

import altair as alt
import charts
import page_style
import pandas as pd
from cost_style import CENTS, COLOURS, heading, in_currency, short

STEPS = ["by_price", "by_volume", "new_cost", "gone_cost", "by_other"]
"""The columns of ``cost_change`` that add up to the difference."""

PRICES = {"list_per_vcpu_hour": "list price", "cost_per_vcpu_hour": "effective price"}
DIAMOND = "M0,-.6L.6,0L0,.6L-.6,0Z"
FEW = 3


def by_month(trend: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the cost of each part per month; 0 in months without charges. From the report ``cost_by_month``."""
    parts = {"image_cost": "image", "marketplace_server_cost": "server", "other_server_cost": "other servers"}
    amounts = in_currency(trend, currency).set_index("month")[list(parts)].astype(float).rename(columns=parts)
    every = pd.date_range(trend.month.min(), trend.month.max(), freq="MS", name="month")
    return amounts.set_axis(pd.to_datetime(amounts.index)).reindex(every, fill_value=0.0)


def cost_by_month(trend: pd.DataFrame, currency: str) -> alt.Chart:
    """Draw the cost per month: images, their servers, and all other servers."""
    drawn = by_month(trend, currency).melt(var_name="part", value_name="amount", ignore_index=False).reset_index()
    parts = {part: COLOURS[part] for part in drawn.part.unique()}
    title = f"Cost by month, in {currency}"
    return charts.months(drawn, "part", "amount", unit=currency, title=title, number=CENTS, parts=parts)


def waterfall(change: pd.DataFrame, currency: str, first_day: pd.Timestamp) -> alt.Chart:
    """Draw the steps from the cost of the month before to that of the month, from the report ``cost_change``."""
    before = first_day - pd.DateOffset(months=1)
    sums = in_currency(change, currency)[["cost_before", *STEPS, "cost_now"]].sum()
    ends = list(accumulate(sums.iloc[:-1]))
    steps = pd.DataFrame({"from": [0, *ends[:-1], 0], "to": [*ends, sums.cost_now], "change": list(sums)})
    steps["what"] = ["whole", *("more" if value > 0 else "less" for value in sums[STEPS]), "whole"]
    names = [f"{before:%b}", *map(heading, STEPS), f"{first_day:%b}"]
    signs = ["" if what == "whole" else "+" for what in steps.what]
    steps["step"] = [f"{name} {short(amount, sign)}" for name, amount, sign in zip(names, sums, signs, strict=True)]
    steps = steps.astype({"from": float, "to": float, "change": float})
    steps = steps[(steps.what == "whole") | (steps.change.round(2) != 0)]
    colours = charts.colour_scale({"more": page_style.RED, "less": page_style.BLUE, "whole": page_style.GREY})
    return (
        alt.Chart(steps)
        .mark_bar()
        .encode(
            x=alt.X("from:Q", title=currency, axis=alt.Axis(format=",.2~f")),
            x2="to:Q",
            y=alt.Y("step:N", sort=list(steps.step), title=None),
            color=alt.Color("what:N", scale=colours, legend=None),
            tooltip=["step", alt.Tooltip("change:Q", format=CENTS, title=currency)],
        )
        .properties(
            width="container", height=charts.STEP, title=f"From {before:%B} to {first_day:%B %Y}, in {currency}"
        )
    )


def offers_by_region(paid: pd.DataFrame, cost: pd.DataFrame, currency: str) -> alt.LayerChart:
    """Draw the image cost of the most expensive offers by region, from ``cost_by`` and ``marketplace_cost``."""
    top = in_currency(paid[paid.dimension == "offer"], currency).value.head(12)
    cells = in_currency(cost[cost.offer.isin(top)], currency)
    cells = cells.groupby(["offer", "region"], as_index=False).image_cost.sum()
    cells = cells[cells.image_cost != 0].rename(columns={"image_cost": "cost"})
    number = CENTS if cells.cost.max() < page_style.THOUSAND else ",.0f"
    title = f"Image cost by offer and region, in {currency}"
    drawn = charts.grid(cells, "region", "offer", "cost", unit=currency, title=title, wide="container", number=number)
    return drawn.properties(usermeta=charts.WIDE) if cells.region.nunique() > FEW else drawn


def prices(priced: pd.DataFrame, currency: str) -> alt.LayerChart:
    """Draw the list price and the effective price of a vCPU-hour per offer, from the report ``unit_cost``."""
    ends = in_currency(priced, currency).rename(columns=PRICES).melt("offer", list(PRICES.values()), "which", "price")
    base = alt.Chart(ends.astype({"price": float})).encode(
        x=alt.X("price:Q", title=f"{currency} per vCPU-hour", axis=alt.Axis(format=",.3~f")),
        y=alt.Y("offer:N", title=None, sort=list(dict.fromkeys(ends.offer))),
    )
    names = list(PRICES.values())
    dots = base.mark_point(opacity=1, strokeWidth=2, size=160).encode(
        color=alt.Color("which:N", scale=alt.Scale(domain=names, range=[page_style.GREY, page_style.GREEN])),
        shape=alt.Shape("which:N", scale=alt.Scale(domain=names, range=["circle", DIAMOND])),
        tooltip=["offer", "which:N", alt.Tooltip("price:Q", format=",.4f", title=f"{currency} per vCPU-hour")],
    )
    lines = base.mark_line(color="#B8C1CB").encode(detail="offer:N")
    title = f"List price and effective price of a vCPU-hour, in {currency}"
    return (lines + dots).properties(width="container", height=charts.STEP, title=title)


def _day_by_day(by_day: pd.DataFrame, forecast: pd.DataFrame, currency: str) -> pd.DataFrame:
    past = in_currency(by_day, currency).tail(62).assign(what="charged", amount=lambda rows: rows.use_cost)
    later = in_currency(forecast[forecast.day.notna() & (forecast.days_to_come > 0)], currency)
    days = pd.concat([past, later.assign(what="expected", amount=later.expected_use)])
    amounts = dict.fromkeys(("amount", "least_usual", "most_usual"), float)
    return days[["day", "what", "unusual", *amounts]].astype(amounts | {"day": str})


def usage_by_day(by_day: pd.DataFrame, forecast: pd.DataFrame, currency: str) -> alt.LayerChart:
    """Draw the cost of usage per day with the usual range, a dot on unusual days, and the forecast.

    From the reports ``cost_by_day`` and ``cost_forecast``.
    """
    drawn = _day_by_day(by_day, forecast, currency)
    base = alt.Chart(drawn).encode(
        x=alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(format="%-d %b", grid=False)),
        y=alt.Y("amount:Q", title=f"{currency} per day", axis=alt.Axis(format=",.2~f")),
        tooltip=[alt.Tooltip("yearmonthdate(day):T", format="%a %-d %b %Y", title="day"), "what:N",
                 alt.Tooltip("amount:Q", format=CENTS, title=currency)],
    )  # fmt: skip
    usual = base.mark_line(color="#555", strokeDash=[3, 3], strokeWidth=1.2)
    dots = base.mark_point(color=page_style.RED, size=60, filled=True, opacity=1)
    dots = dots.transform_filter("datum.unusual === true")
    colours = {"charged": page_style.GREEN} | ({"expected": "#9FD9C6"} if "expected" in set(drawn.what) else {})
    columns = base.mark_bar().encode(color=alt.Color("what:N", scale=charts.colour_scale(colours)), order="what:O")
    layers = columns + usual.encode(y="least_usual:Q") + usual.encode(y="most_usual:Q") + dots
    return layers.properties(width="container", height=240, title=f"Cost of usage by day, in {currency}")
