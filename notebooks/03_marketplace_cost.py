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
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import accumulate

import altair as alt
import pandas as pd
from great_tables import GT
from IPython.display import Markdown, display
from itables import JavascriptFunction, init_notebook_mode, show

from data.read import report, warehouse_state

PARTS = {"image": "#009E73", "server": "#0072B2", "other servers": "#bbbbbb"}
COLOURS = PARTS | {"used": "#009E73", "unused": "#E69F00", "charged": "#009E73", "expected": "#9fd9c6",
                   "more": "#D55E00", "less": "#0072B2", "whole": "#8a8a8a"}  # fmt: skip
THOUSAND, MILLION = 1_000, 1_000_000
TWO_DECIMALS = (
    "function (data, type) { return type === 'display' && data !== null && data !== ''"
    " ? Number(data).toLocaleString('en', {minimumFractionDigits: 2, maximumFractionDigits: 2}) : data; }"
)
init_notebook_mode(all_interactive=False, connected=False)
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
until = pd.to_datetime(as_of, utc=True)
this_month = f"{until - timedelta(microseconds=1):%Y-%m}"
month = month or this_month
month_name = f"{pd.Timestamp(month):%B %Y}"
before_name = f"{pd.Timestamp(month) - pd.DateOffset(months=1):%B}"
than_before = f"than in as many days of {before_name}" if month == this_month else f"than in {before_name}"
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
of_month = asked | {"month": month}
state = warehouse_state(warehouse)
trend = report("cost_by_month", **asked)
totals = report("cost_by", **of_month, top=15)
whole = totals[totals.dimension == "all"].sort_values("image_cost", ascending=False)
change = report("cost_change", **of_month)
forecast = report("cost_forecast", **asked) if month == this_month else report("cost_forecast", **asked).head(0)
by_day = report("cost_by_day", **asked)
unusual = by_day[by_day.unusual & (by_day.day.astype(str).str[:7] == month)]
terms = report("contracts", **of_month)
wasted = report("paid_without_use", **of_month)
cost = report("marketplace_cost", **of_month)
some = len(cost) > 0


def money(value: object, sign: str = "") -> str:
    """An amount to the cent, never minus nothing."""
    return f"{round(value, 2) + 0:{sign},.2f}"


def days(moments: pd.Series) -> pd.Series:
    """Moments as dates; empty where there is none."""
    return moments.dt.strftime("%Y-%m-%d").fillna("")


def short(value: object, sign: str = "") -> str:
    """An amount that fits into a narrow place: without cents, or in millions, where it is large."""
    if abs(value) < THOUSAND:
        return money(value, sign)
    return f"{value:{sign},.0f}" if abs(value) < MILLION else f"{value / MILLION:{sign},.2f} M"


