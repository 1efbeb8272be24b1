# %% [markdown]
# # Marketplace cost
#
# What Marketplace images cost and why: what changed, who pays, what is saved, what is wasted, and what is to come.

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
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import accumulate

import altair as alt
import charts
import look
import pandas as pd
from great_tables import GT
from IPython.display import HTML, Markdown
from look import Figure, many, shown

from data.read import report, warehouse_state

as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
trend = report("cost_by_month", **asked)  # first of all: it says what is wrong with what is asked
this_month = f"{pd.to_datetime(as_of, utc=True) - timedelta(microseconds=1):%Y-%m}"
month = month or this_month
first_day = pd.Timestamp(month)
month_name, before_name = f"{first_day:%B %Y}", f"{first_day - pd.DateOffset(months=1):%B}"
before = f"as many days of {before_name}" if month == this_month else before_name
of_month = asked | {"month": month}
state = warehouse_state(warehouse)
totals = report("cost_by", **of_month, top=15)
whole = totals[totals.dimension == "all"].sort_values("image_cost", ascending=False)
change = report("cost_change", **of_month)
forecast = report("cost_forecast", **asked).head(None if month == this_month else 0)
by_day = report("cost_by_day", **asked)
unusual = by_day[by_day.unusual & (by_day.day.astype(str).str[:7] == month)]
units = report("unit_cost", **of_month)
terms = report("contracts", **of_month)
wasted = report("paid_without_use", **of_month)
cost = report("marketplace_cost", **of_month)
some = len(cost) > 0

COLOURS = {"image": look.GREEN, "server": look.BLUE, "other servers": look.GREY,
           "used": look.GREEN, "unused": look.ORANGE}  # fmt: skip
CENTS = ",.2f"
HEADINGS = {  # of tables, where they say otherwise than the reports
    "cost_before": before_name, "cost_now": "now", "by_price": "price", "by_volume": "volume", "new_cost": "new",
    "gone_cost": "gone", "by_other": "other", "value": "tenant", "name": "server", "because": "why", "what": "why",
    "more": "difference", "total_cost": "together", "image_billed": "to pay for the image", "billed": "to pay",
    "image_percent": "image, %", "list_cost": "list", "effective_cost": "cost", "saved_by_trials": "by trials",
    "saved_by_terms": "by terms", "credited": "credits", "unused_cost": "unused", "saved_percent": "saved, %",
    "use_cost": "use", "median": "median before", "least_usual": "usual from", "most_usual": "to",
    "moved_by": "most different offer", "moved": "by", "expected_use": "use to come", "expected_else": "due monthly",
    "marketplace_server_cost": "their servers", "other_server_cost": "other servers", "account_cost": "tax and credits",
    "total_billed": "to pay", "used_percent": "used, %", "used_cost": "used", "invoice_id": "invoice", "usage": "use",
    "purchases": "paid once", "thing": "which", "scenario": "if it were", "image_cost_now": "now",
    "image_cost_then": "then",
}  # fmt: skip


# %%
def money(value: object, sign: str = "") -> str:
    """An amount to the cent, never minus nothing."""
    return f"{round(value, 2) + 0:{sign},.2f}"


def short(value: object, sign: str = "") -> str:
    """An amount that fits into a narrow place: without cents, or in millions, where it is large."""
    if abs(value) < look.THOUSAND:
        return money(value, sign)
    return f"{value:{sign},.0f}" if abs(value) < look.MILLION else f"{value / look.MILLION:{sign},.2f} M"


