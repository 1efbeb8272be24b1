# %% [markdown]
# # Image sharing
#
# Who shares images with whom, which shares nobody has answered, what is close to its limit, and what cannot be shared.

# %% tags=["parameters"]
warehouse = "../var/warehouse.duckdb"
as_of = None
region = None
tenant = None

# %%
from datetime import UTC, datetime
from html import escape

import altair as alt
import pandas as pd
from great_tables import GT
from IPython.display import Markdown, display
from itables import init_notebook_mode, show

from data.read import report, warehouse_state

NEAR_PERCENT = 80
init_notebook_mode(all_interactive=False, connected=False)
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
state = warehouse_state(warehouse)
totals = report("sharing_totals", **asked).iloc[0]
images = report("inventory_totals", **asked).iloc[0].images
fullest = report("near_limit", **asked, from_percent=0, top=15)
objections = report("cannot_be_shared", **asked, top=200)
rules = objections.drop_duplicates("rule_id")
some = totals.shares > 0


def table(frame: pd.DataFrame) -> None:
    """A table to search, sort and page through."""
    show(frame, showIndex=False, maxBytes=0)


def days(moments: pd.Series) -> pd.Series:
    """Moments as dates; empty where there is none."""
    return moments.dt.strftime("%Y-%m-%d").fillna("")


# %%
moment = pd.to_datetime(as_of, utc=True)
place = f"in region **{escape(region)}**" if region else "in **all regions**"
nowhere = place if region else "in any region"
whose = f" from and to tenant **{escape(tenant)}**" if tenant else ""
recorded = f"{state.last_action:%Y-%m-%d %H:%M} UTC" if state.last_action else "nothing yet"
elsewhere = (
    f"There are images in {', '.join(map(escape, state.regions))}."
    if state.regions
    else "The warehouse is empty. Apply a batch that imports and shares images, and this page will show it."
)
Markdown(
    f"Shares{whose} {place} as of **{moment:%Y-%m-%d %H:%M} UTC**. Last recorded action: {recorded}."
    + ("" if some else f"\n\n**No image was shared{whose} {nowhere} at that time.** {elsewhere}")
)

# %%
figures = {
    "shared images": f"{totals.images:,}",
    "shares (an image with a tenant)": f"{totals.shares:,}",
    "tenants that share": f"{totals.owners:,}",
    "tenants shared with": f"{totals.recipients:,}",
    "shares not answered": f"{totals.pending:,}",
    "days the oldest has waited": f"{totals.longest_pending_days:,}" if totals.pending else "none",
    "shares rejected": f"{totals.rejected:,}",
}
GT(pd.DataFrame(figures.items(), columns=["figure", "value"]), id="figures") if some else None

# %% [markdown]
# ## Who shares with whom
#
# The number of images each owner (row) shares with each tenant (column). Where there are many tenants, the twelve
# with most shares are shown, and the others together.

# %%
matrix = report("sharing_matrix", **asked, top=12)
at_end = {"all others": 1}
owners = sorted(matrix.owner.unique(), key=lambda name: (at_end.get(name, 0), name))
tenants = sorted(matrix.tenant.unique(), key=lambda name: (at_end.get(name, 0), name))
cells = alt.Chart(matrix).encode(
    x=alt.X("tenant:N", title="shared with", sort=tenants, axis=alt.Axis(orient="top", labelAngle=-45)),
    y=alt.Y("owner:N", title="owner", sort=owners),
    tooltip=["owner", "tenant", "shares", "accepted", "pending", "rejected"],
)
numbers = cells.mark_text(fontSize=12).encode(
    text=alt.Text("shares:Q", format=",d"),
    color=alt.condition(alt.datum.shares > matrix.shares.max() / 2, alt.value("white"), alt.value("#1c2430")),
)
heat = cells.mark_rect(stroke="white").encode(
    color=alt.Color("shares:Q", scale=alt.Scale(scheme="blues", type="sqrt", domainMin=0), legend=None)
)
(heat + numbers).properties(width=alt.Step(50), height=alt.Step(30)) if some else None

# %%
pairs = matrix.rename(columns={"tenant": "shared with", "shares": "images"})
table(pairs) if some else None

