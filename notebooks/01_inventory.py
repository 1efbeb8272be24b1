# %% [markdown]
# # Image inventory
#
# The images of all tenants: owners, storage, use, and images that need attention.

# %% tags=["parameters"]
warehouse = "../var/warehouse.duckdb"
as_of = None
region = None
tenant = None
image = None
unused_days = None

# %%
from datetime import UTC, datetime
from html import escape

import altair as alt
import inventory_views as views
import pandas as pd
from charts import bars, months
from IPython.display import Markdown, display
from page_style import (
    GREEN,
    KINDS,
    Figure,
    at_least,
    count_of,
    empty_page,
    figures,
    gib,
    in_region,
    page_header,
    percent_text,
    size,
    summary,
    summary_list,
    table,
    unknown_use_note,
)  # fmt: skip

from data.read import report, warehouse_state

NOT_ALL = "Use is only partly known for"
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
unused_days = 90 if unused_days is None else unused_days
selection = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
unused = selection | {"unused_days": unused_days}
state = warehouse_state(warehouse)
totals = report("inventory_totals", **selection).iloc[0]
some = totals.images > 0
counted = report("inventory_by", **selection, top=15)
counted = counted.assign(
    part=counted.kind, amount=counted.images, value=counted.value.str.replace(r"^\d: ", "", regex=True)
)
growth = report("inventory_growth", **selection)
by_month = growth.groupby("month", as_index=False)[["added", "removed", "images", "size_bytes"]].sum()
space = report("space", **unused)
systems = report("end_of_life", **selection)
ended = systems[systems.state.str.startswith("ended")]
duplicates = report("duplicates", **selection, top=200)
maybe_stale = int(space.use_unknown[space.reason == "stale"].sum())
clouds = "" if pd.isna(totals.use_unknown_on) else totals.use_unknown_on

# %%
page_header(state, as_of, region=region, tenant=tenant)

# %%
empty_page(
    f"There are no images{f' of tenant {tenant}' if tenant else ''} {in_region(region)} at that time.",
    f"There are images in {', '.join(state.regions)}." if state.regions else
    "The warehouse is empty. Apply a batch that imports or registers images, and this page will show them.",
) if not some else None  # fmt: skip

# %%
added, removed = (by_month[name].iloc[-1] if some else 0 for name in ("added", "removed"))
figures(
    Figure(f"{totals.images:,}", "images", f"{added:,} created, {removed:,} deleted this month",
           by_month.images.tail(24)),
    Figure(size(totals.size_bytes), "of image files", f"{size(totals.stored_bytes)} stored",
           by_month.size_bytes.tail(24)),
    Figure(f"{totals.shared_images:,}", "shared images", percent_text(totals.shared_images, totals.images) + " of all"),
    Figure(at_least(space.images[space.reason == "stale"].sum(), maybe_stale), f"unused for {unused_days} days",
           f"unknown for {count_of(maybe_stale, 'image')} on {clouds}" if maybe_stale else "by any tenant"),
    Figure(at_least(space.freed_bytes.sum(), space.use_unknown.sum(), size), "could be freed",
           percent_text(space.freed_bytes.sum(), totals.stored_bytes) + " of the stored bytes"
           + (f"; unknown on {clouds}" if space.use_unknown.sum() else "")),
    Figure(f"{ended.images.sum():,}", "with an OS without support",
           "on an unknown number of servers" if ended.use_unknown.sum() and not ended.servers.sum() else
           f"on {at_least(ended.servers.sum(), ended.use_unknown.sum(), lambda number: count_of(number, 'server'))}"),
) if some else None  # fmt: skip

# %% [markdown]
# ## Summary
#
# The most important facts, and what to do about them.

# %%
stale = report("stale", **unused, top=300)
coming = systems[systems.state.str.startswith("ends")]
soon = ", ".join(escape(f"{row.distribution} {row.version}") for row in coming.itertuples())
summary_list(
    f"**{count_of(totals.images, 'image')}** of {count_of(totals.owners, 'tenant')} in"
    f" {count_of(totals.regions, 'region')}:"
    f" {totals.public_images:,} public, {totals.private_images:,} private,"
    f" {totals.shared_images:,} shared, {totals.marketplace_images:,} on sale. Encrypted: {totals.encrypted:,};"
    f" protected from deletion: {totals.protected:,}.",
    f"Deleting unneeded images would free **{size(space.freed_bytes.sum())}** of {size(totals.stored_bytes)}:"
    f" {space.deletable.sum():,} images can be deleted now; {space.blocked.sum():,} are protected, public,"
    f" on sale or in use{', or their use is unknown' if totals.use_unknown else ''}."
    if space.images.sum() else "" if maybe_stale else "There is nothing to clean up.",
    unknown_use_note(totals.use_unknown, "image", clouds, start=NOT_ALL, left_out=False),
    f"**{count_of(ended.images.sum(), 'image')}** with an operating system without vendor support;"
    f" servers on them: {at_least(ended.servers.sum(), ended.use_unknown.sum())}."
    if len(ended) else "",
    f"Support ends within half a year for {soon} ({coming.images.sum():,} images)." if len(coming) else "",
) if some else None  # fmt: skip

