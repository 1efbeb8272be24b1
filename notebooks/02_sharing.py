# %% [markdown]
# # Image sharing
#
# Who shares images with whom, unanswered and unused shares, risks for recipients, and images that cannot be shared.

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

import pandas as pd
import sharing_views as views
from charts import bars, both_ways, flow, grid, months
from IPython.display import Markdown, display
from page_style import (
    BLUE,
    GREY,
    MILLION,
    ORANGE,
    RED,
    SKY,
    YELLOW,
    Figure,
    at_least,
    count_of,
    empty_page,
    figures,
    in_region,
    page_header,
    percent_text,
    summary,
    summary_list,
    table,
    unknown_use_note,
)  # fmt: skip

from data.read import report, warehouse_state

as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
unused_days = 90 if unused_days is None else unused_days
selection = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
state = warehouse_state(warehouse)
totals = report("sharing_totals", **selection).iloc[0]
objections = report("cannot_be_shared", **selection, profile=profile, top=200)
images = objections.all_images.max() if len(objections) else 0
growth = report("sharing_growth", **selection)
by_month = growth.groupby("month", as_index=False)[["made", "stopped", "shares"]].sum()
fullest = report("near_limit", **selection, profile=profile, from_percent=0, top=15)
use = report("unused_shares_by_owner", **selection, unused_days=unused_days)
loss = report("if_unshared", **selection, top=300)
risk = report("if_unshared_totals", **selection).iloc[0]
some = totals.shares > 0

# %%
page_header(state, as_of, region=region, tenant=tenant, rules=profile or "seed")

# %%
empty_page(
    f"No image was shared{f' from or to tenant {tenant}' if tenant else ''} {in_region(region)} at that time.",
    f"There are images in {', '.join(state.regions)}."
    if state.regions
    else "The warehouse is empty. Apply a batch that imports and shares images, and this page will show it.",
) if not some else None

# %%
unused, shares, maybe_unused = use.unused.sum(), use.shares.sum(), int(use.use_unknown.sum())
clouds = "" if pd.isna(totals.use_unknown_on) else totals.use_unknown_on
full = int(fullest.full_images.max()) if len(fullest) else 0
figures(
    Figure(
        f"{totals.shares:,}",
        "shares (an image with a tenant)",
        f"{by_month.made.iloc[-1]:,} created, {by_month.stopped.iloc[-1]:,} stopped this month",
        by_month.shares.tail(24),
    ),
    Figure(f"{totals.images:,}", "shared images", f"of {images:,}: {percent_text(totals.images, images)}"),
    Figure(f"{totals.owners:,}", "tenants that share", f"with {count_of(totals.recipients, 'tenant')}"),
    Figure(
        f"{totals.pending:,}",
        "unanswered shares",
        f"the oldest for {count_of(totals.longest_pending_days, 'day')}" if totals.pending else "all are answered",
    ),
    Figure(
        at_least(unused, maybe_unused),
        f"shares unused for {unused_days} days",
        f"unknown for {count_of(maybe_unused, 'share')} on {clouds}"
        if maybe_unused
        else f"{percent_text(unused, shares)} of all",
    ),
    Figure(
        at_least(risk.servers, risk.use_unknown),
        "servers on shared images",
        f"{at_least(risk.lost_servers, risk.use_unknown)} depend on the share alone",
    ),
) if some else None

# %% [markdown]
# ## Summary
#
# The most important facts, and what to do about them.

