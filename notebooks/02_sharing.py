# %% [markdown]
# # Image sharing
#
# Who shares images with whom, what nobody answered or uses, what would be lost, and what cannot be shared.

# %% tags=["parameters"]
warehouse = "../var/warehouse.duckdb"
as_of = None
region = None
tenant = None
image = None
unused_days = None
profile = None

# %%
from datetime import UTC, datetime
from html import escape

import altair as alt
import pandas as pd
from charts import STEP, bars, both_ways, flow, grid, months
from IPython.display import Markdown, display
from look import (
    BLUE,
    GREEN,
    GREY,
    MILLION,
    ORANGE,
    RED,
    SKY,
    UNKNOWN,
    YELLOW,
    Figure,
    at_least,
    days,
    figures,
    in_short,
    many,
    nothing,
    opening,
    percent,
    place_of,
    summary,
    table,
    unobserved,
)

from data.read import report, warehouse_state

NEAR_PERCENT = 80
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
unused_days = 90 if unused_days is None else unused_days
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
state = warehouse_state(warehouse)
totals = report("sharing_totals", **asked).iloc[0]
objections = report("cannot_be_shared", **asked, profile=profile, top=200)
images = objections.all_images.max() if len(objections) else 0
growth = report("sharing_growth", **asked)
by_month = growth.groupby("month", as_index=False)[["made", "stopped", "shares"]].sum()
fullest = report("near_limit", **asked, profile=profile, from_percent=0, top=15)
use = report("unused_shares_by_owner", **asked, unused_days=unused_days)
loss = report("if_unshared", **asked, top=300)
risk = report("if_unshared_totals", **asked).iloc[0]
some = totals.shares > 0

# %%
opening(state, as_of, region=region, tenant=tenant, rules=profile or "seed")

# %%
nothing(
    f"No image was shared{f' from or to tenant {tenant}' if tenant else ''} {place_of(region)} at that time.",
    f"There are images in {', '.join(state.regions)}."
    if state.regions
    else "The warehouse is empty. Apply a batch that imports and shares images, and this page will show it.",
) if not some else None

# %%
unused, shares, perhaps = use.unused.sum(), use.shares.sum(), int(use.use_unknown.sum())
clouds = "" if pd.isna(totals.use_unknown_on) else totals.use_unknown_on
full = int(fullest.full_images.max()) if len(fullest) else 0
figures(
    Figure(
        f"{totals.shares:,}",
        "shares (an image with a tenant)",
        f"{by_month.made.iloc[-1]:,} made, {by_month.stopped.iloc[-1]:,} stopped this month",
        by_month.shares.tail(24),
    ),
    Figure(f"{totals.images:,}", "shared images", f"of {images:,}: {percent(totals.images, images)}"),
    Figure(f"{totals.owners:,}", "tenants that share", f"with {many(totals.recipients, 'tenant')}"),
    Figure(
        f"{totals.pending:,}",
        "shares not answered",
        f"the oldest for {many(totals.longest_pending_days, 'day')}" if totals.pending else "none waits",
    ),
    Figure(
        at_least(unused, perhaps),
        f"shares nobody used for {unused_days} days",
        f"unknown for {many(perhaps, 'share')} on {clouds}" if perhaps else f"{percent(unused, shares)} of all",
    ),
    Figure(
        at_least(risk.servers, risk.use_unknown),
        "servers run on shared images",
        f"{at_least(risk.lost_servers, risk.use_unknown)} without a copy or another way",
    ),
) if some else None

# %% [markdown]
# ## In short
#
# What to know of sharing, and what to do about it.

