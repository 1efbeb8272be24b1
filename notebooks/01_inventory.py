# %% [markdown]
# # Image inventory
#
# Which images there are, whose they are, what they take in store, and which ones need attention.

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

KINDS = {"public": "#999999", "private": "#0072B2", "shared": "#E69F00", "marketplace": "#009E73"}
GIB = 2**30
init_notebook_mode(all_interactive=False, connected=False)
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
state = warehouse_state(warehouse)
totals = report("inventory_totals", **asked).iloc[0]
some = totals.images > 0
counted = report("inventory_by", **asked, top=15)
counted["GiB"] = (counted.size_bytes / GIB).astype(float).round(1)


def bars(dimension: str, title: str, *, in_order: bool = False) -> alt.Chart:
    """How many images there are of each value of a dimension, by kind."""
    rows = counted[counted.dimension == dimension].assign(
        value=lambda of: of.value.str.replace(r"^\d: ", "", regex=True),
        rank=lambda of: of.kind.map(list(KINDS).index),
    )
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("sum(images):Q", title="images", axis=alt.Axis(format=",d", tickMinStep=1)),
            y=alt.Y("value:N", title=None, sort=list(dict.fromkeys(rows.value)) if in_order else "-x"),
            color=alt.Color("kind:N", scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values()))),
            order="rank:Q",
            tooltip=["value", "kind", alt.Tooltip("images", format=",d"), alt.Tooltip("GiB", format=",.1f")],
        )
        .properties(width="container", height=alt.Step(26), title=title)
    )


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
whose = f" of tenant **{escape(tenant)}**" if tenant else ""
recorded = f"{state.last_action:%Y-%m-%d %H:%M} UTC" if state.last_action else "nothing yet"
elsewhere = (
    f"There are images in {', '.join(map(escape, state.regions))}."
    if state.regions
    else ("The warehouse is empty. Apply a batch that imports or registers images, and this page will show them.")
)
Markdown(
    f"Images{whose} {place} as of **{moment:%Y-%m-%d %H:%M} UTC**. Last recorded action: {recorded}."
    + ("" if some else f"\n\n**There are no images{whose} {nowhere} at that time.** {elsewhere}")
)

# %%
figures = {
    "images": f"{totals.images:,}",
    "owners (tenants)": f"{totals.owners:,}",
    "regions": f"{totals.regions:,}",
    "GiB of image files": f"{totals.size_bytes / GIB:,.1f}",
    "GiB in store": f"{totals.stored_bytes / GIB:,.1f}",
    "superseded": f"{totals.deprecated:,}",
    "not usable now": f"{totals.not_active:,}",
}
GT(pd.DataFrame(figures.items(), columns=["figure", "value"]), id="figures") if some else None

# %% [markdown]
# ## Where the images are, and who can use them
#
# Public images are there for all tenants, Marketplace images are on sale. A shared image is a private one that its
# owner lets other tenants use; a private one is used by its owner alone.

# %% tags=["half"]
bars("region", "Images by region") if some else None

# %% tags=["half"]
storage = report("storage_by_region", **asked)
(
    GT(storage)
    .tab_header("Storage by region", "Equal files in one region are kept once.")
    .cols_label(
        region="Region", images="Images", size_bytes="Image files", stored_bytes="In store", saved_bytes="Saved"
    )
    .fmt_integer("images")
    .fmt_bytes(["size_bytes", "stored_bytes", "saved_bytes"], standard="binary", decimals=1)
    if some
    else None
)

# %% [markdown]
# ## Who owns them
#
# The tenants with most images. Public images belong to the platform.

# %%
bars("owner", "Images by owner") if some else None

# %% [markdown]
# ## What is in them

# %% tags=["half"]
bars("os", "Images by operating system") if some else None

# %% tags=["half"]
bars("image_type", "Images by type") if some else None

# %% [markdown]
# ## How old and how large they are

# %% tags=["half"]
bars("age", "Images by age", in_order=True) if some else None

# %% tags=["half"]
bars("size", "Images by size of the file", in_order=True) if some else None

# %% [markdown]
# ## How the inventory grew
#
# Images there were at the end of each month (UTC), and what their files took.