# %% [markdown]
# ## Images by location, owner and properties
#
# All tenants can use public images. Marketplace images are on sale. A shared image is a private image that its owner
# shares with other tenants. Only its owner can use a private image.


# %% tags=["half"]
def by(dimension: str, title: str, order: list[str] | None = None) -> alt.Chart:
    """Draw the number of images per value of a dimension, stacked by kind."""
    rows = counted[counted.dimension == dimension]
    return bars(rows, "value", KINDS, unit="images", title=title, order=order)


by("region", "Images by region") if some else None

# %% tags=["half"]
storage = report("storage_by_region", **selection)
(
    summary(storage, {"region": "Region", "images": "Images", "size_bytes": "Image files", "stored_bytes": "Stored",
                      "saved_bytes": "Saved"},
            title="Storage by region", under="Equal files in one region are stored once.")
    .fmt_bytes(["size_bytes", "stored_bytes", "saved_bytes"], standard="binary", decimals=1)
    if some
    else None
)  # fmt: skip

# %% tags=["half"]
by("owner", "Images by owner") if some else None

# %% tags=["half"]
by("os", "Images by operating system") if some else None

# %% tags=["half"]
by("image_type", "Images by type") if some else None

# %% tags=["half"]
by("status", "Images by status") if some else None

# %% tags=["half"]
AGES = ["up to 30 days", "30 to 90 days", "90 days to 1 year", "over 1 year"]
by("age", "Images by age", AGES) if some else None

# %% tags=["half"]
SIZES = ["under 1 GiB", "1 to 10 GiB", "10 to 100 GiB", "100 GiB and more", "unknown"]
by("size", "Images by file size", SIZES) if some else None

# %%
MARKS = {"mark": "Property", "images": "Images", "share": "Of all", "means": "Meaning"}
summary(views.properties(totals), MARKS) if some else None

# %% [markdown]
# ## Growth
#
# The images at the end of each month (UTC), and the size of their files. For any past day, publish this page with
# `as_of`.

# %% tags=["half"]
months(growth, "region", "images", unit="images", title="Images at the end of the month") if some else None

# %% tags=["half"]
sizes = growth.assign(TiB=gib(growth.size_bytes) / 1024, GiB=gib(growth.size_bytes))
unit = "TiB" if some and sizes.groupby("month").TiB.sum().max() >= 2 else "GiB"  # noqa: PLR2004
months(sizes, "region", unit, unit=unit, title=f"{unit} of image files", number=",.1~f") if some else None

# %% [markdown]
# ## What deletion would free
#
# Images that are unused, superseded or not usable, and duplicates of the same owner. Each image is counted once, for
# the first reason that applies. A file is freed only if no remaining image, server, disk or backup has the same file.
# An image whose use is unknown cannot be deleted.

# %% tags=["half"]
REASONS = {"stale": f"unused for {unused_days} days", "superseded": "superseded", "not usable": "not usable",
           "duplicate": "duplicate"}  # fmt: skip
freed = space.assign(
    reason=space.reason.map(REASONS), GiB=gib(space.freed_bytes), kept=gib(space.size_bytes - space.freed_bytes)
)
PARTS = {"would be freed": GREEN, "would stay": "#C9D1D9"}
folded = pd.concat(
    freed.assign(part=part, amount=freed[column]) for part, column in zip(PARTS, ("GiB", "kept"), strict=True)
)
bars(folded, "reason", PARTS, unit="GiB", title="What deletion would free", number=",.0f",
     order=list(REASONS.values())) if some else None  # fmt: skip

# %% tags=["half"]
FREED = {"reason": "Reason", "images": "Images", "deletable": "Deletable", "blocked": "Not deletable",
         "size_bytes": "Files", "freed_bytes": "Freed"}  # fmt: skip
