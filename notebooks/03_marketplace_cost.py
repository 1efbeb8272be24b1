# %% [markdown]
# # Marketplace cost
#
# The cost of Marketplace images: changes, payers, savings, unused payments, and a forecast.

# %% tags=["parameters"]
warehouse = "../var/warehouse.duckdb"
as_of = None
month = None
region = None
tenant = None
offer = None
amount = None
percent = None

# %%
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape

import cost_charts as charts
import page_style
import pandas as pd
from cost_style import bars, in_currency, money, short, show_table, summary, sums_text
from IPython.display import HTML, Markdown
from page_style import (
    Figure,
    count_of,
    figures,
    percent_text,
    show_all,
    summary_list,
)  # fmt: skip

from data.read import report, warehouse_state

as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
selection = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
trend = report("cost_by_month", **selection)  # first: it reports wrong parameters
this_month = f"{pd.to_datetime(as_of, utc=True) - timedelta(microseconds=1):%Y-%m}"
month = month or this_month
first_day = pd.Timestamp(month)
month_name, before_name = f"{first_day:%B %Y}", f"{first_day - pd.DateOffset(months=1):%B}"
before = f"the same part of {before_name}" if month == this_month else before_name
of_month = selection | {"month": month}
state = warehouse_state(warehouse)
totals = report("cost_by", **of_month, top=15)
whole = totals[totals.dimension == "all"].sort_values("image_cost", ascending=False)
change = report("cost_change", **of_month)
forecast = report("cost_forecast", **selection).head(None if month == this_month else 0)
by_day = report("cost_by_day", **selection)
unusual = by_day[by_day.unusual & (by_day.day.astype(str).str[:7] == month)]
units = report("unit_cost", **of_month)
terms = report("contracts", **of_month)
wasted = report("paid_without_use", **of_month)
cost = report("marketplace_cost", **of_month)
some = len(cost) > 0


# %%
def compared(currency: str, text: Callable[[object], str] = short) -> str:
    """Return how much more or less the images cost than before, as text."""
    difference, base = (in_currency(change, currency)[name].sum() for name in ("difference", "cost_before"))
    if not round(difference, 2):
        return f"as much as in {before}"
    part = f" ({difference / base * 100:+,.0f} %)" if base else ""
    return f"{text(abs(difference))} {'more' if difference > 0 else 'less'}{part} than in {before}"


# %%
page_style.page_header(state, as_of, month=month_name, region=region, tenant=tenant)

# %%
used_in = ", ".join(sorted({f"{date:%Y-%m}" for date in trend.month}))
no_use = f"Tenant {tenant} used no Marketplace image" if tenant else "No Marketplace image was used"
there_are = f"There are images in {', '.join(state.regions)}." if state.servers else ""
page_style.empty_page(
    f"{no_use} {page_style.in_region(region)} in {month_name}.",
    (f"Servers were used in {used_in}." if used_in else there_are)
    or "Launch a server from a Marketplace image, and this page will show its cost.",
) if not some else None


# %%
def key_figures(row: object) -> HTML:
    """Return the key figures of one currency, from a row of the report ``cost_by``."""
    at = row.currency
    past = list(charts.by_month(trend, at).image[:first_day])
    ahead = list(in_currency(forecast[forecast.day.isna()], at).head(1).itertuples())
    saved, full = in_currency(units, at).saved.sum(), in_currency(units, at).list_cost.sum()
    unused = in_currency(wasted, at).cost.sum()
    if pd.notna(row.image_percent):
        both = f"{short(row.image_cost)} of {short(row.total_cost)} {at}"
        of_servers = Figure(f"{row.image_percent} %", "of the cost of these servers is for images", both)
    else:
        of_servers = Figure(f"{row.servers:,}", "servers with these images", f"of {count_of(row.tenants, 'tenant')}")
    return figures(
        Figure(short(row.image_cost), f"{at} for images", compared(at), () if ahead else past),
        *(
            Figure(short(expected.cost), f"{at} expected for the whole month",
                   f"{short(sum(past[-2:-1]))} in {before_name}", [*past[:-1], expected.cost])
            for expected in ahead
        ),
        Figure(short(row.image_billed), f"{at} billed for images in {first_day:%B}", "upfront payments in full"),
        of_servers,
        Figure(short(abs(saved)), f"{at} {'saved against' if saved >= 0 else 'more than at'} list prices",
               f"{percent_text(abs(saved), full)} of {short(full)}"),
        Figure(short(unused), f"{at} paid but unused", f"{percent_text(unused, row.image_cost)} of the cost"),
    )  # fmt: skip


show_all(*map(key_figures, whole.itertuples())) if some else None

# %% [markdown]
# ## Summary
#
# Cost is the effective cost: upfront payments are spread over their terms. Billed amounts contain them in full.


# %%
def use_in(row: object) -> str:
    """Return a sentence on the use of one currency: tenants, offers, servers, cost, and the most expensive offer."""
    top = in_currency(totals[totals.dimension == "offer"], row.currency).iloc[0]
    offers = in_currency(cost, row.currency).offer_id.nunique()
    return (
        f"{count_of(row.tenants, 'tenant')} used {count_of(offers, 'offer')} on"
        f" {count_of(row.servers, 'server')} for **{money(row.image_cost)} {row.currency}**:"
        f" {compared(row.currency, money)}. The most expensive is **{escape(top.value)}** with"
        f" {money(top.image_cost)} {row.currency}."
    )