# %%
in_short(
    f"{many(totals.owners, 'tenant')} {'shares' if totals.owners == 1 else 'share'}"
    f" **{many(totals.images, 'image')}** with {many(totals.recipients, 'tenant')}: **{totals.shares:,}** shares,"
    f" of which {totals.accepted:,} are accepted,"
    f" {totals.pending:,} not answered and"
    f" {totals.rejected:,} rejected.",
    f"**{percent(unused, shares)}** of the shares could be stopped without a loss: nobody has used the image through"
    f" them for {unused_days} days."
    if unused
    else "",
    f"Of recipients, **{at_least(risk.lost_servers, risk.use_unknown, lambda number: many(number, 'server'))}** could"
    f" not be made again if the share stopped, which its owner may do at any time and without notice. A copy of the"
    f" image keeps them safe."
    if pd.notna(risk.lost_servers) and risk.lost_servers
    else "It is not known whether servers depend on a share alone."
    if risk.use_unknown
    else "No server depends on a share alone.",
    unobserved(perhaps, "share", clouds, left_out=False),
    f"**{many(full, 'image')}** {'is' if full == 1 else 'are'} shared with as many tenants as may be." if full else "",
) if some else None

# %% [markdown]
# ## Who shares with whom
#
# From the owners at the left to the recipients at the right; the thicker, the more shares. The twelve with most shares
# are shown, the others together.

# %%
matrix = report("sharing_matrix", **asked, top=12)
flow(matrix, "owner", "tenant", "shares", unit="shares", title="Shares from owners to recipients") if some else None

# %%
(
    grid(
        matrix.rename(columns={"tenant": "shared with"}),
        "shared with",
        "owner",
        "shares",
        unit="shares",
        title="Shares of each owner (row) with each tenant (column)",
    )
    if some
    else None
)

# %% [markdown]
# ## How sharing grew
#
# Shares that stood at the end of each month (UTC), and those that were made in it.

# %% tags=["half"]
months(growth, "region", "shares", unit="shares", title="Shares at the end of the month") if some else None

# %% tags=["half"]
MADE = {"made": GREEN, "stopped": RED, "accepted": BLUE, "rejected": ORANGE}
moves = growth.groupby("month", as_index=False)[list(MADE)].sum().melt("month", var_name="what", value_name="shares")


def in_month(rows: pd.DataFrame) -> alt.Chart:
    """What happened to shares in each month, a line each."""
    rows = rows.assign(at=rows.month.astype(str), shares=rows.shares.astype(float))
    return (
        alt.Chart(rows[["at", "what", "shares"]])
        .mark_line(point=True)
        .encode(
            x=alt.X("yearmonth(at):T", title=None, axis=alt.Axis(format="%b %Y", labelOverlap=True)),
            y=alt.Y("shares:Q", title="shares", axis=alt.Axis(format=",d", tickMinStep=1)),
            color=alt.Color("what:N", scale=alt.Scale(domain=list(MADE), range=list(MADE.values()))),
            tooltip=[
                "what",
                alt.Tooltip("yearmonth(at):T", format="%B %Y", title="in"),
                alt.Tooltip("shares", format=",d"),
            ],
        )
        .properties(width="container", height=220, title="Made, stopped, accepted and rejected in the month")
    )


in_month(moves[moves.month.isin(by_month.month.tail(24))]) if some else None

# %% [markdown]
# ## Shares nobody has answered
#
# The recipient has neither accepted nor rejected them. It can use the image all the same; only its list does not
# show it. The oldest come first, at most 500.

