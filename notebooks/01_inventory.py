# %% [markdown]
# # Image inventory
#
# Which images there are, whose they are, what they take in store, and which ones need attention.

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
import pandas as pd
from charts import bars, coloured, grid, months, tree
from IPython.display import Markdown, display
from look import (
    GREEN,
    GREY,
    KINDS,
    ORANGE,
    RED,
    Figure,
    at_least,
    days,
    figures,
    gib,
    in_short,
    known,
    many,
    nothing,
    opening,
    percent,
    place_of,
    size,
    summary,
    table,
    unobserved,
)  # fmt: skip

from data.read import report, warehouse_state

NOT_ALL = "Not all use is known of"
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
unused_days = 90 if unused_days is None else unused_days
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
unused = asked | {"unused_days": unused_days}
state = warehouse_state(warehouse)
totals = report("inventory_totals", **asked).iloc[0]
some = totals.images > 0
counted = report("inventory_by", **asked, top=15)
counted = counted.assign(
    part=counted.kind, amount=counted.images, value=counted.value.str.replace(r"^\d: ", "", regex=True)
)
growth = report("inventory_growth", **asked)
by_month = growth.groupby("month", as_index=False)[["added", "removed", "images", "size_bytes"]].sum()
space = report("space", **unused)
systems = report("end_of_life", **asked)
ended = systems[systems.state.str.startswith("ended")]
duplicates = report("duplicates", **asked, top=200)
perhaps_stale = int(space.use_unknown[space.reason == "stale"].sum())
clouds = "" if pd.isna(totals.use_unknown_on) else totals.use_unknown_on

# %%
opening(state, as_of, region=region, tenant=tenant)

# %%
nothing(
    f"There are no images{f' of tenant {tenant}' if tenant else ''} {place_of(region)} at that time.",
    f"There are images in {', '.join(state.regions)}." if state.regions else
    "The warehouse is empty. Apply a batch that imports or registers images, and this page will show them.",
) if not some else None  # fmt: skip

# %%
added, removed = (by_month[name].iloc[-1] if some else 0 for name in ("added", "removed"))
figures(
    Figure(f"{totals.images:,}", "images", f"{added:,} made, {removed:,} deleted this month",
           by_month.images.tail(24)),
    Figure(size(totals.size_bytes), "of image files", f"{size(totals.stored_bytes)} in store",
           by_month.size_bytes.tail(24)),
    Figure(f"{totals.shared_images:,}", "are shared", percent(totals.shared_images, totals.images) + " of all"),
    Figure(at_least(space.images[space.reason == "stale"].sum(), perhaps_stale), f"unused for {unused_days} days",
           f"unknown for {many(perhaps_stale, 'image')} on {clouds}" if perhaps_stale else "by any tenant"),
    Figure(at_least(space.freed_bytes.sum(), space.use_unknown.sum(), size), "could be freed",
           percent(space.freed_bytes.sum(), totals.stored_bytes) + " of the store"
           + (f"; not known of what is on {clouds}" if space.use_unknown.sum() else "")),
    Figure(f"{ended.images.sum():,}", "of a system without support",
           "on an unknown number of servers" if ended.use_unknown.sum() and not ended.servers.sum() else
           f"on {at_least(ended.servers.sum(), ended.use_unknown.sum(), lambda number: many(number, 'server'))}"),
) if some else None  # fmt: skip

# %% [markdown]
# ## In short
#
# What to know of the inventory, and what to do about it.