# %% [markdown]
# ## Shares nobody has answered
#
# The recipient has neither accepted nor rejected them. It can use the image all the same; only its list does not
# show it. The oldest come first, at most 500.

# %%
waiting = report("pending_shares", **asked, top=500)
lengths = ["up to 7 days", "7 to 30 days", "30 to 90 days", "over 90 days"]
by_age = pd.DataFrame(
    {"waiting": lengths, "shares": [totals[f"pending_{length.replace(' ', '_')}"] for length in lengths]}
)
if len(waiting):
    display(
        Markdown(
            f"**{totals.pending:,}** of {totals.shares:,} shares are not answered;"
            f" the oldest has waited for **{totals.longest_pending_days:,} days**."
        ),
        alt.Chart(by_age)
        .mark_bar(color="#E69F00")
        .encode(
            x=alt.X("shares:Q", title="shares", axis=alt.Axis(format=",d", tickMinStep=1)),
            y=alt.Y("waiting:N", title=None, sort=None),
            tooltip=["waiting", alt.Tooltip("shares", format=",d")],
        )
        .properties(width="container", height=alt.Step(26), title="How long they have waited"),
    )
    table(
        pd.DataFrame(
            {
                "image": waiting.name,
                "owner": waiting.owner,
                "shared with": waiting.tenant,
                "region": waiting.region,
                "since": days(waiting.shared_at),
                "days": waiting.waiting_days,
            }
        )
    )
elif some:
    display(Markdown("There are none: every share has been accepted or rejected."))

# %% [markdown]
# ## Images near the limit of tenants
#
# An image can be shared with a limited number of tenants. These are the fullest ones.

# %%
most = ", ".join(f"{number:,}" for number in sorted(set(fullest.most)))
reached = int((fullest.left_over <= 0).sum())
(
    Markdown(
        f"The limit is **{most} tenants** an image. "
        + (f"**{reached:,}** of the images below can be shared no further." if reached else "None has reached it.")
    )
    if len(fullest)
    else None
)

# %% tags=["half"]
(
    alt.Chart(fullest.assign(image=fullest.owner + " / " + fullest.name))
    .mark_bar()
    .encode(
        x=alt.X("used_percent:Q", title="percent of the limit", scale=alt.Scale(domain=[0, 100], clamp=True)),
        y=alt.Y("image:N", title=None, sort="-x"),
        color=alt.condition(alt.datum.used_percent >= NEAR_PERCENT, alt.value("#D55E00"), alt.value("#0072B2")),
        tooltip=["image", "region", "members", "most", "left_over"],
    )
    .properties(width="container", height=alt.Step(26), title="How much of the limit is used")
    if len(fullest)
    else None
)

# %% tags=["half"]
(
    GT(fullest[["name", "owner", "region", "members", "left_over"]])
    .cols_label(name="Image", owner="Owner", region="Region", members="Tenants", left_over="Left")
    .fmt_integer(["members", "left_over"])
    if len(fullest)
    else None
)

# %% [markdown]
# ## What cannot be shared, and what to do instead
#
# Each image is asked of every rule of sharing that does not depend on the recipient. An image may break several.

# %%
if images:
    display(
        GT(rules[["images", "rule_id", "remedy", "source"]])
        .cols_label(images="Images", rule_id="Rule", remedy="What to do instead", source="Who says so")
        .fmt_integer("images")
    )

# %%
listed = objections[objections.image_id.notna()]
if len(listed):
    table(
        pd.DataFrame(
            {
                "image": listed.name,
                "owner": listed.owner,
                "region": listed.region,
                "rule": listed.rule_id,
                "why": listed.because,
                "id": listed.image_id,
            }
        )
    )
elif images:
    display(Markdown("Every image can be shared."))

# %% [markdown]
# ## All shares
#
# The newest first, at most 500.

# %%
every = report("sharing", **asked, top=500)
if some:
    table(
        pd.DataFrame(
            {
                "image": every.name,
                "owner": every.owner,
                "shared with": every.tenant,
                "region": every.region,
                "status": every.status,
                "shared on": days(every.shared_at),
                "accepted on": days(every.accepted_at),
                "days": every.shared_days,
            }
        )
    )