FREED |= {"use_unknown": "Use unknown"} if space.use_unknown.sum() else {}
(
    summary(freed, FREED, title="Images that could be deleted",
            under="Not deletable: protected, public, on sale, or in use." if not space.use_unknown.sum() else
            "Not deletable: protected, public, on sale, in use, or their use is unknown. Images whose use is unknown"
            " do not count as unused.")
    .fmt_bytes(["size_bytes", "freed_bytes"], standard="binary", decimals=1)
    if some
    else None
)  # fmt: skip

# %% [markdown]
# ## Unused images
#
# Images without a server, disk, copy, export or new share of any tenant for a while. The longest unused come first, at
# most 300.

# %%
if len(stale):
    table(views.unused_images(stale), GiB=2, frees_GiB=2)
elif some and not maybe_stale:
    display(Markdown(f"None: every image was used in the last {unused_days} days."))
display(Markdown(unknown_use_note(maybe_stale, "image", clouds))) if maybe_stale else None

# %% [markdown]
# ## Not used by their owner
#
# Images that only other tenants use, or no tenant. The most used come first, at most 300.

# %%
others = report("not_used_by_owner", **selection, top=300)
if len(others):
    table(views.images_not_used_by_owner(others), GiB=2)
elif some and not totals.use_unknown:
    display(Markdown("None: each owner has used its images."))
display(Markdown(unknown_use_note(totals.use_unknown, "image", clouds, start=NOT_ALL))) if totals.use_unknown else None

# %% [markdown]
# ## Duplicates
#
# Images with equal files. The image store stores an equal file once per region.

# %%
if len(duplicates):
    table(views.equal_images(duplicates), GiB_each=2, GiB_together=2, GiB_in_store=2)
elif some:
    display(Markdown("None: no two images have the same file."))

# %% [markdown]
# ## Operating systems and end of support
#
# The end of the vendor's free support for each system, and of its paid support. Do not launch new servers from images
# without support.

# %%
dated = systems[systems.days_left.notna() & (systems.images > 0)].head(40)
dated = dated.assign(
    system=dated.distribution + " " + dated.version.fillna(""), left=dated.days_left.astype(float) / 365
)
views.support(dated) if len(dated) else None

# %%
listed = systems.head(60).assign(
    system=systems.distribution + " " + systems.version.fillna(""), paid=systems.paid_support_ends_on
)
SYSTEM = {"system": "System", "images": "Images", "servers": "Servers", "tenants": "Tenants", "state": "Support",
          "ends_on": "Ends on", "paid": "Paid support until", "source": "Source"}  # fmt: skip
summary(listed, SYSTEM, unknown=["servers"]) if some and len(listed) else None

# %% [markdown]
# ## Images of each family, by region
#
# The largest families of images, and how many images of each can be used in each region. If servers run in a region
# and no usable image of their family is left there, they cannot be created again.

# %%
covered = report("region_coverage", **selection, top=15)
several = len(set(covered.region)) > 1
covered = covered.assign(family=covered.owner + " / " + covered.origin_name) if len(covered) else covered
views.coverage(covered) if several else None

# %%
missing = covered[covered.missing.fillna(False)] if len(covered) else covered
MISSING = {"family": "Family", "region": "Region", "servers": "Servers without a usable image"}
summary(missing, MISSING) if len(missing) else None

# %% [markdown]
# ## A family of images
#
# An image with all images that were copied, captured or published from it. This is the family of the image that the
# page is published for, or the largest one. A cross is a deleted image, a triangle a superseded one. (+3) means that
# three more images are not drawn.

# %%
family = report("lineage_graph", warehouse=warehouse, as_of=as_of, image=image, top=40)
views.family_tree(family) if some and len(family) else None

# %%
if some and not len(family) and image:
    display(Markdown(f"There is no image `{escape(image)}`, or several images have that name: use its id."))

# %% [markdown]
# ## Servers whose image is deleted, superseded or not usable
#
# These servers keep running, but they cannot be created again from the same image. At most 200.

# %%
stranded = report("servers_without_image", **selection, top=200)
if len(stranded):
    table(views.servers_without_image(stranded))
elif some:
    servers = "every recorded server" if totals.use_unknown else "every server"
    display(Markdown(f"None: the image of {servers} exists and is usable."))

# %% [markdown]
# ## Drift
#
# Changes of real clouds that a sync found and no recorded action explains. The latest come first, at most 200.

# %%
found = report("drift", **selection, top=200)
if len(found):
    table(views.drift(found))
elif some:
    display(Markdown("None: recorded actions explain everything in the real clouds."))

# %% [markdown]
# ## All images
#
# The largest come first, at most 500. Click a heading to sort; the search field is on the right.

# %%
every = report("inventory", **selection, top=500)
if some:
    table(views.all_images(every), unknown=["servers"], GiB=2)