# %%
stale = report("stale", **unused, top=300)
coming = systems[systems.state.str.startswith("ends")]
soon = ", ".join(escape(f"{row.distribution} {row.version}") for row in coming.itertuples())
in_short(
    f"**{many(totals.images, 'image')}** of {many(totals.owners, 'tenant')} in {many(totals.regions, 'region')}:"
    f" {totals.public_images:,} public, {totals.private_images:,} private,"
    f" {totals.shared_images:,} shared, {totals.marketplace_images:,} on sale. Encrypted: {totals.encrypted:,};"
    f" protected from deletion: {totals.protected:,}.",
    f"Deleting what nobody needs would free **{size(space.freed_bytes.sum())}** of {size(totals.stored_bytes)}:"
    f" {space.deletable.sum():,} images could go at once; {space.blocked.sum():,} are protected, public,"
    f" on sale or in use{', or it is not known whether they are in use' if totals.use_unknown else ''}."
    if space.images.sum() else "" if perhaps_stale else "There is nothing to clean up.",
    unobserved(totals.use_unknown, "image", clouds, said=NOT_ALL, left_out=False),
    f"**{many(ended.images.sum(), 'image')}** with an operating system that its vendor no longer mends;"
    f" servers on them: {at_least(ended.servers.sum(), ended.use_unknown.sum())}."
    if len(ended) else "",
    f"Support ends within half a year for {soon} ({coming.images.sum():,} images)." if len(coming) else "",
) if some else None  # fmt: skip

# %% [markdown]
# ## Where the images are, and who can use them
#
# Public images are there for all tenants, Marketplace images are on sale. A shared image is a private one that its
# owner lets other tenants use; a private one is used by its owner alone.


# %% tags=["half"]
def by(dimension: str, title: str, order: list[str] | None = None) -> alt.Chart:
    """How many images there are of each value of a dimension, by kind."""
    rows = counted[counted.dimension == dimension]
    return bars(rows, "value", KINDS, unit="images", title=title, order=order)


by("region", "Images by region") if some else None

# %% tags=["half"]
storage = report("storage_by_region", **asked)
(
    summary(storage, {"region": "Region", "images": "Images", "size_bytes": "Image files", "stored_bytes": "In store",
                      "saved_bytes": "Saved"},
            title="Storage by region", under="Equal files in one region are kept once.")
    .fmt_bytes(["size_bytes", "stored_bytes", "saved_bytes"], standard="binary", decimals=1)
    if some
    else None
)  # fmt: skip

# %% tags=["half"]
by("owner", "Images by owner, the largest first") if some else None

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
by("size", "Images by size of the file", SIZES) if some else None

# %%
MARKS = [
    ("Encrypted", totals.encrypted, "under a key of its owner; cannot be shared or sold as it is"),
    ("Protected", totals.protected, "cannot be deleted until its owner lifts the protection"),
    ("Superseded", totals.deprecated, "marked as deprecated; still works, better not used for new servers"),
    ("Not usable", totals.not_active, "deactivated, or not complete; starts no servers today"),
]
marks = pd.DataFrame(
    [(mark, number, percent(number, totals.images), means) for mark, number, means in MARKS],
    columns=["mark", "images", "share", "means"],
)
summary(marks, {"mark": "Mark", "images": "Images", "share": "Of all", "means": "What it means"}) if some else None

# %% [markdown]
# ## How the inventory grew
#
# Images there were at the end of each month (UTC), and what their files took. Any past day can be asked for: make this
# page with `as_of`.

# %% tags=["half"]
months(growth, "region", "images", unit="images", title="Images at the end of the month") if some else None

# %% tags=["half"]
sizes = growth.assign(TiB=gib(growth.size_bytes) / 1024, GiB=gib(growth.size_bytes))
unit = "TiB" if some and sizes.groupby("month").TiB.sum().max() >= 2 else "GiB"  # noqa: PLR2004
months(sizes, "region", unit, unit=unit, title=f"{unit} of image files", number=",.1~f") if some else None

# %% [markdown]
# ## What deletion would free
#
# Images that nobody has used, that are superseded, cannot be used, or that their owner has twice. Each is counted once,
# by the first reason that holds. A file is freed only when no image, server, disk or backup that stays has the same.
# An image could not go where it is not known whether it is in use.

# %% tags=["half"]
REASONS = {"stale": f"unused for {unused_days} days", "superseded": "superseded", "not usable": "not usable",
           "duplicate": "there twice"}  # fmt: skip
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
FREED = {"reason": "Images that are", "images": "Images", "deletable": "Could go", "blocked": "Could not",
         "size_bytes": "Files", "freed_bytes": "Freed"}  # fmt: skip