# %%
growth = report("inventory_growth", **asked)
this_month = growth[growth.month == growth.month.max()]
(
    Markdown(
        f"In {this_month.month.iloc[0]:%B %Y} so far **{this_month.added.sum():,}** images were made"
        f" and **{this_month.removed.sum():,}** deleted."
    )
    if some
    else None
)


# %% tags=["half"]
def grown(column: str, title: str, number: str) -> alt.Chart:
    """A quantity at the end of each of the last 36 months, one region on top of the other."""
    rows = growth.assign(
        at_end_of=[f"{month:%b %Y}" for month in growth.month], GiB=(growth.size_bytes / GIB).astype(float)
    )
    months = list(dict.fromkeys(rows.at_end_of))[-36:]
    return (
        alt.Chart(rows.loc[rows.at_end_of.isin(months), ["at_end_of", "region", column]])
        .mark_bar()
        .encode(
            x=alt.X("at_end_of:O", title=None, sort=months, axis=alt.Axis(labelOverlap=True, labelAngle=0)),
            y=alt.Y(f"{column}:Q", title=None, axis=alt.Axis(format=number)),
            color=alt.Color("region:N"),
            tooltip=["region", "at_end_of", alt.Tooltip(column, format=number)],
        )
        .properties(width="container", height=220, title=title)
    )


grown("images", "Images", ",d") if some else None

# %% tags=["half"]
grown("GiB", "GiB of image files", ",.0f") if some else None

# %% [markdown]
# ## What is encrypted, protected, superseded or not usable

# %%
marks = pd.DataFrame(
    [
        ("Encrypted", totals.encrypted, "under a key of the owner; cannot be shared or sold as it is"),
        ("Protected", totals.protected, "cannot be deleted until the owner lifts the protection"),
        ("Superseded", totals.deprecated, "marked as deprecated; still works, better not used for new servers"),
        ("Not usable", totals.not_active, "deactivated, or not complete; starts no servers today"),
    ],
    columns=["mark", "images", "means"],
)
marks["share"] = (marks.images / max(totals.images, 1)).astype(float)
(
    GT(marks[["mark", "images", "share", "means"]])
    .cols_label(mark="", images="Images", share="Of all", means="What it means")
    .fmt_integer("images")
    .fmt_percent("share", decimals=1)
    if some
    else None
)

# %% [markdown]
# ## Servers whose image is gone, superseded or not usable
#
# They run on, but could not be made again as they are.

# %%
stranded = report("servers_without_image", **asked, top=200)
if len(stranded):
    table(
        pd.DataFrame(
            {
                "server": stranded.name,
                "owner": stranded.owner,
                "region": stranded.region,
                "state": stranded.state,
                "image": stranded.image_name.fillna(stranded.image_id),
                "image owner": stranded.image_owner.fillna("unknown"),
                "the image is": stranded.image_state,
                "since": days(stranded.since),
            }
        )
    )
elif some:
    display(Markdown("There are none: every server's image is there and in use."))

# %% [markdown]
# ## Images made of other images
#
# Copies and captures, the newest first, and what has become of the image they were made of. At most 500 are listed.

# %%
lineage = report("lineage", **asked, top=500)
if len(lineage):
    table(
        pd.DataFrame(
            {
                "image": lineage.name,
                "owner": lineage.owner,
                "region": lineage.region,
                "made from": lineage.made_from,
                "of": lineage.parent_name,
                "of owner": lineage.parent_owner,
                "which is": lineage.parent_state,
                "made on": days(lineage.created_at),
            }
        )
    )
elif some:
    display(Markdown("There are none: each image was imported."))

# %% [markdown]
# ## All images
#
# The largest first, at most 500. Sort by a click on a column, search at the right.

# %%
every = report("inventory", **asked, top=500)
marked = {"encrypted": every.encrypted, "protected": every.protected, "superseded": every.deprecated}
if some:
    table(
        pd.DataFrame(
            {
                "image": every.name,
                "owner": every.owner,
                "region": every.region,
                "kind": every.kind,
                "type": every.image_type,
                "OS": every.os,
                "GiB": (every.size_bytes / GIB).astype(float).round(2),
                "days old": every.age_days,
                "tenants": every.members,
                "servers": every.servers,
                "marks": [" ".join(word for word in marked if marked[word][row]) for row in every.index],
                "status": every.status,
                "id": every.image_id,
            }
        )
    )