ending = int(terms.state.str.startswith("ends").sum())
summary_list(
    *map(use_in, whole.itertuples()),
    f"Unusual days: **{unusual.day.nunique():,}**, the first on {unusual.day.min():%-d %B}." if len(unusual) else "",
    f"Paid but unused: {sums_text(wasted.cost, wasted.currency)}." if len(wasted) else "",
    f"Contracts and yearly terms that end within 90 days: **{ending:,}**." if ending else "",
) if some else None

# %% [markdown]
# ## What changed
#
# Price: the average price of a unit changed. Volume: the usage changed. Other: one-time payments, credits, corrections,
# minimums, and unused contracts. A month that is not over is compared with the same part of the month before.

# %%
show_all(*(charts.waterfall(change, currency, first_day) for currency in whole.currency))
moved = change[change.difference.round(2) != 0].head(300)
show_table(moved, "offer", "cost_before", "cost_now", "difference", *charts.STEPS, "currency", cost_before=before_name)

# %% [markdown]
# ## Cost by offer, publisher, tenant and region
#
# The most expensive come first. Copies and captures of a Marketplace image are charged like that image.

# %%
paid = totals[totals.image_cost != 0]
show_all(*bars(paid[paid.dimension == "offer"], {"image_cost": "image"}, "Image cost by offer"))

# %% tags=["half"]
show_all(*bars(paid[paid.dimension == "publisher"], {"image_cost": "image"}, "By publisher"))

# %% tags=["half"]
show_all(*bars(paid[paid.dimension == "tenant"], {"image_cost": "image"}, "By tenant"))


# %%
several = len(set(totals[totals.dimension == "region"].value)) > 1
show_all(*(charts.offers_by_region(paid, cost, currency) for currency in paid.currency.unique() if several))

# %% [markdown]
# ## Image and server
#
# The cost of the images and of the servers that ran them. Free images have a cost of 0. The percentage is empty if
# image and server have different currencies.

# %%
in_use = totals[(totals.dimension == "offer") & totals.currency.isin(whole.currency[whole.server_cost != 0])]
show_all(*bars(in_use, {"image_cost": "image", "server_cost": "server"}, "Cost by offer"))
payers = pd.concat([whole.assign(value="total"), totals[totals.dimension == "tenant"]])
show_table(
    payers, "value", "servers", "image_cost", "server_cost", "total_cost", "image_billed", "image_percent", "currency"
)

# %%
costlier = report("dearer_than_server", **of_month, top=300)
if len(costlier):
    show_all(Markdown("**Servers whose image costs more than the server**, the greatest difference first."))
show_table(costlier, "name", "tenant", "offer", "flavor", "image_cost", "server_cost", "more", "times", "currency")

# %% [markdown]
# ## Cost of a vCPU-hour
#
# The list price, and the effective price after trials, contracts and credits. Unused contracts and minimums can make
# the effective price higher than the list price.

# %%
priced = units[(units.list_cost != 0) & units.cost_per_vcpu_hour.notna()].head(15)
show_all(*(charts.prices(priced, currency) for currency in priced.currency.unique()))
show_table(
    units[units.saved.round(2) != 0].head(500), "offer", "list_cost", "effective_cost", "saved", "saved_by_trials",
    "saved_by_terms", "credited", "unused_cost", "saved_percent", "currency",
)  # fmt: skip

# %% [markdown]
# ## Cost by day and month
#
# The first chart shows the cost of usage per day (UTC). The expected cost of a day is the mean of the same weekday in
# the last 28 complete days, or in all complete days if there are fewer. The dashed lines are the usual range: the
# median of the 28 days before, plus or minus 3 times their spread, or 5 percent if that is more. Days outside have a
# dot. Monthly charges, one-time payments, credits and corrections belong to single days; only the chart by month
# contains them.

# %%
days_of_use = by_day[by_day.whole & (by_day.use_cost != 0)].currency.value_counts()
ahead = forecast[forecast.day.isna()]
show_all(
    *(charts.usage_by_day(by_day, forecast, currency) for currency in days_of_use.index[days_of_use > 1]),
    summary(
        unusual.assign(unusual_day=[f"{date:%-d\u00a0%B}" for date in unusual.day]).head(15),
        "unusual_day", "use_cost", "median", "least_usual", "most_usual", "moved_by", "moved", "currency",
    ),
    summary(
        ahead.assign(forecast=[f"{date:%b\u00a0%Y}" for date in ahead.month], together=ahead.cost),
        "forecast", "so_far", "expected_use", "expected_else", "together", "days_to_come", "currency",
    ),
)  # fmt: skip