FREED |= {"use_unknown": "Use unknown"} if space.use_unknown.sum() else {}
(
    summary(freed, FREED, title="How many there are",
            under="Protected, public, on sale, or in use: these could not go." if not space.use_unknown.sum() else
            "Protected, public, on sale, in use, or of unknown use: these could not go. What is unused as far as is"
            " known, and of unknown use, is not counted as unused.")
    .fmt_bytes(["size_bytes", "freed_bytes"], standard="binary", decimals=1)
    if some
    else None
)  # fmt: skip

# %% [markdown]
# ## What nobody uses
#
# Images without a server, disk, copy, export or new share for a while, in all tenants; the longest unused first, at
# most 300.

# %%
if len(stale):
    table(
        pd.DataFrame(
            {
                "image": stale.name,
                "owner": stale.owner,
                "region": stale.region,
                "kind": stale.kind,
                "GiB": gib(stale.size_bytes),
                "unused days": stale.unused_days,
                "last use": stale.last_use,
                "by": stale.last_used_by,
                "shared with": stale.members,
                "in the way of deletion": stale.in_the_way,
                "frees GiB": gib(stale.freed_bytes),
                "id": stale.image_id,
            }
        ),
        GiB=2,
        frees_GiB=2,
    )
elif some and not perhaps_stale:
    display(Markdown(f"There is none: every image was used in the last {unused_days} days."))
display(Markdown(unobserved(perhaps_stale, "image", clouds))) if perhaps_stale else None

# %% [markdown]
# ## Made for others
#
# Images that their owner never used itself: others do, or nobody does. The most used first, at most 300.

# %%
others = report("not_used_by_owner", **asked, top=300)
if len(others):
    table(
        pd.DataFrame(
            {
                "image": others.name,
                "owner": others.owner,
                "region": others.region,
                "kind": others.kind,
                "GiB": gib(others.size_bytes),
                "days old": others.age_days,
                "used by": others.used_by,
                "tenants": others.tenants,
                "servers": others.servers,
                "disks": others.disks,
                "shared with": others.members,
                "last used": days(others.last_used_at),
            }
        ),
        GiB=2,
    )
elif some and not totals.use_unknown:
    display(Markdown("There are none: each owner has used its images."))
display(Markdown(unobserved(totals.use_unknown, "image", clouds, said=NOT_ALL))) if totals.use_unknown else None

# %% [markdown]
# ## The same content, several times
#
# Images with equal files. Within a region the store keeps an equal file once; in other regions it is kept again.

# %%
if len(duplicates):
    table(
        pd.DataFrame(
            {
                "images": duplicates.names,
                "how many": duplicates.images,
                "owners": duplicates.owners,
                "regions": duplicates.regions,
                "GiB each": gib(duplicates.size_bytes),
                "GiB together": gib(duplicates.all_bytes),
                "GiB in store": gib(duplicates.stored_bytes),
                "checksum": duplicates.checksum,
            }
        ),
        GiB_each=2,
        GiB_together=2,
        GiB_in_store=2,
    )
elif some:
    display(Markdown("There are none: no two images have the same file."))

# %% [markdown]
# ## Operating systems and the end of their support
#
# Until when the vendor mends each system for everybody (longer, for those who pay). What is over is a risk: no image of
# it should start new servers.

# %%
STATES = {
    "ended": RED,
    "paid support only": ORANGE,
    "ends within 180 days": ORANGE,
    "supported": GREEN,
    "not known": GREY,
}
dated = systems[systems.days_left.notna() & (systems.images > 0)].head(40)
dated = dated.assign(
    system=dated.distribution + " " + dated.version.fillna(""), left=dated.days_left.astype(float) / 365
)


def ends(rows: pd.DataFrame) -> alt.LayerChart:
    """How long each system still has, as a bar from today; the number of its images beside it."""
    order = list(rows.sort_values("left")["system"])
    rows = rows[["system", "left", "state", "images", "servers", "ends_on"]].assign(
        ends_on=days(rows.ends_on), servers=known(rows.servers)
    )
    base = alt.Chart(rows).encode(y=alt.Y("system:N", title=None, sort=order))
    drawn = base.mark_bar().encode(
        x=alt.X("left:Q", title="years of support left", axis=alt.Axis(format="+.0~f")),
        color=alt.Color("state:N", scale=coloured({name: STATES[name] for name in STATES if name in set(rows.state)})),
        tooltip=["system", "state", "ends_on", alt.Tooltip("images", format=",d"), "servers"],
    )
    today_line = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#1C2430").encode(x="x:Q")
    return (drawn + today_line).properties(
        width="container", height=alt.Step(22), title="Years of support left, from today"
    )