def of(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Those in this currency."""
    return rows[rows.currency == currency]


def in_currencies(amounts: pd.Series, currencies: pd.Series) -> str:
    """Sums, each in its currency."""
    sums = amounts.groupby(currencies).sum()
    return " and ".join(f"**{money(value)} {currency}**" for currency, value in sums.items())


def compared(currency: str, write: Callable[[object], str] = short) -> str:
    """How much more or less the images cost than before."""
    difference, base = (of(change, currency)[name].sum() for name in ("difference", "cost_before"))
    if not round(difference, 2):
        return f"as much as in {before}"
    part = f" ({difference / base * 100:+,.0f} %)" if base else ""
    return f"{write(abs(difference))} {'more' if difference > 0 else 'less'}{part} than in {before}"


def by_month(currency: str) -> pd.DataFrame:
    """What each part cost in each month, 0 where nothing was charged; to be drawn."""
    parts = {"image_cost": "image", "marketplace_server_cost": "server", "other_server_cost": "other servers"}
    amounts = of(trend, currency).set_index("month")[list(parts)].astype(float).rename(columns=parts)
    every = pd.date_range(trend.month.min(), trend.month.max(), freq="MS", name="month")
    return amounts.set_axis(pd.to_datetime(amounts.index)).reindex(every, fill_value=0.0)


def bars(rows: pd.DataFrame, parts: Mapping[str, str], title: str, by: str = "value") -> Iterator[alt.Chart]:
    """A chart a currency, in the order of the rows. Pixels may be floats; the sums are exact before."""
    for currency in rows.currency.unique():
        one = of(rows, currency)
        drawn = one.rename(columns=parts).melt(by, list(parts.values()), "part", "amount")
        yield charts.bars(
            drawn, by, {part: COLOURS[part] for part in parts.values()}, unit=currency,
            title=f"{title}, in {currency}", number=CENTS, order=list(dict.fromkeys(one[by])),
        )  # fmt: skip


def heading(name: str) -> str:
    """What a column is called."""
    return HEADINGS.get(name, name.replace("_", " "))


def listed(rows: pd.DataFrame, *names: str) -> None:
    """A table to search of these columns; nothing where there are no rows."""
    texts = {name: rows[name].fillna("") for name in names if "string" in str(rows[name].dtype)}
    if len(rows):
        look.table(rows.assign(**texts)[list(names)].rename(columns=heading))


def told(rows: pd.DataFrame, *names: str) -> GT | None:
    """A table to read of these columns; nothing where there are no rows."""
    return look.summary(rows, {name: heading(name).capitalize() for name in names}) if len(rows) else None


# %%
look.opening(state, as_of, month=month_name, region=region, tenant=tenant)

# %%
used_in = ", ".join(sorted({f"{one:%Y-%m}" for one in trend.month}))
no_use = f"Tenant {tenant} used no Marketplace image" if tenant else "No Marketplace image was used"
there_are = f"There are images in {', '.join(state.regions)}." if state.servers else ""
look.nothing(
    f"{no_use} {look.place_of(region)} in {month_name}.",
    (f"Servers were used in {used_in}." if used_in else there_are)
    or "Launch a server from a Marketplace image, and this page will show what it costs.",
) if not some else None


# %%
def key_figures(row: object) -> HTML:
    """What the images cost in one currency, and what becomes of it."""
    at = row.currency
    past = list(by_month(at).image[:first_day])
    ahead = list(of(forecast[forecast.day.isna()], at).head(1).itertuples())
    saved, full = of(units, at).saved.sum(), of(units, at).list_cost.sum()
    unused = of(wasted, at).cost.sum()
    if pd.notna(row.image_percent):
        both = f"{short(row.image_cost)} of {short(row.total_cost)} {at}"
        of_servers = Figure(f"{row.image_percent} %", "of what these servers cost is for images", both)
    else:
        of_servers = Figure(f"{row.servers:,}", "servers with these images", f"of {many(row.tenants, 'tenant')}")
    return look.figures(
        Figure(short(row.image_cost), f"{at} for images", compared(at), () if ahead else past),
        *(
            Figure(short(one.cost), f"{at} expected for the whole month",
                   f"{short(sum(past[-2:-1]))} in {before_name}", [*past[:-1], one.cost])
            for one in ahead
        ),
        Figure(short(row.image_billed), f"{at} to pay for images in {first_day:%B}", "upfront payments in full"),
        of_servers,
        Figure(short(abs(saved)), f"{at} {'saved against' if saved >= 0 else 'more than at'} list prices",
               f"{look.percent(abs(saved), full)} of {short(full)}"),
        Figure(short(unused), f"{at} paid for and not used", f"{look.percent(unused, row.image_cost)} of the cost"),
    )  # fmt: skip


shown(*map(key_figures, whole.itertuples())) if some else None

# %% [markdown]
# ## In short
#
# Cost is what takes effect: upfront payments are spread over their terms. To pay is what is billed now.


# %%
def use_in(row: object) -> str:
    """Who used what, what it cost, and what is dearest, in one currency."""
    dearest = of(totals[totals.dimension == "offer"], row.currency).iloc[0]
    return (
        f"{many(row.tenants, 'tenant')} used {many(of(cost, row.currency).offer_id.nunique(), 'offer')} on"
        f" {many(row.servers, 'server')} for **{money(row.image_cost)} {row.currency}**:"
        f" {compared(row.currency, money)}. The dearest is **{escape(dearest.value)}** with"
        f" {money(dearest.image_cost)} {row.currency}."
    )


ending = int(terms.state.str.startswith("ends").sum())
look.in_short(
    *map(use_in, whole.itertuples()),
    f"Unusual days: **{unusual.day.nunique():,}**, the first on {unusual.day.min():%-d %B}." if len(unusual) else "",
    f"Paid for and not used: {in_currencies(wasted.cost, wasted.currency)}." if len(wasted) else "",
    f"Contracts and yearly terms that end within 90 days: **{ending:,}**." if ending else "",
) if some else None

# %% [markdown]
# ## What changed
#
# Price: a unit of use cost more or less on average. Volume: more or less was used. Other: single payments, credits,
# corrections, minimums, and contracts that nobody used. A month that is not over is compared with as much of the one
# before.

# %%
STEPS = ["by_price", "by_volume", "new_cost", "gone_cost", "by_other"]


def waterfall(currency: str) -> alt.Chart:
    """From the month before to this one, step by step."""
    sums = of(change, currency)[["cost_before", *STEPS, "cost_now"]].sum()
    ends = list(accumulate(sums.iloc[:-1]))
    steps = pd.DataFrame({"from": [0, *ends[:-1], 0], "to": [*ends, sums.cost_now], "change": list(sums)})
    steps["what"] = ["whole", *("more" if value > 0 else "less" for value in sums[STEPS]), "whole"]
    names = [before_name[:3], *map(heading, STEPS), month_name[:3]]
    signs = ["" if what == "whole" else "+" for what in steps.what]
    steps["step"] = [f"{name} {short(one, sign)}" for name, one, sign in zip(names, sums, signs, strict=True)]
    steps = steps.astype({"from": float, "to": float, "change": float})
    steps = steps[(steps.what == "whole") | (steps.change.round(2) != 0)]
    colours = charts.coloured({"more": look.RED, "less": look.BLUE, "whole": look.GREY})
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
        .properties(width="container", height=charts.STEP, title=f"From {before_name} to {month_name}, in {currency}")
    )


shown(*map(waterfall, whole.currency))
moved = change[change.difference.round(2) != 0].head(300)
listed(moved, "offer", "cost_before", "cost_now", "difference", *STEPS, "currency")

# %% [markdown]
# ## Who and what
#
# The dearest offers, who sells them, who pays, and where. What was copied or captured from a Marketplace image is
# charged as that image.

# %%
paid = totals[totals.image_cost != 0]
shown(*bars(paid[paid.dimension == "offer"], {"image_cost": "image"}, "Image cost by offer"))

# %% tags=["half"]
shown(*bars(paid[paid.dimension == "publisher"], {"image_cost": "image"}, "By publisher"))

# %% tags=["half"]
shown(*bars(paid[paid.dimension == "tenant"], {"image_cost": "image"}, "By tenant"))


# %%
FEW = 3


def squares(currency: str) -> alt.LayerChart:
    """What the dearest offers cost in each region."""
    dearest = of(paid[paid.dimension == "offer"], currency).value.head(12)
    cells = of(cost[cost.offer.isin(dearest)], currency).groupby(["offer", "region"], as_index=False).image_cost.sum()
    cells = cells[cells.image_cost != 0].rename(columns={"image_cost": "cost"})
    number = CENTS if cells.cost.max() < look.THOUSAND else ",.0f"
    title = f"Image cost by offer and region, in {currency}"
    drawn = charts.grid(cells, "region", "offer", "cost", unit=currency, title=title, wide="container", number=number)
    return drawn.properties(usermeta=charts.WIDE) if cells.region.nunique() > FEW else drawn


several = len(set(totals[totals.dimension == "region"].value)) > 1
shown(*(squares(currency) for currency in paid.currency.unique() if several))

# %% [markdown]
# ## Image and server
#
# What the image costs, and the servers it ran on; free images are there with 0. The share is empty where image and
# server are paid in different currencies.

# %%
in_use = totals[(totals.dimension == "offer") & totals.currency.isin(whole.currency[whole.server_cost != 0])]
shown(*bars(in_use, {"image_cost": "image", "server_cost": "server"}, "Cost by offer"))
payers = pd.concat([whole.assign(value="all together"), totals[totals.dimension == "tenant"]])
listed(
    payers, "value", "servers", "image_cost", "server_cost", "total_cost", "image_billed", "image_percent", "currency"
)

# %%
dearer = report("dearer_than_server", **of_month, top=300)
if len(dearer):
    shown(Markdown("**Servers whose image costs more than the server**, the greatest difference first."))
listed(dearer, "name", "tenant", "offer", "flavor", "image_cost", "server_cost", "more", "times", "currency")

# %% [markdown]
# ## What an hour of a vCPU costs
#
# The list price beside what it comes to after trials, contracts and credits. Contracts and minimums that nobody used
# make it dearer than the list price.

# %%
PRICES = {"list_per_vcpu_hour": "list price", "cost_per_vcpu_hour": "what it came to"}
DIAMOND = "M0,-.6L.6,0L0,.6L-.6,0Z"


def prices(currency: str) -> alt.LayerChart:
    """The list price and what it came to, offer by offer."""
    ends = of(priced, currency).rename(columns=PRICES).melt("offer", list(PRICES.values()), "which", "price")
    base = alt.Chart(ends.astype({"price": float})).encode(
        x=alt.X("price:Q", title=f"{currency} per vCPU-hour", axis=alt.Axis(format=",.3~f")),
        y=alt.Y("offer:N", title=None, sort=list(dict.fromkeys(ends.offer))),
    )
    dots = base.mark_point(opacity=1, strokeWidth=2, size=160).encode(
        color=alt.Color("which:N", scale=alt.Scale(domain=list(PRICES.values()), range=[look.GREY, look.GREEN])),
        shape=alt.Shape("which:N", scale=alt.Scale(domain=list(PRICES.values()), range=["circle", DIAMOND])),
        tooltip=["offer", "which:N", alt.Tooltip("price:Q", format=",.4f", title=f"{currency} per vCPU-hour")],
    )
    lines = base.mark_line(color="#B8C1CB").encode(detail="offer:N")
    title = f"List price and cost of a vCPU-hour, in {currency}"
    return (lines + dots).properties(width="container", height=charts.STEP, title=title)


priced = units[(units.list_cost != 0) & units.cost_per_vcpu_hour.notna()].head(15)
shown(*map(prices, priced.currency.unique()))
listed(
    units[units.saved.round(2) != 0].head(500), "offer", "list_cost", "effective_cost", "saved", "saved_by_trials",
    "saved_by_terms", "credited", "unused_cost", "saved_percent", "currency",
)  # fmt: skip

# %% [markdown]
# ## Day by day
#
# What use costs a day (UTC), and what is expected: the mean of the last 28 whole days on that weekday (of all whole
# days there are, where they are fewer). Usual is what lies between the dashed lines: not further from the median of the
# 28 days before than 3 times their spread, or 5 percent; a day with a dot is not. Months, single payments, credits and
# corrections fall on single days: they are not in this chart, but in the months below.


# %%
def day_by_day(currency: str) -> pd.DataFrame:
    """What use cost, what is usual, and what is to come; to be drawn."""
    past = of(by_day, currency).tail(62).assign(what="charged", amount=lambda rows: rows.use_cost)
    later = of(forecast[forecast.day.notna() & (forecast.days_to_come > 0)], currency)
    days = pd.concat([past, later.assign(what="expected", amount=later.expected_use)])
    amounts = dict.fromkeys(("amount", "least_usual", "most_usual"), float)
    return days[["day", "what", "unusual", *amounts]].astype(amounts | {"day": str})


def use_by_day(currency: str) -> alt.LayerChart:
    """A column a day, the lines between which it is usual, and a dot where it is not."""
    drawn = day_by_day(currency)
    base = alt.Chart(drawn).encode(
        x=alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(format="%-d %b", grid=False)),
        y=alt.Y("amount:Q", title=f"{currency} a day", axis=alt.Axis(format=",.2~f")),
        tooltip=[alt.Tooltip("yearmonthdate(day):T", format="%a %-d %b %Y", title="day"), "what:N",
                 alt.Tooltip("amount:Q", format=CENTS, title=currency)],
    )  # fmt: skip
    usual = base.mark_line(color="#555", strokeDash=[3, 3], strokeWidth=1.2)
    dots = base.mark_point(color=look.RED, size=60, filled=True, opacity=1).transform_filter("datum.unusual === true")
    whats = {"charged": look.GREEN} | ({"expected": "#9FD9C6"} if "expected" in set(drawn.what) else {})
    columns = base.mark_bar().encode(color=alt.Color("what:N", scale=charts.coloured(whats)), order="what:O")
    layers = columns + usual.encode(y="least_usual:Q") + usual.encode(y="most_usual:Q") + dots
    return layers.properties(width="container", height=240, title=f"Use by day, in {currency}")


days_of_use = by_day[by_day.whole & (by_day.use_cost != 0)].currency.value_counts()
ahead = forecast[forecast.day.isna()]
shown(
    *map(use_by_day, days_of_use.index[days_of_use > 1]),
    told(
        unusual.assign(unusual_day=[f"{one:%-d\u00a0%B}" for one in unusual.day]).head(15),
        "unusual_day", "use_cost", "median", "least_usual", "most_usual", "moved_by", "moved", "currency",
    ),
    told(
        ahead.assign(forecast=[f"{one:%b\u00a0%Y}" for one in ahead.month], together=ahead.cost),
        "forecast", "so_far", "expected_use", "expected_else", "together", "days_to_come", "currency",
    ),
)  # fmt: skip


# %%
def cost_by_month(currency: str) -> alt.Chart:
    """A column a month, of images, their servers, and all other servers."""
    drawn = by_month(currency).melt(var_name="part", value_name="amount", ignore_index=False).reset_index()
    parts = {part: COLOURS[part] for part in drawn.part.unique()}
    title = f"Cost by month, in {currency}"
    return charts.months(drawn, "part", "amount", unit=currency, title=title, number=CENTS, parts=parts)


shown(*map(cost_by_month, trend.currency.unique()))
recent = trend.sort_values(["month", "currency"], ascending=[False, True])
listed(
    recent.assign(month=[f"{one:%Y-%m}" for one in recent.month], images=recent.image_cost), "month", "images",
    "marketplace_server_cost", "other_server_cost", "account_cost", "total_cost", "total_billed", "currency",
)  # fmt: skip

# %% [markdown]
# ## Contracts and yearly terms
#
# What was paid upfront, how far it was used in the month, and what ends soon. A yearly term is renewed when it ends, if
# its server is still there; a contract is not.

# %%
if len(terms):
    used, unused = (in_currencies(amounts, terms.currency) for amounts in (terms.used_cost, terms.unused_cost))
    buyers = terms.groupby(["tenant", "currency"], as_index=False)[["used_cost", "unused_cost"]].sum()
    buyers = buyers.sort_values("unused_cost", ascending=False).head(15)
    parts = {"used_cost": "used", "unused_cost": "unused"}
    shown(
        Markdown(f"Of what was paid upfront, {used} were used in the month, and {unused} were not."),
        *bars(buyers, parts, "Paid upfront, in the month", "tenant"),
    )
listed(
    terms.assign(ends=look.days(terms.ends_at), state=terms.state.str.replace("ends within", "in")),
    "offer", "tenant", "kind", "ends", "state", "currency", "servers", "upfront", "still_to_use", "used_percent",
    "used_cost", "unused_cost", "saved",
)  # fmt: skip

# %% [markdown]
# ## Paid for and not used
#
# Contracts, years and months without a running second in the month, minimums that were not reached, and images that
# cost while their server is stopped.

# %%
listed(wasted, "tenant", "offer", "cost", "billed", "currency", "kind", "server", "because")

# %% [markdown]
# ## Corrections, credits and invoices
#
# A month that is closed never changes: what turns out later is a correction in the first open month. A provisional
# invoice is of an open month; tax and rounding come when that is closed.

# %%
listed(report("adjustments", **of_month).head(500), "kind", "tenant", "billed", "currency", "offer", "what")

OWED = ["usage", "purchases", "credits", "corrections", "tax", "rounding", "to_pay"]
invoices = report("invoices", warehouse=warehouse, as_of=as_of, tenant=tenant)
final = invoices[invoices.state == "closed"]
if len(invoices):
    wrong = ", ".join(escape(one) for one in final.invoice_id[final.difference != 0])
    each = f"**not what they should be: {wrong}**" if wrong else "each is what its charges add up to, to the cent"
    shown(Markdown(f"Invoices of closed months: {len(final):,}" + (f"; {each}." if len(final) else ".")))
owed = invoices[invoices.month.astype(str).str[:7] == month]
listed(owed, "invoice_id", "tenant", "state", *(name for name in OWED if (owed[name] != 0).any()), "currency")

# %% [markdown]
# ## What cannot be attributed
#
# Use that is not metered yet or has no price is missing from all sums above. A credit for no offer is no part of any
# image's cost.

# %%
loose = report("unattributed", **of_month, top=300)
listed(loose, "problem", "thing", "tenant", "hours", "cost", "currency", "detail")

unpriced = report("unpriced_use", **asked, top=500)
if len(unpriced):
    shown(Markdown("**Use that no price was found for**, in all months."))
elif len(trend):
    shown(Markdown("Every metered hour of use has its price."))
listed(
    unpriced.assign(name=unpriced.name.fillna(unpriced.server_id), since=look.days(unpriced.started_at)),
    "name", "tenant", "flavor", "offer", "since", "server_hours", "image_hours", "because",
)  # fmt: skip

# %% [markdown]
# ## What if
#
# What the month would have cost if one offer had been free, dearer, or withdrawn when the month began; and at another
# amount for a unit, if the page is made with one. Tenants use as much as they did; what was paid upfront, credits and
# corrections stay.

# %%
supposed = report("what_if", **of_month, offer=offer, amount=amount, percent=percent).rename(columns={"because": "how"})
told(
    supposed, "offer", "scenario", "image_cost_now", "image_cost_then", "difference", "currency", "tenants",
    "servers", "how",
)  # fmt: skip

# %% [markdown]
# ## What is on sale
#
# Offers and what they cost, and how many tenants used them in the month. A withdrawn offer is listed while servers
# still run it.

# %%
offers = report("offers", **of_month, top=200)
following = offers.next_price + " from " + look.days(offers.next_price_from)
listed(
    offers.assign(
        price=offers.price.fillna("none"), since=look.days(offers.price_since), then=following.fillna(""),
        on_sale_until=look.days(offers.withdrawn_at),
    ),
    "offer", "publisher", "price", "since", *(["then"] if following.notna().any() else []), "tenants", "servers",
    "on_sale_until",
)  # fmt: skip

# %% [markdown]
# ## Every line of the month
#
# One line a tenant, offer, region and currency; at most 500, the dearest first.

# %%
listed(
    cost.head(500), "tenant", "offer", "region", "servers", "image_hours", "image_cost", "image_billed", "server_cost",
    "total_cost", "currency",
)  # fmt: skip