# %%
summary_list(
    f"{count_of(totals.owners, 'tenant')} {'shares' if totals.owners == 1 else 'share'}"
    f" **{count_of(totals.images, 'image')}** with {count_of(totals.recipients, 'tenant')}:"
    f" **{totals.shares:,}** shares, of which {totals.accepted:,} are accepted,"
    f" {totals.pending:,} unanswered and"
    f" {totals.rejected:,} rejected.",
    f"**{percent_text(unused, shares)}** of the shares could be stopped without a loss: their recipients have not used"
    f" the images for {unused_days} days."
    if unused
    else "",
    f"**{at_least(risk.lost_servers, risk.use_unknown, lambda number: count_of(number, 'server'))}** of recipients"
    f" could not be created again after the end of a share. Its owner can stop it at any time, without notice. A copy"
    f" of the image removes this risk."
    if pd.notna(risk.lost_servers) and risk.lost_servers
    else "It is unknown whether servers depend on a share alone."
    if risk.use_unknown
    else "No server depends on a share alone.",
    unknown_use_note(maybe_unused, "share", clouds, left_out=False),
    f"**{count_of(full, 'image')}** {'has' if full == 1 else 'have'} reached the limit of tenants." if full else "",
) if some else None

# %% [markdown]
# ## Who shares with whom
#
# Owners are on the left, recipients on the right; the width of a band is the number of shares. The twelve tenants with
# the most shares are shown by name, the others together.

# %%
matrix = report("sharing_matrix", **selection, top=12)
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
# ## Growth
#
# The shares at the end of each month (UTC), and the changes in each month.

# %% tags=["half"]
months(growth, "region", "shares", unit="shares", title="Shares at the end of the month") if some else None

# %% tags=["half"]
views.changes_by_month(growth[growth.month.isin(by_month.month.tail(24))]) if some else None

# %% [markdown]
# ## Unanswered shares
#
# The recipient has neither accepted nor rejected them. It can use the image anyway, but the image is not in its list.
# The oldest come first, at most 500.

# %%
waiting = report("pending_shares", **selection, top=500)
LENGTHS = ["up to 7 days", "7 to 30 days", "30 to 90 days", "over 90 days"]
by_age = pd.DataFrame(
    {"waiting": LENGTHS, "amount": [totals[f"pending_{length.replace(' ', '_')}"] for length in LENGTHS]}
).assign(part="unanswered")
if len(waiting):
    display(
        bars(
            by_age,
            "waiting",
            {"unanswered": ORANGE},
            unit="shares",
            title="Age of unanswered shares",
            order=LENGTHS,
        )
    )
    table(views.unanswered_shares(waiting))
elif some:
    display(Markdown("None: every share has been accepted or rejected."))

# %% [markdown]
# ## Images near the limit of tenants
#
# An image can be shared with a limited number of tenants. These images are closest to their limit.

# %% tags=["half"]
views.used_limit(fullest) if len(fullest) else None

# %% tags=["half"]
LIMIT = {"name": "Image", "owner": "Owner", "region": "Region", "members": "Tenants", "most": "Limit",
         "left_over": "Left"}  # fmt: skip
summary(fullest, LIMIT, title="Images closest to the limit") if len(fullest) else None

# %% [markdown]
# ## Unused shares
#
# The recipient has no server and no disk of the image, and has not launched, copied or exported it for a while.
# Stopping such a share affects no tenant. The longest unused come first, at most 300.

# %% tags=["half"]
USE = {"in use": BLUE, "new or recently used": SKY, "not recently used": ORANGE, "never used": GREY}
most = use.head(12)
in_use, used = most.in_use.fillna(0), most.used.fillna(0)
amounts = [in_use, used - in_use, most.unused - most.never_used, most.never_used]
if maybe_unused:
    USE |= {"unknown": YELLOW}
    amounts.append(most.use_unknown)
folded = pd.concat(
    pd.DataFrame({"owner": most.owner, "part": part, "amount": amount})
    for part, amount in zip(USE, amounts, strict=True)
)
bars(folded, "owner", USE, unit="shares", title="Shares by owner and use") if some else None

# %% tags=["half"]
OWNERS = {
    "owner": "Owner",
    "shares": "Shares",
    "in_use": "In use",
    "unused": "Unused",
    "never_used": "Of these, never used",
}
OWNERS |= {"use_unknown": "Use unknown"} if maybe_unused else {}
summary(most, OWNERS, title="Unused shares by owner", unknown=["in_use"]) if some else None