ends(dated) if len(dated) else None

# %%
listed = systems.head(60).assign(
    system=systems.distribution + " " + systems.version.fillna(""), paid=systems.paid_support_ends_on
)
SYSTEM = {"system": "System", "images": "Images", "servers": "Servers", "tenants": "Tenants", "state": "Support",
          "ends_on": "Ends on", "paid": "Paid, until", "source": "Who says so"}  # fmt: skip
summary(listed, SYSTEM, unknown=["servers"]) if some and len(listed) else None

# %% [markdown]
# ## Which images are in which region
#
# The largest families of images and how many of them can be used in each region. Where servers run and no image of
# the family is left, the server could not be made again there.

# %%
covered = report("region_coverage", **asked, top=15)
several = len(set(covered.region)) > 1
covered = covered.assign(family=covered.owner + " / " + covered.origin_name) if len(covered) else covered
(
    grid(covered[["family", "region", "images", "servers"]].assign(servers=known(covered.servers)), "region", "family",
         "images", unit="images", title="Usable images of each family, by region", wide=110)
    if several
    else None
)  # fmt: skip

# %%
missing = covered[covered.missing.fillna(False)] if len(covered) else covered
MISSING = {"family": "Family", "region": "Region", "servers": "Servers without a usable image"}
summary(missing, MISSING) if len(missing) else None

# %% [markdown]
# ## A family of images
#
# From the first image to the last copy: what was copied, captured and published of what. The largest family, or that of
# the image this page is made for. Crosses are deleted, triangles superseded;
# (+3) stands for three more that are not drawn.

# %%
family = report("lineage_graph", warehouse=warehouse, as_of=as_of, image=image, top=40)


def drawn_family() -> alt.LayerChart:
    """The family as a tree; the owner of an image is named where another one made it of its image."""
    owners = family.parent_image_id.map(family.set_index("image_id").owner)
    taken = (" · " + family.owner).where(family.owner != owners, "")
    more = (" (+" + family.left_out.astype(str) + ")").where(family.left_out > 0, "")
    named = family.assign(
        text=family.name + taken + " · " + family.region + more,
        made=days(family.created_at),
        servers=known(family.servers),
    )
    columns = ["image_id", "parent_image_id", "depth", "place", "kind", "state", "text", "name", "owner", "region",
               "made_from", "made", "members", "servers"]  # fmt: skip
    return tree(named[columns], title=f"The family of {family.name.iloc[0]}")


drawn_family() if some and len(family) else None

# %%
if some and not len(family) and image:
    display(Markdown(f"There is no image `{escape(image)}`, or several have that name: give its id."))

# %% [markdown]
# ## Servers whose image is gone, superseded or not usable
#
# They run on, but could not be made again as they are. At most 200.

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
    whose = "the image of every server known here" if totals.use_unknown else "every server's image"
    display(Markdown(f"There are none: {whose} is there and in use."))

# %% [markdown]
# ## Done by hand
#
# What syncs of real clouds found that no action of ours explains, the latest first, at most 200.

# %%
found = report("drift", **asked, top=200)
if len(found):
    table(
        pd.DataFrame(
            {
                "found": days(found.seen_at),
                "image": found.name,
                "owner": found.owner,
                "region": found.region,
                "shared with": found.tenant,
                "what": found.what,
                "field": found.field,
                "was": found.was,
                "became": found.became,
            }
        )
    )
elif some:
    display(Markdown("There is nothing: what real clouds have, actions of ours did."))

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
                "GiB": gib(every.size_bytes),
                "days old": every.age_days,
                "tenants": every.members,
                "servers": every.servers,
                "marks": [" ".join(word for word in marked if marked[word][row]) for row in every.index],
                "status": every.status,
                "id": every.image_id,
            }
        ),
        unknown=["servers"],
        GiB=2,
    )
