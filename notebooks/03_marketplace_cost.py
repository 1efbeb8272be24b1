# %% [markdown]
# # Marketplace cost
#
# What Marketplace images cost, the image and the server apart: by offer, by publisher, by tenant, and month by month.

# %% tags=["parameters"]
warehouse = "../var/warehouse.duckdb"
as_of = None
month = None
region = None
tenant = None

# %%
from datetime import UTC, datetime, timedelta
from html import escape

import altair as alt
import pandas as pd
from great_tables import GT, loc, style
from IPython.display import Markdown, display
from itables import init_notebook_mode, show

from data.read import report, warehouse_state

PARTS = {"image": "#009E73", "server": "#0072B2", "other servers": "#bbbbbb"}
MONEY = ["image_cost", "server_cost", "total_cost"]
init_notebook_mode(all_interactive=False, connected=False)
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
state = warehouse_state(warehouse)
trend = report("cost_by_month", **asked)
until = pd.to_datetime(as_of, utc=True)
month = month or f"{until - timedelta(microseconds=1):%Y-%m}"
cost = report("marketplace_cost", **asked, month=month)
month_name = f"{pd.Timestamp(month):%B %Y}"
offers = report("offers", **asked, month=month, top=200)
some = len(cost) > 0


def table(frame: pd.DataFrame) -> None:
    """A table to search, sort and page through."""
    show(frame, showIndex=False, maxBytes=0)


def days(moments: pd.Series) -> pd.Series:
    """Moments as dates; empty where there is none."""
    return moments.dt.strftime("%Y-%m-%d").fillna("")


def summed(by: str) -> pd.DataFrame:
    """The month's cost by one column and currency, exact, the dearest first."""
    return cost.groupby([by, "currency"], as_index=False)[MONEY].sum().sort_values("total_cost", ascending=False)


def parts(rows: pd.DataFrame, by: str, title: str) -> None:
    """What the image and the server cost, a chart a currency. Pixels may be floats; the sums are exact before."""
    for currency in sorted(set(rows.currency)):
        top = rows[rows.currency == currency].head(15)
        top = top.assign(image=top.image_cost.astype(float), server=top.server_cost.astype(float))
        display(
            alt.Chart(top[[by, "image", "server"]])
            .transform_fold(["image", "server"], as_=["part", "amount"])
            .mark_bar()
            .encode(
                x=alt.X("amount:Q", title=currency, axis=alt.Axis(format=",.2~f")),
                y=alt.Y(f"{by}:N", title=None, sort=list(top[by])),
                color=alt.Color("part:N", scale=alt.Scale(domain=list(PARTS)[:2], range=list(PARTS.values())[:2])),
                tooltip=[by, "part:N", alt.Tooltip("amount:Q", format=",.2f", title=currency)],
            )
            .properties(width="container", height=alt.Step(26), title=f"{title}, in {currency}")
        )


def priced(rows: pd.DataFrame, **labels: str) -> GT:
    """A table of costs, to the cent, with the sum of each currency below."""
    sums = cost.groupby("currency", as_index=False)[MONEY].sum()
    sums[next(iter(labels))] = "Sum of all"
    whole = pd.concat([rows[[*labels, "currency", *MONEY]], sums], ignore_index=True)
    return (
        GT(whole)
        .cols_label(**labels, currency="Currency", image_cost="Image", server_cost="Server", total_cost="Together")
        .fmt_number(MONEY, decimals=2)
        .cols_align("right", MONEY)
        .sub_missing(missing_text="")
        .tab_style(style.text(weight="bold"), loc.body(rows=list(range(len(rows), len(whole)))))
    )


# %%
place = f"in region **{escape(region)}**" if region else "in **all regions**"
whose = f" of tenant **{escape(tenant)}**" if tenant else ""
recorded = f"{state.last_action:%Y-%m-%d %H:%M} UTC" if state.last_action else "nothing yet"
months = ", ".join(sorted({f"{one:%Y-%m}" for one in trend.month}))
nowhere = place if region else "in any region"
if months:
    elsewhere = f"Servers were used in {months}."