# %%
idle = report("unused_shares", **selection, unused_days=unused_days, top=300)
if len(idle):
    table(views.unused_shares(idle))
elif some and not maybe_unused:
    display(Markdown("None: each recipient uses what is shared with it."))
display(Markdown(unknown_use_note(maybe_unused, "share", clouds))) if maybe_unused else None

# %% [markdown]
# ## Risks for recipients
#
# An owner can stop a share or delete the image at any time, without notice. Servers of recipients keep running, but
# cannot be reinstalled or created again. A copy of the image in the same region removes this risk. At most 300.

# %%
if len(loss):
    table(views.losses(loss), unknown=["servers", "running", "disks"])
elif some and not risk.use_unknown:
    display(Markdown("None: no server or disk of a recipient was created from a shared image."))
display(Markdown(unknown_use_note(int(risk.use_unknown), "share", clouds))) if risk.use_unknown else None

# %% [markdown]
# ## Exposure of one tenant
#
# Which tenants can use its images, and the images of others that it depends on. This is the tenant that the page is
# published for, or the one that shares most. With a million shares or more, publish the page for a tenant.

# %%
exposed = report("exposure_totals", **selection).iloc[0] if some and (tenant or totals.shares < MILLION) else None
if exposed is not None and pd.notna(exposed.tenant):
    display(Markdown(f"The exposure of **{escape(exposed.tenant)}**:"))
    display(figures(*views.exposure_figures(exposed)))

# %%
sides = report("exposure", **selection, top=300) if exposed is not None else []
if len(sides):
    counted = sides.pivot_table(index="other", columns="direction", values="images", aggfunc="sum", fill_value=0)
    counted = counted.reindex(columns=["in", "out"], fill_value=0).reset_index()
    counted = counted.rename(columns={"in": "gets_images", "out": "gives_images"})
    counted["together"] = counted.gets_images + counted.gives_images
    counted = counted.sort_values("together", ascending=False).head(15)
    display(
        both_ways(
            counted, "other", left="gets_images", right="gives_images", unit="images",
            title=f"Images that others share with {exposed.tenant}, and that it shares with others",
        )
    )  # fmt: skip
    table(views.exposure(sides), unknown=["servers", "disks"])

# %% [markdown]
# ## Who could use one image
#
# The owner of the image, and all tenants with which it was shared at the time of this page. This is the image that the
# page is published for, or the one with the most shares (if there are fewer than a million shares).

# %%
listed_users = image or (some and totals.shares < MILLION)
users = report("who_could_use", warehouse=warehouse, as_of=as_of, image=image, top=300) if listed_users else []
if len(users):
    described = users.drop_duplicates("image_id").itertuples(name="Row")
    display(Markdown(", ".join(f"**{escape(row.name)}** of {escape(row.owner)} in {row.region}" for row in described)))
    table(views.possible_users(users), unknown=["servers on it"])
elif image:
    display(Markdown(f"There was no image `{escape(image)}` at that time, or no tenant could use it."))

# %% [markdown]
# ## Images that cannot be shared
#
# The policy judges each image as if its owner shared it with one more tenant. An image can break several rules.

# %%
rules = objections.drop_duplicates("rule_id")
objecting = rules[rules.images > 0].assign(part="images", amount=lambda of: of.images)
if len(objecting):
    display(bars(objecting, "rule_id", {"images": RED}, unit="images", title="Images that cannot be shared, by rule"))

# %%
RULES = {"images": "Images", "rule_id": "Rule", "remedy": "What to do instead", "source": "Source"}
summary(rules, RULES) if images else None

# %%
listed = objections[objections.image_id.notna()]
if len(listed):
    table(views.images_that_cannot_be_shared(listed))
elif images:
    display(Markdown("Every image can be shared."))

# %% [markdown]
# ## All shares
#
# The newest come first, at most 500.

# %%
every = report("sharing", **selection, top=500)
if some:
    table(views.all_shares(every))