# %%
show_all(*(charts.cost_by_month(trend, currency) for currency in trend.currency.unique()))
recent = trend.sort_values(["month", "currency"], ascending=[False, True])
show_table(
    recent.assign(month=[f"{date:%Y-%m}" for date in recent.month], images=recent.image_cost), "month", "images",
    "marketplace_server_cost", "other_server_cost", "account_cost", "total_cost", "total_billed", "currency",
)  # fmt: skip

# %% [markdown]
# ## Contracts and yearly terms
#
# Upfront payments, how much of them was used in the month, and terms that end soon. A yearly term is renewed when it
# ends, if its server still exists. A contract is not renewed.

# %%
if len(terms):
    used, unused = (sums_text(amounts, terms.currency) for amounts in (terms.used_cost, terms.unused_cost))
    buyers = terms.groupby(["tenant", "currency"], as_index=False)[["used_cost", "unused_cost"]].sum()
    buyers = buyers.sort_values("unused_cost", ascending=False).head(15)
    parts = {"used_cost": "used", "unused_cost": "unused"}
    show_all(
        Markdown(f"Of the upfront payments, {used} were used in the month, and {unused} were unused."),
        *bars(buyers, parts, "Use of upfront payments in the month", "tenant"),
    )
show_table(
    terms.assign(ends=page_style.dates(terms.ends_at), state=terms.state.str.replace("ends within", "in")),
    "offer", "tenant", "kind", "ends", "state", "currency", "servers", "upfront", "still_to_use", "used_percent",
    "used_cost", "unused_cost", "saved",
)  # fmt: skip

# %% [markdown]
# ## Paid but unused
#
# Contracts, yearly terms and monthly prices without any usage in the month, minimums that were not reached, and images
# that are charged while their server is stopped.

# %%
show_table(wasted, "tenant", "offer", "cost", "billed", "currency", "kind", "server", "because")

# %% [markdown]
# ## Corrections, credits and invoices
#
# A closed month never changes. Later changes of its cost are corrections in the first open month. The invoice of an
# open month is provisional; tax and rounding are added when the month is closed.

# %%
show_table(report("adjustments", **of_month).head(500), "kind", "tenant", "billed", "currency", "offer", "what")

OWED = ["usage", "purchases", "credits", "corrections", "tax", "rounding", "to_pay"]
invoices = report("invoices", warehouse=warehouse, as_of=as_of, tenant=tenant)
final = invoices[invoices.state == "closed"]
if len(invoices):
    wrong = ", ".join(escape(invoice_id) for invoice_id in final.invoice_id[final.difference != 0])
    each = f"**differ from their charges: {wrong}**" if wrong else "each equals the sum of its charges"
    show_all(Markdown(f"Invoices of closed months: {len(final):,}" + (f"; {each}." if len(final) else ".")))
owed = invoices[invoices.month.astype(str).str[:7] == month]
show_table(owed, "invoice_id", "tenant", "state", *(name for name in OWED if (owed[name] != 0).any()), "currency")

# %% [markdown]
# ## Not attributed
#
# Usage that is not metered yet, or has no price, is missing from all sums above. A credit without an offer is not part
# of the cost of any image.

# %%
loose = report("unattributed", **of_month, top=300)
show_table(loose, "problem", "thing", "tenant", "hours", "cost", "currency", "detail")

unpriced = report("unpriced_use", **selection, top=500)
if len(unpriced):
    show_all(Markdown("**Usage without a price**, in all months."))
elif len(trend):
    show_all(Markdown("All metered usage has a price."))
show_table(
    unpriced.assign(name=unpriced.name.fillna(unpriced.server_id), since=page_style.dates(unpriced.started_at)),
    "name", "tenant", "flavor", "offer", "since", "server_hours", "image_hours", "because",
)  # fmt: skip

# %% [markdown]
# ## What if
#
# The cost of the month if one offer had been free, more expensive, or withdrawn at the beginning of the month; and with
# another price per unit, if the page is published with `amount`. Usage, upfront payments, credits and corrections stay
# the same.

# %%
what_if = report("what_if", **of_month, offer=offer, amount=amount, percent=percent).rename(columns={"because": "how"})
summary(
    what_if, "offer", "scenario", "image_cost_now", "image_cost_then", "difference", "currency", "tenants",
    "servers", "how",
)  # fmt: skip

# %% [markdown]
# ## Offers
#
# Offers with their prices, and the tenants and servers that used them in the month. A withdrawn offer is listed as long
# as servers run its image.

# %%
offers = report("offers", **of_month, top=200)
following = offers.next_price + " from " + page_style.dates(offers.next_price_from)
show_table(
    offers.assign(
        price=offers.price.fillna("none"), since=page_style.dates(offers.price_since), then=following.fillna(""),
        on_sale_until=page_style.dates(offers.withdrawn_at),
    ),
    "offer", "publisher", "price", "since", *(["then"] if following.notna().any() else []), "tenants", "servers",
    "on_sale_until",
)  # fmt: skip

# %% [markdown]
# ## All costs of the month
#
# One row per tenant, offer, region and currency. The most expensive come first, at most 500.

# %%
show_table(
    cost.head(500), "tenant", "offer", "region", "servers", "image_hours", "image_cost", "image_billed", "server_cost",
    "total_cost", "currency",
)  # fmt: skip