elif state.servers:
    elsewhere = f"There are images in {', '.join(map(escape, state.regions))}."
else:
    elsewhere = "Launch a server from a Marketplace image, and this page will show what it costs."
Markdown(
    f"Cost{whose} {place} in **{escape(month_name)}**, counted until **{until:%Y-%m-%d %H:%M} UTC**."
    f" Last recorded action: {recorded}."
    + ("" if some else f"\n\n**No Marketplace image was used{whose} {nowhere} in {escape(month_name)}.** {elsewhere}")
)

# %%
figures = {}
for row in summed("currency").itertuples():
    figures[f"{row.currency} for images"] = f"{row.image_cost:,.2f}"
    if row.server_cost:
        figures[f"{row.currency} for the servers they ran on"] = f"{row.server_cost:,.2f}"
figures |= {
    "tenants": f"{cost.tenant.nunique():,}",
    "offers used": f"{cost.offer_id.nunique():,}",
    "hours of paid images": f"{cost.image_hours[cost.image_cost > 0].sum():,.1f}",
    "hours of free images": f"{cost.image_hours[cost.image_cost == 0].sum():,.1f}",
}
GT(pd.DataFrame(figures.items(), columns=["figure", "value"]), id="figures") if some else None

# %%
before = trend[trend.month == (pd.Timestamp(month) - pd.DateOffset(months=1)).date()]
spent = [f"{row.image_cost:,.2f} {row.currency}" for row in before.itertuples()]
(
    Markdown(
        (f"In the whole month before, Marketplace images cost **{' and '.join(spent)}**. " if spent else "")
        + "Only running servers are charged, by the hour and its parts. Amounts are computed exactly and shown rounded"
        " to the cent, so that rounded amounts may differ from their rounded sum by a cent."
    )
    if some
    else None
)

# %% [markdown]
# ## By offer
#
# What the image costs, and the servers it ran on. Free images are there with 0. What was copied or captured from a
# Marketplace image is charged as that image.

# %%
by_offer = (
    cost.groupby(["offer", "publisher", "currency"], as_index=False)
    .agg({"tenant": "nunique", "image_hours": "sum"} | dict.fromkeys(MONEY, "sum"))
    .sort_values(["total_cost", "offer"], ascending=[False, True])
)
by_offer["price"] = ["free" if row.image_hours and not row.image_cost else "" for row in by_offer.itertuples()]
parts(by_offer, "offer", f"Cost by offer, {month_name}")

# %%
(
    priced(
        by_offer.head(50),
        offer="Offer",
        publisher="Publisher",
        tenant="Tenants",
        image_hours="Image hours",
        price="",
    )
    .fmt_integer("tenant")
    .fmt_number("image_hours", decimals=1)
    .cols_align("right", ["tenant", "image_hours"])
    if some
    else None
)

# %% [markdown]
# ## By publisher
#
# What the images of each publisher brought in, and the servers that ran because of them.

# %%
priced(summed("publisher").head(50), publisher="Publisher") if some else None

# %% [markdown]
# ## By tenant
#
# Who pays. Servers that run no Marketplace image are not counted here.

# %%
parts(summed("tenant"), "tenant", f"Cost by tenant, {month_name}")

# %%
priced(summed("tenant").head(50), tenant="Tenant") if some else None

# %% [markdown]
# ## Month by month
#
# Calendar months in UTC. The last month is not over yet, unless the page was made for its end.