def many(number: int, thing: str) -> str:
    """So many things."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def coloured(*parts: str) -> alt.Scale:
    """The colours of these parts."""
    return alt.Scale(domain=list(parts), range=[COLOURS[part] for part in parts])


def in_currencies(amounts: pd.Series, currencies: pd.Series) -> str:
    """Sums, each in its currency."""
    sums = amounts.groupby(currencies).sum()
    return " and ".join(f"**{money(value)} {currency}**" for currency, value in sums.items())


def table(frame: pd.DataFrame, *amounts: str) -> None:
    """A table to search, sort and page through; amounts with two decimals."""
    frame = frame.assign(**{name: frame[name].astype(float).round(2) + 0 for name in amounts})
    places = [list(frame.columns).index(name) for name in amounts]
    written = [{"targets": places, "render": JavascriptFunction(TWO_DECIMALS)}] if places else []
    show(frame, showIndex=False, maxBytes=0, columnDefs=written)


def summary(rows: pd.DataFrame, amounts: list[str], **labels: str) -> GT | None:
    """A table of these columns, amounts to the cent; nothing where there are no rows."""
    rounded = rows[list(labels)].assign(**{name: [round(value, 2) + 0 for value in rows[name]] for name in amounts})
    numbers = [name for name in labels if name in amounts or pd.api.types.is_numeric_dtype(rows[name])]
    shown = GT(rounded).cols_label(**labels).fmt_number(amounts, decimals=2).sub_missing(missing_text="")
    return shown.cols_align("left").cols_align("right", numbers) if len(rows) else None


def bars(rows: pd.DataFrame, by: str, parts: dict[str, str], title: str) -> None:
    """A bar a value, of these parts, a chart a currency. Pixels may be floats; the sums are exact before."""
    for currency in rows.currency.unique():
        top = rows[rows.currency == currency].assign(**{part: rows[name].astype(float) for name, part in parts.items()})
        drawn = alt.Chart(top[[by, *parts.values()]]).transform_fold(list(parts.values()), as_=["part", "amount"])
        display(
            drawn.mark_bar()
            .encode(
                x=alt.X("amount:Q", title=currency, axis=alt.Axis(format=",.2~f", labelFlush=True)),
                y=alt.Y(f"{by}:N", title=None, sort=list(top[by])),
                color=alt.Color(
                    "part:N", scale=coloured(*parts.values()), legend=alt.Legend() if len(parts) > 1 else None
                ),
                tooltip=[by, "part:N", alt.Tooltip("amount:Q", format=",.2f", title=currency)],
            )
            .properties(width="container", height=alt.Step(26), title=f"{title}, in {currency}")
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
for row in whole.itertuples():
    figures[f"{row.currency} for images"] = short(row.image_cost)
    if row.currency == whole.currency.iloc[0]:
        changed = change[change.currency == row.currency]
        before, difference = changed.cost_before.sum(), changed.difference.sum()
        share = f" ({difference / before * 100:+,.0f} %)" if before else ""
        figures[f"{row.currency} more or less{share} {than_before}"] = short(difference, "+")
        if pd.notna(row.image_percent):
            figures["of what these servers cost is for images"] = f"{row.image_percent} %"
        for expected in forecast[forecast.day.isna() & (forecast.currency == row.currency)].head(1).itertuples():
            figures[f"{row.currency} expected for the whole month"] = short(expected.cost)
    figures[f"{row.currency} to pay for images this month"] = short(row.image_billed)
GT(pd.DataFrame(figures.items(), columns=["figure", "value"]), id="figures") if some else None

# %% [markdown]
# ## In short

# %%
for row in whole.head(1).itertuples():
    dearest = totals[(totals.dimension == "offer") & (totals.currency == row.currency)].iloc[0]
    difference = change[change.currency == row.currency].difference.sum()
    told = [
        (
            f"{many(row.tenants, 'tenant')} used {many(cost.offer_id.nunique(), 'offer')} on"
            f" {many(row.servers, 'server')} for"
            f" **{money(row.image_cost)} {row.currency}**: {money(abs(difference))} {row.currency}"
            f" {'more' if difference > 0 else 'less'} {than_before}. The dearest is"
            f" **{escape(dearest.value)}** with {money(dearest.image_cost)} {row.currency}."
        )
    ]
    if len(unusual):
        told += [f"Unusual days: {unusual.day.nunique():,}, the first on {unusual.day.min():%-d %B}."]
    if len(wasted):
        told += [f"Paid for and not used: {in_currencies(wasted.cost, wasted.currency)}."]
    if ending := int(terms.state.str.startswith("ends").sum()):
        told += [f"Contracts and yearly terms that end within 90 days: {ending:,}."]
    told += ["Cost is what takes effect: upfront payments are spread over their terms. To pay is what is billed now."]
    display(Markdown(" ".join(told)))

# %% [markdown]
# ## What changed
#
# Price: a unit of use cost more or less on average. Volume: more or less was used. Other: single payments, credits,
# corrections, minimums, and contracts that nobody used. A month that is not over is compared with as much of the one
# before.

# %%
STEPS = {"by_price": "price", "by_volume": "volume", "new_cost": "new", "gone_cost": "gone", "by_other": "other"}


def waterfall(rows: pd.DataFrame, currency: str) -> alt.Chart:
    """From the month before to this one, step by step."""
    sums = rows[["cost_before", *STEPS, "cost_now"]].sum()
    ends = list(accumulate(sums.iloc[:-1]))
    steps = pd.DataFrame({"from": [0, *ends[:-1], 0], "to": [*ends, sums.cost_now], "change": list(sums)})
    steps["what"] = ["whole", *("more" if value > 0 else "less" for value in sums[list(STEPS)]), "whole"]
    names = [before_name, *STEPS.values(), f"{pd.Timestamp(month):%B}"]
    signs = ["" if what == "whole" else "+" for what in steps.what]
    steps["step"] = [f"{name} {short(one, sign)}" for name, one, sign in zip(names, sums, signs, strict=True)]
    steps = steps.astype({"from": float, "to": float, "change": float})
    steps = steps[(steps.what == "whole") | (steps.change.round(2) != 0)]
    return (
        alt.Chart(steps)
        .mark_bar()
        .encode(
            x=alt.X("from:Q", title=currency, axis=alt.Axis(format=",.2~f", labelFlush=True)),
            x2="to:Q",
            y=alt.Y("step:N", sort=list(steps.step), title=None),
            color=alt.Color("what:N", scale=coloured("more", "less", "whole"), legend=None),
            tooltip=["step", alt.Tooltip("change:Q", format=",.2f", title=currency)],
        )
        .properties(width="container", height=alt.Step(28), title=f"From {before_name} to {month_name}, in {currency}")
    )


for currency in whole.currency:
    display(waterfall(change[change.currency == currency], currency))

# %%
summary(
    change[change.difference.round(2) != 0].head(20),
    ["cost_before", "cost_now", "difference", *STEPS],
    offer="Offer",
    currency="Currency",
    cost_before=f"{before_name}",
    cost_now="Now",
    difference="Difference",
    **{name: word.capitalize() for name, word in STEPS.items()},
)

# %% [markdown]
# ## Who and what
#
# The dearest offers, who sells them, who pays, and where. What was copied or captured from a Marketplace image is
# charged as that image.

# %%
paid = totals[totals.image_cost != 0]
bars(paid[paid.dimension == "offer"], "value", {"image_cost": "image"}, "Image cost by offer")

# %% tags=["half"]
bars(paid[paid.dimension == "publisher"], "value", {"image_cost": "image"}, "By publisher")

# %% tags=["half"]
bars(paid[paid.dimension == "tenant"], "value", {"image_cost": "image"}, "By tenant")

# %%
several = len(totals[totals.dimension == "region"].value.unique()) > 1
squares = cost.groupby(["offer", "region", "currency"], as_index=False).image_cost.sum()
for currency in paid.currency.unique() if several else []:
    dearest = paid[(paid.dimension == "offer") & (paid.currency == currency)].value.head(12)
    cells = squares[squares.offer.isin(dearest) & (squares.currency == currency) & (squares.image_cost != 0)]
    cells = cells.assign(amount=cells.image_cost.astype(float))
    grid = alt.Chart(cells[["offer", "region", "amount"]]).encode(
        x=alt.X("region:N", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("offer:N", title=None, sort=list(dearest)),
        tooltip=["offer", "region", alt.Tooltip("amount:Q", format=",.2f", title=currency)],
    )
    light = alt.condition(f"datum.amount > {cells.amount.max() / 2}", alt.value("white"), alt.value("#333"))
    shaded = grid.mark_rect().encode(color=alt.Color("amount:Q", legend=None, scale=alt.Scale(domainMin=0)))
    written = grid.mark_text(fontSize=12).encode(text=alt.Text("amount:Q", format=",.2f"), color=light)
    title = f"Image cost by offer and region, in {currency}"
    display((shaded + written).properties(width="container", height=alt.Step(26), title=title))

# %% [markdown]
# ## Image and server
#
# What the image costs, and the servers it ran on; free images are there with 0. The share is empty where image and
# server are paid in different currencies.

# %%
bars(totals[totals.dimension == "offer"], "value", {"image_cost": "image", "server_cost": "server"}, "Cost by offer")

# %%
COSTS = {
    "image_cost": "Image",
    "server_cost": "Server",
    "total_cost": "Together",
    "image_billed": "To pay for the image",
}
shares = totals[totals.dimension.isin(["tenant", "all"])].sort_values(
    ["currency", "dimension"], ascending=[True, False]
)
summary(
    shares.assign(value=shares.value.where(shares.dimension != "all", "Sum of all")),
    list(COSTS),
    value="Tenant",
    currency="Currency",
    servers="Servers",
    **COSTS,
    image_percent="Image, %",
)

# %%
dearer = report("dearer_than_server", **of_month, top=300)
if len(dearer):
    display(Markdown("**Servers whose image costs more than the server**, the greatest difference first."))
    columns = {"name": "server", "tenant": "tenant", "offer": "offer", "flavor": "flavor"}
    amounts = {"image_cost": "image cost", "server_cost": "server cost", "more": "difference", "times": "times"}
    dearer = dearer[[*columns, *amounts, "currency"]].rename(columns=columns | amounts)
    table(dearer, *amounts.values())

# %% [markdown]
# ## What an hour of a vCPU costs
#
# The list price beside what it comes to after trials, contracts and credits. Contracts and minimums that nobody used
# make it dearer than the list price.

# %%
units = report("unit_cost", **of_month)
priced = units[(units.list_cost != 0) & units.cost_per_vcpu_hour.notna()].head(15)
for currency in priced.currency.unique():
    ends = priced[priced.currency == currency]
    ends = pd.concat(
        pd.DataFrame({"offer": ends.offer, "which": which, "price": ends[name].astype(float)})
        for which, name in (("list price", "list_per_vcpu_hour"), ("what it came to", "cost_per_vcpu_hour"))
    )
    base = alt.Chart(ends).encode(
        x=alt.X("price:Q", title=f"{currency} per vCPU-hour", axis=alt.Axis(format=",.3~f")),
        y=alt.Y("offer:N", title=None, sort=list(dict.fromkeys(ends.offer))),
    )
    which = alt.Scale(domain=["list price", "what it came to"], range=["circle", "diamond"])
    green_or_grey = alt.Scale(domain=which.domain, range=[COLOURS["whole"], COLOURS["image"]])
    dots = base.mark_point(size=110, opacity=1, strokeWidth=2).encode(
        color=alt.Color("which:N", scale=green_or_grey),
        shape=alt.Shape("which:N", scale=which),
        size=alt.Size("which:N", scale=alt.Scale(domain=which.domain, range=[180, 60])),
        tooltip=["offer", "which", alt.Tooltip("price:Q", format=",.4f", title=f"{currency} per vCPU-hour")],
    )
    title = f"List price and cost of a vCPU-hour, in {currency}"
    lines = base.mark_line(color="#ccc").encode(detail="offer:N")
    display((lines + dots).properties(width="container", height=alt.Step(26), title=title))

# %%
SAVED = {"list_cost": "List", "effective_cost": "Cost", "saved": "Saved", "saved_by_trials": "By trials",
         "saved_by_terms": "By terms", "credited": "Credits", "unused_cost": "Unused"}  # fmt: skip
summary(
    units[units.saved.round(2) != 0], list(SAVED), offer="Offer", currency="Currency", **SAVED, saved_percent="Saved, %"
)

# %% [markdown]
# ## Day by day
#
# What use costs a day (UTC), and what is expected: the mean of the last 28 whole days on that weekday (of all whole
# days there are, where they are fewer). Usual is what lies between the dashed lines: not further from the median of the
# 28 days before than 3 times their spread, or 5 percent; a day with a dot is not. Months, single payments, credits and
# corrections fall on single days: they are not in this chart, but in the months below.


# %%
def use_by_day(currency: str) -> alt.LayerChart:
    """What use cost each day, what is usual, and what is to come."""
    past = by_day[by_day.currency == currency].tail(62)
    begun = pd.DataFrame({"day": past.day.astype(str), "amount": past.use_cost.astype(float), "what": "charged",
                          "least": past.least_usual.astype(float), "most": past.most_usual.astype(float),
                          "unusual": past.unusual.astype(bool)})  # fmt: skip
    later = forecast[forecast.day.notna() & (forecast.days_to_come > 0) & (forecast.currency == currency)]
    later = pd.DataFrame({"day": later.day.astype(str), "amount": later.expected_use.astype(float), "what": "expected"})
    base = alt.Chart(pd.concat([begun, later])).encode(
        x=alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True)),
        y=alt.Y("amount:Q", title=f"{currency} a day", axis=alt.Axis(format=",.2~f")),
        tooltip=[
            alt.Tooltip("yearmonthdate(day):T", format="%a %-d %b %Y", title="day"),
            "what:N",
            alt.Tooltip("amount:Q", format=",.2f", title=currency),
        ],
    )
    usual = base.mark_line(color="#555", strokeDash=[3, 3], strokeWidth=1.2)
    dots = base.mark_point(color=COLOURS["more"], size=60, filled=True, opacity=1).transform_filter("datum.unusual")
    days_of_use = base.mark_bar().encode(
        color=alt.Color("what:N", scale=coloured("charged", "expected")), order="what:N"
    )
    layers = days_of_use + usual.encode(y="least:Q") + usual.encode(y="most:Q") + dots
    return layers.properties(width="container", height=240, title=f"Use by day, in {currency}")


for currency in by_day[by_day.whole & (by_day.use_cost != 0)].currency.unique():
    display(use_by_day(currency))

# %%
summary(
    unusual.assign(day=[f"{one:%d\u00a0%B}" for one in unusual.day]).head(15),
    ["use_cost", "median", "least_usual", "most_usual", "moved"],
    day="Unusual day",
    currency="Currency",
    use_cost="Use",
    median="Median before",
    least_usual="Usual from",
    most_usual="to",
    moved_by="Most different offer",
    moved="by",
)

# %%
LATER = {"so_far": "So far", "expected_use": "Use to come", "expected_else": "Due monthly", "cost": "Together"}
ahead = forecast[forecast.day.isna()]
ahead = ahead.assign(month=[f"{one:%b\u00a0%Y}" for one in ahead.month])
summary(ahead, list(LATER), month="Forecast", currency="Currency", **LATER, days_to_come="Days to come")

# %%
amounts = trend.assign(
    **{
        "image": trend.image_cost.astype(float),
        "server": trend.marketplace_server_cost.astype(float),
        "other servers": trend.other_server_cost.astype(float),
        "in month": [f"{one:%b %Y}" for one in trend.month],
    }
)
for currency in amounts.currency.unique():
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
            color=alt.Color("part:N", scale=coloured(*PARTS)),
            tooltip=["in month", "part:N", alt.Tooltip("amount:Q", format=",.2f", title=currency)],
        )
        .properties(width="container", height=220, title=f"Cost by month, in {currency}")
    )

# %%
MONTHLY = {"image_cost": "Images", "marketplace_server_cost": "Their servers", "other_server_cost": "Other servers",
           "account_cost": "Tax and credits", "total_cost": "Together", "total_billed": "To pay"}  # fmt: skip
recent = trend.sort_values(["month", "currency"], ascending=False).head(24)
recent = recent.assign(month=[f"{one:%b\u00a0%Y}" for one in recent.month])
summary(recent, list(MONTHLY), month="Month", currency="Currency", **MONTHLY)

# %% [markdown]
# ## Contracts and yearly terms
#
# What was paid upfront, how far it was used in the month, and what ends soon. A yearly term is renewed when it ends, if
# its server is still there; a contract is not.

# %%
if len(terms):
    used, unused = (in_currencies(amounts, terms.currency) for amounts in (terms.used_cost, terms.unused_cost))
    display(Markdown(f"Of what was paid upfront, {used} were used in the month, and {unused} were not."))
    by_tenant = terms.groupby(["tenant", "currency"], as_index=False)[["used_cost", "unused_cost"]].sum()
    parts = {"used_cost": "used", "unused_cost": "unused"}
    bars(by_tenant.sort_values("unused_cost", ascending=False).head(15), "tenant", parts, "Paid upfront, in the month")

# %%
TERMS = {"upfront": "upfront", "still_to_use": "still to use", "used_percent": "used %", "used_cost": "used",
         "unused_cost": "unused", "saved": "saved"}  # fmt: skip
if len(terms):
    shown = terms.assign(ends=days(terms.ends_at), state=terms.state.str.replace("ends within", "in"))
    shown = shown[["offer", "tenant", "kind", "servers", "ends", "state", *TERMS, "currency"]]
    table(shown.rename(columns=TERMS), *TERMS.values())

# %% [markdown]
# ## Paid for and not used
#
# Contracts, years and months without a running second in the month, minimums that were not reached, and images that
# cost while their server is stopped.

# %%
if len(wasted):
    names = {"kind": "kind", "tenant": "tenant", "offer": "offer", "server": "server", "because": "why"}
    shown = wasted.assign(server=wasted.server.fillna(""))[[*names, "cost", "billed", "currency"]]
    table(shown.rename(columns=names | {"billed": "to pay"}), "cost", "to pay")

# %% [markdown]
# ## Corrections, credits and invoices
#
# A month that is closed never changes: what turns out later is a correction in the first open month. A provisional
# invoice is of an open month; tax and rounding come when that is closed.

# %%
adjusted = report("adjustments", **of_month).head(30)
names = {"kind": "What", "tenant": "Tenant", "offer": "Offer", "what": "Why", "currency": "Currency"}
summary(adjusted, ["billed"], **names, billed="To pay")

# %%
OWED = {"usage": "use", "purchases": "paid once", "credits": "credits", "corrections": "corrections", "tax": "tax",
        "rounding": "rounding", "to_pay": "to pay"}  # fmt: skip
invoices = report("invoices", warehouse=warehouse, as_of=as_of, tenant=tenant)
final = invoices[invoices.state == "closed"]
if len(invoices):
    wrong = ", ".join(escape(one) for one in final.invoice_id[final.difference != 0])
    each = (
        "each of them is what its charges add up to, to the cent"
        if not wrong
        else f"**not what they should be: {wrong}**"
    )
    display(Markdown(f"Invoices of closed months: {len(final):,}" + (f"; {each}." if len(final) else ".")))
    shown = invoices[invoices.month.astype(str).str[:7] == month].rename(columns={"invoice_id": "invoice"} | OWED)
    filled = [name for name in OWED.values() if (shown[name] != 0).any()]
    table(shown[["invoice", "tenant", "state", *filled, "currency"]], *filled)

# %% [markdown]
# ## What cannot be attributed
#
# Use that is not metered yet or has no price is missing from all sums above. A credit for no offer is no part of any
# image's cost.

# %%
loose = report("unattributed", **of_month, top=300)
if len(loose):
    shown = loose.assign(tenant=loose.tenant.fillna(""), currency=loose.currency.fillna(""))
    table(shown.rename(columns={"thing": "which"}), "hours", "cost")

# %%
unpriced = report("unpriced_use", **asked, top=500)
if len(unpriced):
    display(Markdown("**Use that no price was found for**, in all months."))
    table(
        pd.DataFrame(
            {
                "server": unpriced.name.fillna(unpriced.server_id),
                "tenant": unpriced.tenant.fillna("unknown"),
                "flavor": unpriced.flavor,
                "offer": unpriced.offer.fillna(""),
                "since": days(unpriced.started_at),
                "server hours": unpriced.server_hours,
                "image hours": unpriced.image_hours,
                "why": unpriced.because,
            }
        ),
        "server hours",
        "image hours",
    )
elif len(trend):
    display(Markdown("Every metered hour of use has its price."))

# %% [markdown]
# ## What if
#
# What the month would have cost if one offer had been free, dearer, or withdrawn when the month began; and at another
# amount for a unit, if the page is made with one. Tenants use as much as they did; what was paid upfront, credits and
# corrections stay.

# %%
supposed = report("what_if", **of_month, offer=offer, amount=amount, percent=percent)
if len(supposed):
    named = {"scenario": "if it were", "image_cost_now": "now", "image_cost_then": "then", "because": "how"}
    shown = supposed.rename(columns=named).drop(columns="offer_id")
    table(
        shown[["offer", "if it were", "now", "then", "difference", "currency", "tenants", "servers", "how"]],
        "now",
        "then",
        "difference",
    )

# %% [markdown]
# ## What is on sale
#
# Offers and what they cost, and how many tenants used them in the month. A withdrawn offer is listed while servers
# still run it.

# %%
offers = report("offers", **of_month, top=200)
if len(offers):
    table(
        pd.DataFrame(
            {
                "offer": offers.offer,
                "publisher": offers.publisher,
                "price": offers.price.fillna("none"),
                "since": days(offers.price_since),
                "then": [
                    f"{row.next_price} from {row.next_price_from:%Y-%m-%d}" if pd.notna(row.next_price) else ""
                    for row in offers.itertuples()
                ],
                "tenants": offers.tenants,
                "servers": offers.servers,
                "on sale until": days(offers.withdrawn_at),
            }
        )
    )

# %% [markdown]
# ## Every line of the month
#
# One line a tenant, offer, region and currency; at most 500, the dearest first.

# %%
if some:
    names = ["tenant", "offer", "region", "servers"]
    amounts = {"image_hours": "image hours", "image_cost": "image cost", "image_billed": "to pay for it",
               "server_cost": "server cost", "total_cost": "together"}  # fmt: skip
    table(cost.head(500)[[*names, *amounts, "currency"]].rename(columns=amounts), *amounts.values())