# %%
waiting = report("pending_shares", **asked, top=500)
LENGTHS = ["up to 7 days", "7 to 30 days", "30 to 90 days", "over 90 days"]
by_age = pd.DataFrame(
    {"waiting": LENGTHS, "amount": [totals[f"pending_{length.replace(' ', '_')}"] for length in LENGTHS]}
).assign(part="not answered")
if len(waiting):
    display(
        bars(
            by_age,
            "waiting",
            {"not answered": ORANGE},
            unit="shares",
            title="How long shares have waited for an answer",
            order=LENGTHS,
        )
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

# %% tags=["half"]
(
    alt.Chart(fullest.assign(image=fullest.owner + " / " + fullest.name, id=fullest.image_id))
    .mark_bar()
    .encode(
        x=alt.X("used_percent:Q", title="percent of the limit", scale=alt.Scale(domain=[0, 100], clamp=True)),
        y=alt.Y("image:N", title=None, sort="-x"),
        color=alt.condition(alt.datum.used_percent >= NEAR_PERCENT, alt.value(RED), alt.value(BLUE)),
        tooltip=["image", "region", "members", "most", "left_over", "id"],
    )
    .properties(width="container", height=STEP, title="How much of the limit is used")
    if len(fullest)
    else None
)

# %% tags=["half"]
LIMIT = {"name": "Image", "owner": "Owner", "region": "Region", "members": "Tenants", "most": "At most",
         "left_over": "Left"}  # fmt: skip
summary(fullest, LIMIT, title="The fullest images") if len(fullest) else None

# %% [markdown]
# ## Shares that nobody uses
#
# Their recipient has no server and no disk of the image, and has not used it for a while: not started, copied or
# exported it. Stopping such a share costs nobody anything. The longest unused first, at most 300.

# %% tags=["half"]
USE = {"in use": BLUE, "new or lately": SKY, "not for a while": ORANGE, "never": GREY}
most = use.head(12)
in_use, used = most.in_use.fillna(0), most.used.fillna(0)
amounts = [in_use, used - in_use, most.unused - most.never_used, most.never_used]
if perhaps:
    USE |= {"unknown": YELLOW}
    amounts.append(most.use_unknown)
folded = pd.concat(
    pd.DataFrame({"owner": most.owner, "part": part, "amount": amount})
    for part, amount in zip(USE, amounts, strict=True)
)
bars(folded, "owner", USE, unit="shares", title="Shares by owner, and whether they are used") if some else None

# %% tags=["half"]
OWNERS = {
    "owner": "Owner",
    "shares": "Shares",
    "in_use": "In use",
    "unused": "Not used",
    "never_used": "Of these, never",
}
OWNERS |= {"use_unknown": "Use unknown"} if perhaps else {}
summary(most, OWNERS, title="Who shares what is not used", unknown=["in_use"]) if some else None

# %%
idle = report("unused_shares", **asked, unused_days=unused_days, top=300)
if len(idle):
    table(
        pd.DataFrame(
            {
                "image": idle.name,
                "owner": idle.owner,
                "shared with": idle.tenant,
                "region": idle.region,
                "status": idle.status,
                "shared on": days(idle.shared_at),
                "used": idle.used,
                "last used": days(idle.last_used_at),
                "unused days": idle.unused_days,
            }
        )
    )
elif some and not perhaps:
    display(Markdown("There are none: each recipient uses what is shared with it."))
display(Markdown(unobserved(perhaps, "share", clouds))) if perhaps else None

# %% [markdown]
# ## What recipients would lose
#
# An owner may stop a share, or delete the image, at any time and without notice. Servers run on, but could not be
# reinstalled or made again; an own copy in the same region keeps them safe. At most 300.

# %%
if len(loss):
    table(
        pd.DataFrame(
            {
                "image": loss.name,
                "owner": loss.owner,
                "recipient": loss.tenant,
                "region": loss.region,
                "servers": loss.servers,
                "running": loss.running,
                "disks": loss.disks,
                "which": loss.server_names.fillna(""),
                "safe by": [
                    "a copy of its own" if row.own_copy else "it is on sale too" if row.on_sale else ""
                    for row in loss.itertuples()
                ],
                "shared on": days(loss.shared_at),
            }
        ),
        unknown=["servers", "running", "disks"],
    )
elif some and not risk.use_unknown:
    display(Markdown("Nothing: no server or disk of a recipient was made of a shared image."))
display(Markdown(unobserved(int(risk.use_unknown), "share", clouds))) if risk.use_unknown else None

# %% [markdown]
# ## Exposure of one tenant
#
# Who can use its images, and whose images it depends on. The tenant this page is made for; where it is made for all,
# the one that shares most (not of millions of shares: such a page is made for a tenant).

# %%
one = report("exposure_totals", **asked).iloc[0] if some and (tenant or totals.shares < MILLION) else None


def exposure() -> None:
    """How much the tenant opens to others, and how much it depends on them."""
    display(Markdown(f"The exposure of **{escape(one.tenant)}**:"))
    ways = [one.servers_on_shared, one.servers_on_marketplace, one.servers_on_public]
    others = sum(servers for servers in ways if pd.notna(servers))
    not_known = sum(pd.isna(servers) for servers in ways) + one.use_unknown
    days_waiting = one.longest_pending_in_days
    waits = f"the oldest unanswered for {many(days_waiting, 'day')}" if pd.notna(days_waiting) else ""
    display(
        figures(
            Figure(f"{one.open_images:,}", "of its images are open to others", f"of {many(one.images, 'image')}"),
            Figure(f"{one.recipients:,}", "tenants can use one by a share", f"through {many(one.shares_out, 'share')}"),
            Figure(at_least(one.others_servers, one.use_unknown), "servers of others run on its images"),
            Figure(f"{one.near_limit:,}", "images near the limit of tenants"),
            Figure(f"{one.shares_in:,}", "images of others are shared with it",
                   waits or f"by {many(one.sharers, 'tenant')}"),
            Figure(at_least(others, not_known), "of its servers run on images of others",
                   f"of {at_least(one.servers, not_known)}; {at_least(one.servers_on_shared, not_known)} by a share"),
            Figure(at_least(one.servers_on_lost, not_known), "servers on images it cannot use any more"),
        )
    )  # fmt: skip


if one is not None and pd.notna(one.tenant):
    exposure()

# %%
sides = report("exposure", **asked, top=300) if one is not None else []
if len(sides):
    counted = sides.pivot_table(index="other", columns="direction", values="images", aggfunc="sum", fill_value=0)
    counted = counted.reindex(columns=["in", "out"], fill_value=0).reset_index()
    counted = counted.rename(columns={"in": "gets_images", "out": "gives_images"})
    counted["together"] = counted.gets_images + counted.gives_images
    counted = counted.sort_values("together", ascending=False).head(15)
    display(
        both_ways(
            counted, "other", left="gets_images", right="gives_images", unit="images",
            title=f"Images {one.tenant} gets from others, and gives to them",
        )
    )  # fmt: skip
    table(
        pd.DataFrame(
            {
                "other tenant": sides.other,
                "which way": sides.direction.map({"out": "may use its images", "in": "lets it use images"}),
                "images": sides.images,
                "accepted": sides.accepted,
                "not answered": sides.pending,
                "rejected": sides.rejected,
                "servers": sides.servers,
                "disks": sides.disks,
                "last used": days(sides.last_used_at).where(
                    sides.servers.notna() | sides.last_used_at.notna(), UNKNOWN
                ),
            }
        ),
        unknown=["servers", "disks"],
    )

# %% [markdown]
# ## Who could use one image
#
# On the day this page is made for: the owner, and all with whom the image was shared. The image the page is made for;
# where it is made for none, the one shared with most tenants (not of millions of shares).

# %%
shown_at_all = image or (some and totals.shares < MILLION)
users = report("who_could_use", warehouse=warehouse, as_of=as_of, image=image, top=300) if shown_at_all else []
if len(users):
    known = users.drop_duplicates("image_id")
    display(
        Markdown(
            ", ".join(
                f"**{escape(row.name)}** of {escape(row.owner)} in {row.region}" for row in known.itertuples(name="Row")
            )
        )
    )
    table(
        pd.DataFrame(
            {
                "tenant": users.tenant,
                "could use it": users.way.where(users.could_use, "no: " + users.why_not.fillna("")),
                "status": users.member_status.fillna(""),
                "since": days(users.since),
                "until": days(users.until),
                "servers on it": users.servers,
            }
        ),
        unknown=["servers on it"],
    )
elif image:
    display(Markdown(f"There was no image `{escape(image)}` at that time, or nobody could use it."))

# %% [markdown]
# ## What cannot be shared, and what to do instead
#
# Each image is judged by the policy as if its owner shared it with one tenant more. An image may break several rules.

# %%
rules = objections.drop_duplicates("rule_id")
objecting = rules[rules.images > 0].assign(part="images", amount=lambda of: of.images)
if len(objecting):
    display(bars(objecting, "rule_id", {"images": RED}, unit="images", title="Images that cannot be shared, by rule"))

# %%
RULES = {"images": "Images", "rule_id": "Rule", "remedy": "What to do instead", "source": "Who says so"}
summary(rules, RULES) if images else None

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