# %%
amounts = trend.assign(
    **{
        "image": trend.image_cost.astype(float),
        "server": trend.marketplace_server_cost.astype(float),
        "other servers": trend.other_server_cost.astype(float),
        "in month": [f"{one:%b %Y}" for one in trend.month],
    }
)
for currency in sorted(set(trend.currency)):
    rows = amounts.loc[amounts.currency == currency, ["in month", *PARTS]].tail(36)
    display(
        alt.Chart(rows)
        .transform_fold(list(PARTS), as_=["part", "amount"])
        .mark_bar()
        .encode(
            x=alt.X(
                "in month:O", title=None, sort=list(rows["in month"]), axis=alt.Axis(labelOverlap=True, labelAngle=0)
            ),
            y=alt.Y("amount:Q", title=currency, axis=alt.Axis(format=",.2~f")),
            color=alt.Color("part:N", scale=alt.Scale(domain=list(PARTS), range=list(PARTS.values()))),
            tooltip=["in month", "part:N", alt.Tooltip("amount:Q", format=",.2f", title=currency)],
        )
        .properties(width="container", height=220, title=f"Cost by month, in {currency}")
    )

# %%
(
    GT(trend.sort_values(["month", "currency"], ascending=False).assign(month=trend.month.astype(str).str[:7]).head(24))
    .cols_label(
        month="Month",
        currency="Currency",
        image_cost="Marketplace images",
        marketplace_server_cost="Their servers",
        other_server_cost="Other servers",
        total_cost="Together",
    )
    .fmt_number(list(trend.columns[2:]), decimals=2)
    .cols_align("right", list(trend.columns[2:]))
    .cols_align("left", "month")
    if len(trend)
    else None
)

# %% [markdown]
# ## What is on sale
#
# Offers and their prices for an hour of use, and how many tenants used them in the month. A withdrawn offer is
# listed while servers still run it.


# %%
def price(amount: object, currency: str) -> str:
    """A price with its currency, or that there is none."""
    return f"{amount:,.4f} {currency}" if pd.notna(amount) else "none"


if len(offers):
    table(
        pd.DataFrame(
            {
                "offer": offers.offer,
                "publisher": offers.publisher,
                "region": offers.region,
                "model": offers.pricing_model,
                "price an hour": [price(*row) for row in zip(offers.hourly_price, offers.currency, strict=True)],
                "since": days(offers.price_since),
                "then": [
                    f"{price(row.next_price, row.currency)} from {row.next_price_from:%Y-%m-%d}"
                    if pd.notna(row.next_price)
                    else ""
                    for row in offers.itertuples()
                ],
                "tenants": offers.tenants,
                "servers": offers.servers,
                "on sale until": days(offers.withdrawn_at),
            }
        )
    )

# %% [markdown]
# ## Use that no price was found for
#
# It is missing from all sums above.

# %%
unpriced = report("unpriced_use", **asked, top=500)
if len(unpriced):
    table(
        pd.DataFrame(
            {
                "server": unpriced.name.fillna(unpriced.server_id),
                "tenant": unpriced.tenant.fillna("unknown"),
                "flavor": unpriced.flavor,
                "offer": unpriced.offer.fillna(""),
                "since": days(unpriced.started_at),
                "server hours": unpriced.server_hours.astype(float).round(2),
                "image hours": unpriced.image_hours.astype(float).round(2),
                "why": unpriced.because,
            }
        )
    )
elif len(trend):
    display(Markdown("There is none: every hour of use has its price."))

# %% [markdown]
# ## Every line of the month
#
# One line a tenant, offer, region and currency; at most 500, the dearest first.

# %%
lines = cost.head(500)
if some:
    table(
        pd.DataFrame(
            {
                "tenant": lines.tenant,
                "offer": lines.offer,
                "publisher": lines.publisher,
                "region": lines.region,
                "servers": lines.servers,
                "image hours": lines.image_hours.astype(float).round(2),
                "image cost": lines.image_cost.astype(float).round(2),
                "server cost": lines.server_cost.astype(float).round(2),
                "together": lines.total_cost.astype(float).round(2),
                "currency": lines.currency,
            }
        )
    )
